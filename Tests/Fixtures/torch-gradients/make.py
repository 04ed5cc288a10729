#!/usr/bin/env python3
"""Golden gradients of whole detectors: PyTorch's autograd in double precision, with weights and photos made by a formula.

    python3 -m venv V && V/bin/pip install torch==2.13.0 numpy
    V/bin/python make.py            writes expected.json beside itself, some minutes on two cores

The networks are written out here by their papers' tables, layer by layer under the names that the project gives them. Value i
of the array called NAME between lower and upper is lower + (upper - lower) * u, u the first 24 bits of number i of SplitMix64
that starts at the FNV-1a hash of NAME. Of each gradient its norm is kept, and its product with an array of the formula. Beside
them stands what PyTorch in single precision makes of the same: how far rounding alone goes."""
import json, math, os, sys
import numpy as np, torch, torch.nn.functional as F

U = np.uint64
CLASSES, IMAGES, POSITIVES, RATE = 4, 4, 24, 1e-3


def formula(name, count, lower, upper):
    seed = 0xCBF29CE484222325
    for b in name.encode():
        seed = ((seed ^ b) * 0x100000001B3) % 2**64
    with np.errstate(over='ignore'):
        z = U(seed) + np.arange(1, count + 1, dtype=U) * U(0x9E3779B97F4A7C15)
        z = (z ^ (z >> U(30))) * U(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> U(27))) * U(0x94D049BB133111EB)
        z ^= z >> U(31)
    lower, upper = np.float32(lower), np.float32(upper)
    return lower + (z >> U(40)).astype(np.float32) * ((upper - lower) / np.float32(1 << 24))


class Network:
    """Layers by name; parameters are made when they are first asked for. `x` is NCHW."""

    def __init__(self, dtype, epsilon, momentum=0.1):
        # Two of them: of the backbone and of the layers that a detector adds.
        self.dtype, self.epsilon, self.momentum = dtype, epsilon, momentum
        self.parameters, self.statistics, self.heads = {}, {}, []

    def array(self, name, shape, lower, upper):
        return torch.from_numpy(formula(name, math.prod(shape), lower, upper)).to(self.dtype).reshape(shape)

    def parameter(self, name, shape, lower, upper):
        if name not in self.parameters:
            self.parameters[name] = self.array(name, shape, lower, upper).requires_grad_()
        return self.parameters[name]

    def shift(self, name, channels):
        """A fifth of the channels below every activation's bend, a fifth above, the others between: on a bend itself single and
        double precision would go different ways."""
        if name not in self.parameters:
            u = self.array(name, [channels], 0, 1)
            self.parameters[name] = torch.where(u < 0.2, -5, torch.where(u < 0.8, 1.5, 8)).to(self.dtype).requires_grad_()
        return self.parameters[name]

    def convolution(self, x, name, channels, kernel=1, stride=1, padding=0, dilation=1, depthwise=False, bias=True):
        inputs = x.shape[1]
        fan = kernel * kernel * (1 if depthwise else inputs)
        # Heads less, so that scores do not drown the softmax.
        bound = math.sqrt(float(np.float32(6 if not name.startswith(('loc', 'conf')) or depthwise else 0.06) / np.float32(fan)))
        if depthwise:
            w = self.parameter(name + '.weight', [kernel, kernel, inputs], -bound, bound).permute(2, 0, 1).unsqueeze(1)
        else:
            w = self.parameter(name + '.weight', [channels, kernel, kernel, inputs], -bound, bound).permute(0, 3, 1, 2)
        b = self.parameter(name + '.bias', [channels], -0.1, 0.1) if bias else None
        return F.conv2d(x, w, b, stride, padding, dilation, inputs if depthwise else 1)

    def normalized(self, x, name, activation, **options):
        x = self.convolution(x, name, bias=False, **options)
        n = name + '.norm.'
        if n not in self.statistics:
            self.statistics[n] = [torch.zeros(x.shape[1], dtype=self.dtype), torch.ones(x.shape[1], dtype=self.dtype)]
        scale, shift = self.parameter(n + 'scale', [x.shape[1]], 0.15, 0.3), self.shift(n + 'shift', x.shape[1])
        mean, variance = self.statistics[n]
        epsilon = self.epsilon[name.startswith(('extra', 'loc', 'conf'))]
        return activation(F.batch_norm(x, mean, variance, scale, shift, True, self.momentum, epsilon))

    def head(self, x, index, boxes, separable):
        rows = []
        for kind, columns in (('loc', 4), ('conf', CLASSES)):
            name = f'{kind}.{index}'
            if separable:
                y = self.normalized(x, name + '.depthwise', F.relu6, channels=x.shape[1], kernel=3, padding=1, depthwise=True)
                y = self.convolution(y, name, boxes * columns)
            else:
                y = self.convolution(x, name, boxes * columns, 3, padding=1)
            rows.append(y.permute(0, 2, 3, 1).reshape(x.shape[0], -1, columns))
        self.heads.append(rows)

    def outputs(self):
        heads, self.heads = self.heads, []
        return [torch.cat(rows, 1) for rows in zip(*heads)]


def identity(x):
    return x


def eights(channels):
    rounded = max(8, (channels + 4) // 8 * 8)
    return rounded + 8 if rounded * 10 < channels * 9 else rounded


def inverted_residual(n, x, name, expanded, output, kernel, stride, activation, excites=False, tap=None):
    y = x
    if expanded != x.shape[1]:
        y = n.normalized(y, name + '.expand', activation, channels=expanded)
    if tap:
        tap(y)
    y = n.normalized(y, name + '.depthwise', activation, channels=expanded, kernel=kernel, stride=stride,
                     padding=kernel // 2, depthwise=True)
    if excites:
        s = y.mean((2, 3), keepdim=True)
        s = F.relu(n.convolution(s, name + '.squeeze', eights(expanded // 4)))
        y = y * F.hardsigmoid(n.convolution(s, name + '.excite', expanded))
    y = n.normalized(y, name + '.project', identity, channels=output)
    return x + y if stride == 1 and output == x.shape[1] else y


def extras(n, x, channels, boxes):
    for i, c in enumerate(channels):
        name = f'extra{i + 1}'
        x = n.normalized(x, name + '.reduce', F.relu6, channels=c // 2)
        x = n.normalized(x, name + '.depthwise', F.relu6, channels=c // 2, kernel=3, stride=2, padding=1, depthwise=True)
        x = n.normalized(x, name + '.expand', F.relu6, channels=c)
        n.head(x, i + 2, boxes, True)


def mobilenetv2(n, x, fpn=False):
    """MobileNetV2 (arXiv 1801.04381, table 2): 9 boxes a cell on the first map, 6 on the others. With a feature pyramid's
    connection (arXiv 1612.03144) there is a map of stride 8 before them: the expansion of block 7, and upon it the result of
    block 13, enlarged."""
    x = n.normalized(x, 'conv1', F.relu6, channels=32, kernel=3, stride=2, padding=1)
    number, fine = 0, []
    for t, c, blocks, stride in ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)):
        for block in range(blocks):
            number += 1
            if fpn and number == 14:
                lateral = n.normalized(x, 'lateral', identity, channels=fine[0].shape[1])
                n.head(fine[0] + F.interpolate(lateral, scale_factor=2, mode='nearest'), 'fine', 6, True)
            taps = {7: fine.append, 14: lambda y: n.head(y, 0, 9, True)}
            x = inverted_residual(n, x, f'bneck{number}', x.shape[1] * t, c, 3, stride if block == 0 else 1, F.relu6,
                                  tap=taps.get(number))
    x = n.normalized(x, 'conv2', F.relu6, channels=1280)
    n.head(x, 1, 6, True)
    extras(n, x, (256, 256, 128, 128), 6)
    return n.outputs()


def mobilenetv3(n, x):
    """MobileNetV3-Large (arXiv 1905.02244, table 1), the channels from the last stride on halved: 6 boxes a cell."""
    h = F.hardswish
    x = n.normalized(x, 'conv1', h, channels=16, kernel=3, stride=2, padding=1)
    rows = ((3, 16, 16, 0, F.relu, 1), (3, 64, 24, 0, F.relu, 2), (3, 72, 24, 0, F.relu, 1), (5, 72, 40, 1, F.relu, 2),
            (5, 120, 40, 1, F.relu, 1), (5, 120, 40, 1, F.relu, 1), (3, 240, 80, 0, h, 2), (3, 200, 80, 0, h, 1),
            (3, 184, 80, 0, h, 1), (3, 184, 80, 0, h, 1), (3, 480, 112, 1, h, 1), (3, 672, 112, 1, h, 1),
            (5, 672, 80, 1, h, 2), (5, 480, 80, 1, h, 1), (5, 480, 80, 1, h, 1))
    for i, (kernel, expanded, output, excites, activation, stride) in enumerate(rows):
        x = inverted_residual(n, x, f'bneck{i + 1}', expanded, output, kernel, stride, activation, excites,
                              (lambda y: n.head(y, 0, 6, True)) if i == 12 else None)
    x = n.normalized(x, 'conv2', h, channels=480)
    n.head(x, 1, 6, True)
    extras(n, x, (512, 256, 256, 128), 6)
    return n.outputs()


def vgg16(n, x):
    """SSD300 on VGG16 (arXiv 1512.02325), for any input whose maps are large enough."""
    boxes = (4, 6, 6, 6, 4, 4)
    for stage, channels in enumerate(((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512)), 1):
        for layer, c in enumerate(channels, 1):
            x = F.relu(n.convolution(x, f'conv{stage}_{layer}', c, 3, padding=1))
        if stage == 4:
            scale = n.parameter('conv4_3.l2.scale', [512], 15, 25)
            n.head(F.normalize(x) * scale.reshape(1, -1, 1, 1), 0, boxes[0], False)
        x = F.max_pool2d(x, 2, 2, ceil_mode=True) if stage < 5 else F.max_pool2d(x, 3, 1, 1)
    x = F.relu(n.convolution(x, 'fc6', 1024, 3, padding=6, dilation=6))
    x = F.relu(n.convolution(x, 'fc7', 1024))
    n.head(x, 1, boxes[1], False)
    for i, (reduced, output, stride) in enumerate(((256, 512, 2), (128, 256, 2), (128, 256, 1), (128, 256, 1))):
        x = F.relu(n.convolution(x, f'conv{8 + i}_1', reduced))
        x = F.relu(n.convolution(x, f'conv{8 + i}_2', output, 3, stride, 1 if stride == 2 else 0))
        n.head(x, i + 2, boxes[i + 2], False)
    return n.outputs()


def photos(n, side, images):
    """Coarse patches with noise over them, so that photos differ in their deep features too: batch normalization of maps of
    one pixel divides by how far they do."""
    patches = -(-side // 64)
    coarse = n.array('patches', [images, patches, patches, 3], -2, 2)
    fine = n.array('noise', [images, side, side, 3], -0.5, 0.5)
    x = coarse.repeat_interleave(64, 1).repeat_interleave(64, 2)[:, :side, :side] + fine
    return x.permute(0, 3, 1, 2).contiguous()


def targets(n, boxes, images):
    classes = torch.zeros(images, boxes, dtype=torch.long)
    for i in range(images):
        for k in range(POSITIVES):
            # Dense at the end, where the coarse maps' boxes are: each head has some.
            classes[i, boxes - 1 - (k**3 + i) % boxes] = 1 + k % (CLASSES - 1)
    return classes, n.array('offsets', [images, boxes, 4], -1.5, 1.5)


def loss(locations, scores, classes, offsets):
    """Equations 1 to 3 of the paper with three negatives a positive. Also how near the choice of negatives is to another:
    the relative distance of the last that is taken from the first that is not."""
    rows = F.cross_entropy(scores.flatten(0, 1), classes.flatten(), reduction='none').reshape(classes.shape)
    background = (scores.logsumexp(2) - scores[..., 0]).detach()
    positive, total, margin = classes > 0, 0, 1
    for i in range(len(classes)):
        count = 3 * int(positive[i].sum())
        order = background[i].masked_fill(positive[i], -1).argsort(descending=True, stable=True)
        taken = rows[i][order[:count]]
        margin = min(margin, float(background[i][order[count - 1]] / background[i][order[count]] - 1))
        total = total + taken.sum() + rows[i][positive[i]].sum()
        total = total + F.smooth_l1_loss(locations[i][positive[i]], offsets[i][positive[i]], reduction='sum')
    return total / positive.sum(), margin


def summary(values):
    v = values.detach().double().numpy().ravel()
    return [float(np.linalg.norm(v)), float(v @ formula('projection', v.size, -1, 1).astype(np.float64))]


def run(build, side, images, epsilon, steps, dtype):
    n = Network(dtype, epsilon)
    x = photos(n, side, images)
    gradients, losses, velocities, margins = {}, [], {}, []
    for step in range(max(1, steps)):
        outputs = build(n, x)
        value, margin = loss(*outputs, *targets(n, outputs[0].shape[1], images))
        names = list(n.parameters)
        found = torch.autograd.grad(value, [n.parameters[k] for k in names])
        losses.append(value.item())
        margins.append(margin)
        if step == 0:
            gradients = {k: summary(g) for k, g in zip(names, found)}
        if steps:
            with torch.no_grad():
                for k, g in zip(names, found):
                    decay = 5e-4 if k.endswith('.weight') else 0
                    v = velocities.get(k, 0) * 0.9 + g + decay * n.parameters[k]
                    velocities[k] = v
                    n.parameters[k] -= RATE * v
    result = {'side': side, 'images': images, 'boxes': int(outputs[0].shape[1]), 'losses': losses, 'gradients': gradients}
    if steps:
        fresh = Network(dtype, epsilon)
        build(fresh, x)
        result['changes'] = {k: summary(n.parameters[k] - fresh.parameters[k]) for k in n.parameters}
        result['statistics'] = {k + role: summary(v) for k, s in n.statistics.items() for role, v in zip(('mean', 'variance'), s)}
    return result, margins


def distance(a, b):
    """The largest difference relative to the norm. What shifts the input of a batch normalization has a gradient of 0 but for
    rounding: no norm counts as less than 1e-4 of that of all together."""
    floor = 1e-4 * math.sqrt(sum(v[0]**2 for v in b.values()))
    return max((max(abs(x - y) / max(v[0], floor) for x, y in zip(a[k], v)), k) for k, v in b.items())


def main():
    torch.set_num_threads(int(os.environ.get('THREADS', '2')))
    cases = {'ssdlite-mobilenetv2': (mobilenetv2, 320, IMAGES, (1e-5, 1e-3), 3),
             'ssdlite-mobilenetv2-fpn': (lambda n, x: mobilenetv2(n, x, fpn=True), 320, IMAGES, (1e-5, 1e-3), 0),
             'ssdlite320-mobilenetv3': (mobilenetv3, 320, IMAGES, (1e-3, 1e-3), 0),
             'ssd300-vgg16': (vgg16, 272, 1, (0, 0), 0)}
    expected = {}
    for name, case in cases.items():
        if len(sys.argv) > 1 and name not in sys.argv[1:]:
            continue
        expected[name], margins = run(*case, torch.float64)
        single, _ = run(*case, torch.float32)
        print(name, 'losses', expected[name]['losses'], 'negatives decided by', margins, '; single precision: losses',
              [abs(a / b - 1) for a, b in zip(single['losses'], expected[name]['losses'])],
              *(x for k in ('gradients', 'changes') if k in single for x in (k, distance(single[k], expected[name][k]))), flush=True)
    if len(sys.argv) > 1:
        return
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'expected.json')
    with open(path, 'w') as file:
        json.dump(expected, file, separators=(',', ':'))
        file.write('\n')


main()
