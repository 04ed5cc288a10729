#!/usr/bin/env python3
"""Golden numbers of detectors that are known by the names of their tensors, in PyTorch, with weights and inputs made by a formula.

    python3 -m venv V && V/bin/pip install torch==2.13.0 numpy
    V/bin/python make.py            writes expected.json beside itself

The formula is that of ../torchvision-ssd/make.py. The networks are written here from their papers' and authors' descriptions, by
the names of their authors' state dicts: BlazeFace-PyTorch (front and back), Ultra-Light-Face RFB, pytorch-ssd's mb2-ssd-lite. For
each raw output: its norm and its product with an array of the formula, in double precision."""
import json, math, os
import numpy as np, torch
import torch.nn.functional as F

U = np.uint64


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


def tensor(name, *shape):
    if len(shape) == 4:
        b = np.sqrt(np.float32(4.5) / np.float32(math.prod(shape[1:])))
        bounds = (-b, b)
    elif name.endswith('.running_var') or name.endswith('.weight'):
        bounds = (0.5, 1.5)
    else:
        bounds = (-0.1, 0.1)
    return torch.from_numpy(formula(name, math.prod(shape), *bounds)).reshape(shape)


def conv(x, name, out, kernel, stride=1, padding=0, dilation=1, depthwise=False, bias=True):
    groups = x.shape[1] if depthwise else 1
    w = tensor(name + '.weight', out, x.shape[1] // groups, kernel, kernel)
    b = tensor(name + '.bias', out) if bias else None
    return F.conv2d(x, w, b, stride, padding, dilation, groups)


def norm(x, name):
    c = x.shape[1]
    return F.batch_norm(x, tensor(name + '.running_mean', c), tensor(name + '.running_var', c),
                        tensor(name + '.weight', c), tensor(name + '.bias', c), eps=1e-5)


def image(height, width):
    return torch.from_numpy(formula('input', height * width * 3, -1, 1)).reshape(1, height, width, 3).permute(0, 3, 1, 2)


def rows(maps, columns):
    return torch.cat([m.permute(0, 2, 3, 1).reshape(-1, columns) for m in maps])


def summary(x):
    v = x.detach().numpy().astype(np.float64).ravel()
    return [float(np.linalg.norm(v)), float(v @ formula('projection', v.size, -1, 1).astype(np.float64))]


def blaze_block(x, name, out, stride=1, residual=True):
    h = F.pad(x, (0, 2, 0, 2)) if stride == 2 else x
    h = conv(h, name + '.convs.0', x.shape[1], 3, stride, 0 if stride == 2 else 1, depthwise=True)
    h = conv(h, name + '.convs.1', out, 1)
    if residual:
        if stride == 2:
            x = F.max_pool2d(x, 2, 2)
        h = h + F.pad(x, (0, 0, 0, 0, 0, out - x.shape[1]))
    return F.relu(h)


def blazeface(back):
    stem = 'backbone' if back else 'backbone1'
    x = F.relu(conv(F.pad(image(*[256 if back else 128] * 2), (1, 2, 1, 2)), stem + '.0', 24, 5, 2))
    if back:
        blocks = [24] * 15 + [48] * 8 + [96] * 8
        halving = {7, 15, 23}
    else:
        blocks, halving = [24, 28, 32, 36, 42, 48, 56, 64, 72, 80, 88], {2, 5}
    for i, out in enumerate(blocks):
        x = blaze_block(x, f'{stem}.{i + 2}', out, 2 if i in halving else 1)
    if back:
        h = blaze_block(x, 'final', 96, 2, residual=False)
    else:
        h = x
        for i in range(5):
            h = blaze_block(h, f'backbone2.{i}', 96, 2 if i == 0 else 1)
    scores = rows([conv(x, 'classifier_8', 2, 1), conv(h, 'classifier_16', 6, 1)], 1)
    offsets = rows([conv(x, 'regressor_8', 32, 1), conv(h, 'regressor_16', 96, 1)], 16)
    return offsets[:, :4], scores


def ultra_light_face_rfb():
    def unit(x, name, out, kernel, stride=1, dilation=1, depthwise=False, parts=('0', '1'), relu=True):
        padding = dilation if kernel == 3 else 0
        x = norm(conv(x, f'{name}.{parts[0]}', out, kernel, stride, padding, dilation, depthwise, bias=False),
                 f'{name}.{parts[1]}')
        return F.relu(x) if relu else x

    x = unit(image(240, 320), 'base_net.0', 16, 3, 2)
    offsets, scores = [], []

    def heads(x, i, boxes):
        for name, columns, target in (('regression_headers', 4, offsets), ('classification_headers', 2, scores)):
            y = F.relu(conv(x, f'{name}.{i}.0', x.shape[1], 3, 1, 1, depthwise=True))
            target.append(conv(y, f'{name}.{i}.2', boxes * columns, 1))

    widths = [32, 32, 32, 64, 64, 64, 64, 128, 128, 128, 256, 256]
    for i, out in enumerate(widths, start=1):
        name = f'base_net.{i}'
        if i == 7:
            basic = ('conv', 'bn')
            branches = []
            for b, (middle, dilation) in enumerate([([16], 2), ([16], 3), ([12, 16], 5)]):
                y = unit(x, f'{name}.branch{b}.0', 8, 1, parts=basic, relu=False)
                for k, width in enumerate(middle, start=1):
                    y = unit(y, f'{name}.branch{b}.{k}', width, 3, parts=basic)
                branches.append(unit(y, f'{name}.branch{b}.{len(middle) + 1}', 16, 3, 1, dilation, parts=basic, relu=False))
            y = unit(torch.cat(branches, 1), name + '.ConvLinear', 64, 1, parts=basic, relu=False)
            x = F.relu(y + unit(x, name + '.shortcut', 64, 1, parts=basic, relu=False))
        else:
            x = unit(x, name, x.shape[1], 3, 2 if i in (2, 4, 8, 11) else 1, depthwise=True)
            x = unit(x, name, out, 1, parts=('3', '4'))
        if i in (7, 10, 12):
            heads(x, len(offsets), [3, 2, 2][len(offsets)])
    x = F.relu(conv(x, 'extras.0.0', 64, 1))
    x = F.relu(conv(x, 'extras.0.2.0', 64, 3, 2, 1, depthwise=True))
    x = F.relu(conv(x, 'extras.0.2.2', 256, 1))
    offsets.append(conv(x, 'regression_headers.3', 12, 3, 1, 1))
    scores.append(conv(x, 'classification_headers.3', 6, 3, 1, 1))
    return rows(offsets, 4), rows(scores, 2)


def mb2_ssd_lite(classes=21):
    def unit(x, name, part, out, kernel, stride=1, depthwise=False, relu=True, bias=False):
        x = norm(conv(x, f'{name}.{part}', out, kernel, stride, kernel // 2, depthwise=depthwise, bias=bias),
                 f'{name}.{part + 1}')
        return F.relu6(x) if relu else x

    tapped = []

    def block(x, name, hidden, out, stride):
        y, part = x, 0
        if hidden != x.shape[1]:
            y = unit(y, name + '.conv', 0, hidden, 1)
            part = 3
            if name == 'base_net.14':
                tapped.append(y)
        y = unit(y, name + '.conv', part, hidden, 3, stride, depthwise=True)
        y = unit(y, name + '.conv', part + 3, out, 1, relu=False)
        return x + y if stride == 1 and x.shape == y.shape else y

    x = unit(image(300, 300), 'base_net.0', 0, 32, 3, 2)
    number = 0
    for t, c, n, s in [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
                       (6, 320, 1, 1)]:
        for i in range(n):
            number += 1
            x = block(x, f'base_net.{number}', x.shape[1] * t, c, s if i == 0 else 1)
    x = unit(x, 'base_net.18', 0, 1280, 1)
    sources = tapped + [x]
    for i, (hidden, out) in enumerate([(256, 512), (128, 256), (128, 256), (64, 64)]):
        x = block(x, f'extras.{i}', hidden, out, 2)
        sources.append(x)
    results = []
    for name, columns in (('regression_headers', 4), ('classification_headers', classes)):
        maps = []
        for i, source in enumerate(sources):
            head = f'{name}.{i}'
            if i < 5:
                source = unit(source, head, 0, source.shape[1], 3, depthwise=True, bias=True)
                maps.append(conv(source, head + '.3', 6 * columns, 1))
            else:
                maps.append(conv(source, head, 6 * columns, 1))
        results.append(rows(maps, columns))
    return results


expected = {}
with torch.no_grad():
    for name, (locations, scores) in (('blazeface-front', blazeface(False)), ('blazeface-back', blazeface(True)),
                                      ('ultra-light-face-rfb', ultra_light_face_rfb()), ('mb2-ssd-lite', mb2_ssd_lite())):
        print(name, tuple(locations.shape), tuple(scores.shape), float(locations.abs().mean()), float(scores.abs().mean()))
        expected[name] = {'locations': summary(locations), 'scores': summary(scores)}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'expected.json'), 'w') as file:
    json.dump(expected, file, indent=1)
    file.write('\n')
