#!/usr/bin/env python3
"""Golden numbers of SSD networks in PyTorch, with weights and inputs made by a formula.

    python3 -m venv V
    V/bin/pip install torch==2.13.0 numpy && V/bin/pip install --no-deps torchvision==0.28.0
    V/bin/python make.py            writes expected.json beside itself

Value i of the array called NAME between lower and upper is lower + (upper - lower) * u, u the first 24 bits of number i of
SplitMix64 that starts at the FNV-1a hash of NAME. For each raw output of each source map: its norm and its product with
an array of the formula, in double precision. For post-processing: what torchvision's rule makes of raw outputs of the formula."""
import json, math, os
import numpy as np, torch

# PyPI's torchvision is built for another PyTorch than the CPU one: declare its operators; none is run here.
_ops = torch.library.Library('torchvision', 'DEF')
for s in ('nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor',
          'qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor',
          'roi_align(Tensor i, Tensor r, float s, int h, int w, int n, bool a) -> Tensor'):
    _ops.define(s)
from torchvision.models.detection import ssd300_vgg16, ssdlite320_mobilenet_v3_large
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import boxes as box_ops

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


def bounds(name, shape, gain=4.5):
    """The gain keeps SSDLite well conditioned, with values on both sides of every clamp."""
    if len(shape) == 4:
        b = np.sqrt(np.float32(gain) / np.float32(math.prod(shape[1:])))
        return -b, b
    if name.endswith('scale_weight'):
        return 15, 25
    if name.endswith('.running_var') or name.endswith('.weight'):
        return 0.5, 1.5
    return -0.1, 0.1


def fill(model):
    for name, value in model.state_dict().items():
        if value.is_floating_point():
            value.copy_(torch.from_numpy(formula(name, value.numel(), *bounds(name, value.shape))).reshape(value.shape))


def image(size, lower, upper):
    return torch.from_numpy(formula('input', size * size * 3, lower, upper)).reshape(1, size, size, 3).permute(0, 3, 1, 2)


def summary(rows):
    """Of one map's rows of one output: the norm and the product with the formula's array."""
    v = rows.detach().numpy().astype(np.float64).ravel()
    return [float(np.linalg.norm(v)), float(v @ formula('projection', v.size, -1, 1).astype(np.float64))]


def outputs(locations, scores):
    return {'locations': [summary(x) for x in locations], 'scores': [summary(x) for x in scores]}


def split(rows, maps, boxes):
    return torch.split(rows[0], [m * m * b for m, b in zip(maps, boxes)])


def suppress(boxes, scores, threshold):
    """Greedy suppression of one class, as torchvision's operator does it; scores are in descending order."""
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    alive, kept = np.ones(len(boxes), bool), []
    for i in range(len(boxes)):
        if not alive[i]:
            continue
        kept.append(i)
        w = np.maximum(np.minimum(boxes[i, 2], boxes[:, 2]) - np.maximum(boxes[i, 0], boxes[:, 0]), 0)
        h = np.maximum(np.minimum(boxes[i, 3], boxes[:, 3]) - np.maximum(boxes[i, 1], boxes[:, 1]), 0)
        intersection = w * h
        alive &= ~(intersection / (area[i] + area - intersection) > threshold)
    return kept


def detections(model, size, maps, count, classes):
    """SSD.postprocess_detections on raw outputs of the formula, with the suppression above for torchvision's operator."""
    loc = torch.from_numpy(formula('locations', count * 4, -2, 2)).reshape(count, 4)
    conf = torch.from_numpy(formula('scores', count * classes, -5, 5)).reshape(count, classes)
    features = [torch.zeros(1, 1, m, m) for m in maps]
    anchors = model.anchor_generator(ImageList(torch.zeros(1, 3, size, size), [(size, size)]), features)[0]
    boxes = box_ops.clip_boxes_to_image(model.box_coder.decode_single(loc, anchors), (size, size))
    scores = torch.softmax(conf, -1)
    found = []
    for label in range(1, classes):
        score = scores[:, label]
        keep = torch.where(score > model.score_thresh)[0]
        top, index = score[keep].topk(min(model.topk_candidates, keep.numel()))
        box = boxes[keep][index].numpy()
        found += [(float(top[i]), label, [float(v) / size for v in box[i]])
                  for i in suppress(box, top, model.nms_thresh)]
    found.sort(key=lambda d: -d[0])
    return [[label, round(score, 7)] + [round(v, 6) for v in box]
            for score, label, box in found[:model.detections_per_img]]


class MobileNetSSD(torch.nn.Module):
    """chuanqi305's MobileNetSSD_deploy.prototxt, the weights of batch normalization merged into the convolutions."""

    def __init__(self, classes):
        super().__init__()
        conv, self.layers, self.classes = torch.nn.Conv2d, torch.nn.ModuleDict(), classes
        key = lambda name: name.replace('.', '-')
        def add(name, *args, **kw): self.layers[key(name)] = conv(*args, **kw)
        add('conv0', 3, 32, 3, 2, 1)
        channels = [32, 64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024]
        for i in range(1, 14):
            add(f'conv{i}.depthwise', channels[i - 1], channels[i - 1], 3, 2 if i in (2, 4, 6, 12) else 1, 1,
                groups=channels[i - 1])
            add(f'conv{i}', channels[i - 1], channels[i], 1)
        x = 1024
        for i, (a, b) in zip(range(14, 18), ((256, 512), (128, 256), (128, 256), (64, 128))):
            add(f'conv{i}_1', x, a, 1)
            add(f'conv{i}_2', a, b, 3, 2, 1)
            x = b
        self.boxes = [3, 6, 6, 6, 6, 6]
        for k, (c, b) in enumerate(zip((512, 1024, 512, 256, 256, 128), self.boxes)):
            add(f'loc.{k}', c, b * 4, 1)
            add(f'conf.{k}', c, b * classes, 1)
        for name, value in self.state_dict().items():
            layer, kind = name.removeprefix('layers.').replace('-', '.').rsplit('.', 1)
            if kind == 'weight':
                o, i, h, w = value.shape
                # By our own names and layouts: [output, height, width, input], or [height, width, channel].
                v = torch.from_numpy(formula(f'{layer}.weight', value.numel(), *bounds('', value.shape, gain=6)))
                v = v.reshape(h, w, o).permute(2, 0, 1)[:, None] if 'depthwise' in layer else v.reshape(o, h, w, i).permute(0, 3, 1, 2)
            else:
                v = torch.from_numpy(formula(f'{layer}.bias', value.numel(), -0.1, 0.1))
            value.copy_(v)

    def forward(self, x):
        get = lambda name: self.layers[name.replace('.', '-')]
        relu, maps = torch.relu, []
        x = relu(get('conv0')(x))
        for i in range(1, 14):
            x = relu(get(f'conv{i}')(relu(get(f'conv{i}.depthwise')(x))))
            if i in (11, 13): maps.append(x)
        for i in range(14, 18):
            x = relu(get(f'conv{i}_2')(relu(get(f'conv{i}_1')(x))))
            maps.append(x)
        rows = lambda name, c: [get(f'{name}.{k}')(m).permute(0, 2, 3, 1).reshape(-1, c) for k, m in enumerate(maps)]
        return rows('loc', 4), rows('conf', self.classes)


expected = {}
with torch.no_grad():
    for name, make, classes, size, low, high, maps in (
            ('ssd300', ssd300_vgg16, 21, 300, -120, 150, [38, 19, 10, 5, 3, 1]),
            ('ssdlite320', ssdlite320_mobilenet_v3_large, 91, 320, -1, 1, [20, 10, 5, 3, 2, 1])):
        model = make(weights=None, weights_backbone=None, num_classes=classes).eval()
        fill(model)
        boxes = model.anchor_generator.num_anchors_per_location()
        found = detections(model, size, maps, sum(m * m * b for m, b in zip(maps, boxes)), classes)
        model.double()
        head = model.head(list(model.backbone(image(size, low, high).double()).values()))
        loc, conf = head['bbox_regression'], head['cls_logits']
        expected[name] = outputs(split(loc, maps, boxes), split(conf, maps, boxes))
        expected[name]['tensors'] = [[k, list(v.shape)] for k, v in model.state_dict().items() if v.is_floating_point()]
        expected[name]['detections'] = found
    mobile = MobileNetSSD(21).eval().double()
    expected['mobilenet'] = outputs(*mobile(image(300, -1, 1).double()))
    expected['mobilenet']['parameters'] = sum(p.numel() for p in mobile.parameters())

text = json.dumps(expected, separators=(',', ':')).replace('],[', '],\n[')
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'expected.json'), 'w') as f:
    f.write(text + '\n')
