#!/usr/bin/env python3
"""Photos a second and memory of training: multibox against PyTorch, on the same network, batch, loss and optimizer.

    Tests/Benchmarks/training.py .build/release/multibox DATASET [--architecture A] [--rounds N] [--batch N]

DATASET is a Pascal VOC folder with a hundred photos or more. Each round runs, in processes of their own and on the same number
of threads:

- multibox as a whole: decoding, augmentation, matching, the running average of the weights;
- PyTorch as a whole: photos decoded once, augmented by torchvision's recipe for SSD and matched by worker processes;
- PyTorch's steps alone, on batches that lie ready in memory.

All of PyTorch is channels-last, and runs in float32 and in bfloat16 autocast. Prints each side's median over the rounds and the
most memory that it took; of PyTorch without its worker processes. Needs Python with torch, torchvision, numpy and Pillow as
they come from PyPI.
"""
import argparse
import json
import math
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

WARM_UP_STEPS = 2


def import_torch():
    """torch, torch.nn and torchvision. PyPI's torchvision may be built for another torch than is there: its operators are then
    declared, of which none is run here, and its check for them is passed over."""
    import importlib.util

    import torch

    try:
        import torchvision
    except (RuntimeError, ImportError):
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "FRAGMENT")
        boxes = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
        for schema in ("nms" + boxes, "qnms" + boxes,
                       "roi_align(Tensor i, Tensor r, float s, int h, int w, int n, bool a) -> Tensor"):
            library.define(schema)
        import torchvision

        import_torch.library = library
    return torch, torchvision


class Sides:
    """The networks, with as many default boxes as their maps have; `parts(x)` gives offsets and scores."""

    def __init__(self, name, classes):
        torch, torchvision = import_torch()
        nn = torch.nn
        self.torch, self.classes = torch, classes
        unit = self.unit
        if name == "small-ssd300":
            self.side, self.batch = 300, 16
            self.maps, self.shapes = [38, 19, 10, 5, 3], self.two_sizes([20, 30, 46, 66, 92, 126, 160, 196, 234, 278], 2)
            layers = {"stem1": unit(3, 16, stride=2), "stem2": unit(16, 32, stride=2), "s11": unit(32, 32),
                      "s20": unit(32, 64, stride=2), "s21": unit(64, 64), "s22": unit(64, 64),
                      "s30": unit(64, 128, stride=2), "s31": unit(128, 128), "s32": unit(128, 128),
                      "up": unit(128, 256, kernel=1, activation=nn.Identity), "s40": unit(128, 192, stride=2),
                      "s41": unit(192, 192), "e10": unit(192, 96, kernel=1), "e11": unit(96, 192, stride=2),
                      "e20": unit(192, 96, kernel=1), "e21": unit(96, 192, padding=0)}
            self.features, channels = self.small(nn.ModuleDict(layers)), [64, 128, 192, 192, 192]
            heads = self.heads(channels, lambda c, out: nn.Conv2d(c, out, 3, padding=1))
        elif name == "ssdlite-mobilenetv2":
            self.side, self.batch = 320, 32
            self.maps, sizes = [20, 10, 5, 3, 2, 1], [17, 32, 56, 80, 106, 134, 160, 186, 212, 238, 262, 288, 310]
            self.shapes = [self.boxes_of(sizes[:3], 2)] + self.two_sizes(sizes[3:], 2)
            backbone = torchvision.models.mobilenet_v2(weights=None).features
            extras, previous = nn.ModuleList(), 1280
            for c in (256, 256, 128, 128):
                extras.append(nn.Sequential(unit(previous, c // 2, kernel=1, activation=nn.ReLU6),
                                            unit(c // 2, c // 2, stride=2, groups=c // 2, activation=nn.ReLU6),
                                            unit(c // 2, c, kernel=1, activation=nn.ReLU6)))
                previous = c
            self.features, channels = self.mobilenetv2(backbone, extras), [576, 1280, 256, 256, 128, 128]
            heads = self.heads(channels, lambda c, out: nn.Sequential(
                unit(c, c, groups=c, activation=nn.ReLU6), nn.Conv2d(c, out, 1)))
        else:
            if name == "ssdlite320-mobilenetv3":
                self.side, self.batch = 320, 32
                make, sizes = torchvision.models.detection.ssdlite320_mobilenet_v3_large, [20, 10, 5, 3, 2, 1]
            elif name == "ssd300-vgg16":
                self.side, self.batch = 300, 8
                make, sizes = torchvision.models.detection.ssd300_vgg16, [38, 19, 10, 5, 3, 1]
            else:
                sys.exit(f"no network called {name} here")
            detector = make(weights=None, weights_backbone=None, num_classes=classes)
            generator = detector.anchor_generator
            self.maps, self.shapes = sizes, [[tuple(float(v) for v in p) for p in m] for m in generator._wh_pairs]
            self.network = nn.ModuleList([detector.backbone, detector.head])
            self.parts = self.torchvision_parts
            return
        self.network = nn.ModuleList([self.features.layers, heads])
        self.parts = lambda x: self.rows(self.features(x), heads)

    def unit(self, channels, outputs, kernel=3, stride=1, padding=None, groups=1, activation=None):
        nn = self.torch.nn
        padding = kernel // 2 if padding is None else padding
        activation = nn.ReLU if activation is None else activation
        return nn.Sequential(nn.Conv2d(channels, outputs, kernel, stride, padding, groups=groups, bias=False),
                             nn.BatchNorm2d(outputs, eps=1e-3),
                             activation() if activation is nn.Identity else activation(inplace=True))

    def heads(self, channels, head):
        nn = self.torch.nn
        return nn.ModuleList(nn.ModuleList(head(c, columns * len(shapes)) for c, shapes in zip(channels, self.shapes))
                             for columns in (4, self.classes))

    def rows(self, maps, heads):
        def joined(kind, columns):
            parts = (h(m).permute(0, 2, 3, 1).reshape(m.shape[0], -1, columns) for h, m in zip(kind, maps))
            return self.torch.cat(list(parts), 1)

        return joined(heads[0], 4), joined(heads[1], self.classes)

    def torchvision_parts(self, x):
        backbone, head = self.network
        found = head(list(backbone(x).values()))
        return found["bbox_regression"], found["cls_logits"]

    def small(self, m):
        """The layers of Sources/Networks/Architectures/SmallSSD300Backbone.swift."""

        def features(x):
            x = m["stem2"](m["stem1"](x))
            x = m["s20"](x + m["s11"](x))
            x = x + m["s21"](x)
            lateral = x + m["s22"](x)
            x = m["s30"](lateral)
            x = x + m["s31"](x)
            map19 = x + m["s32"](x)
            map38 = lateral + self.torch.nn.functional.pixel_shuffle(m["up"](map19), 2)
            x = m["s40"](map19)
            map10 = x + m["s41"](x)
            map5 = m["e11"](m["e10"](map10))
            return [map38, map19, map10, map5, m["e21"](m["e20"](map5))]

        features.layers = m
        return features

    def mobilenetv2(self, backbone, extras):
        def features(x):
            for index, layer in enumerate(backbone):
                if index == 14:
                    tap = layer.conv[0](x)
                    x = layer.conv[1:](tap)
                else:
                    x = layer(x)
            maps = [tap, x]
            for extra in extras:
                maps.append(extra(maps[-1]))
            return maps

        features.layers = self.torch.nn.ModuleList([backbone, extras])
        return features

    def boxes_of(self, sizes, ratio):
        shapes = []
        for size in sizes:
            side, stretch = size / self.side, ratio ** 0.5
            shapes += [(side, side), (side * stretch, side / stretch), (side / stretch, side * stretch)]
        return shapes

    def two_sizes(self, sizes, ratio):
        return [self.boxes_of(sizes[i:i + 2], ratio) for i in range(0, len(sizes), 2)]

    def default_boxes(self):
        """Centres and sizes relative to the photo."""
        boxes = []
        for cells, shapes in zip(self.maps, self.shapes):
            centres = [(i + 0.5) / cells for i in range(cells)]
            boxes += [(x, y, w, h) for y in centres for x in centres for w, h in shapes]
        return self.torch.tensor(boxes)


def loss_of(torch, locations, scores, offsets, classes):
    """The MultiBox loss with three negatives mined for each positive."""
    F = torch.nn.functional
    positive = classes > 0
    count = positive.sum()
    location = F.smooth_l1_loss(locations[positive], offsets[positive], reduction="sum")
    entropy = F.cross_entropy(scores.flatten(0, 1), classes.flatten(), reduction="none").reshape(classes.shape)
    with torch.no_grad():
        rank = entropy.masked_fill(positive, 0).argsort(1, descending=True).argsort(1)
        negative = (rank < 3 * positive.sum(1, keepdim=True)) & ~positive
    return (entropy[positive | negative].sum() + location) / count


class VOC:
    """Photos with their targets; each photo is decoded once."""

    def __init__(self, root, side=None, boxes=None):
        self.photos, names = [], []
        with open(root + "/ImageSets/Main/train.txt") as lines:
            files = [line.split()[0] for line in lines if line.strip()]
        for file in files:
            objects = ElementTree.parse(f"{root}/Annotations/{file}.xml").findall("object")
            corners = [[float(o.find("bndbox").findtext(c)) for c in ("xmin", "ymin", "xmax", "ymax")] for o in objects]
            names += [o.findtext("name") for o in objects]
            self.photos.append((f"{root}/JPEGImages/{file}.jpg", corners, names[-len(objects):] if objects else []))
        self.names = sorted(set(names))
        if boxes is None:
            return
        import numpy
        from PIL import Image

        self.torch, _ = import_torch()
        from torchvision.ops import box_convert
        from torchvision.transforms import v2

        self.boxes, self.side = boxes, side
        self.corners = box_convert(boxes, "cxcywh", "xyxy")
        self.pixels = []
        for path, _, _ in self.photos:
            with Image.open(path) as photo:
                self.pixels.append(self.torch.from_numpy(numpy.array(photo.convert("RGB"))).permute(2, 0, 1).contiguous())
        mean = [123, 117, 104]
        self.change = v2.Compose([
            v2.RandomPhotometricDistort(), v2.RandomZoomOut(fill=mean), v2.RandomIoUCrop(), v2.RandomHorizontalFlip(),
            v2.Resize((side, side), antialias=False), v2.SanitizeBoundingBoxes(), v2.ToDtype(self.torch.float32),
            v2.Normalize(mean=mean, std=[58, 57, 57])])

    def __len__(self):
        return len(self.photos)

    def __getitem__(self, index):
        from torchvision import tv_tensors
        from torchvision.ops import box_convert, box_iou

        torch = self.torch
        _, corners, names = self.photos[index]
        pixels = self.pixels[index]
        boxes = tv_tensors.BoundingBoxes(
            torch.tensor(corners).reshape(-1, 4), format="XYXY", canvas_size=pixels.shape[-2:])
        labels = torch.tensor([self.names.index(name) + 1 for name in names])
        image, target = self.change(tv_tensors.Image(pixels), {"boxes": boxes, "labels": labels})
        truths, labels = target["boxes"].as_subclass(torch.Tensor) / self.side, target["labels"]
        if len(labels) == 0:
            return image, torch.zeros(len(self.boxes), dtype=torch.long), torch.zeros(len(self.boxes), 4)
        overlap, best = box_iou(self.corners, truths).max(1)
        forced = box_iou(self.corners, truths).argmax(0)
        overlap[forced], best[forced] = 1, torch.arange(len(labels))
        classes = torch.where(overlap >= 0.5, labels[best], 0)
        centres = box_convert(truths, "xyxy", "cxcywh")[best]
        offsets = torch.cat([(centres[:, :2] - self.boxes[:, :2]) / self.boxes[:, 2:] / 0.1,
                             (centres[:, 2:] / self.boxes[:, 2:]).log() / 0.2], 1)
        return image, classes, offsets


def torch_side(options):
    """One measurement of PyTorch, in this process: photos a second and the peak of its memory in megabytes."""
    torch, _ = import_torch()
    threads = len(os.sched_getaffinity(0))
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    sides = Sides(options.architecture, len(VOC(options.dataset).names) + 1)
    batch, boxes = options.batch or sides.batch, sides.default_boxes()
    if options.side.startswith("loading"):
        loader = torch.utils.data.DataLoader(
            VOC(options.dataset, sides.side, boxes), batch, shuffle=True, drop_last=True, num_workers=threads,
            persistent_workers=True, prefetch_factor=2)

        def batches():
            while True:
                yield from loader
    else:
        truth = torch.where(torch.rand(batch, len(boxes)) < 0.02, torch.randint(1, sides.classes, (batch, len(boxes))), 0)
        ready = torch.randn(batch, 3, sides.side, sides.side), truth, torch.randn(batch, len(boxes), 4)

        def batches():
            while True:
                yield ready
    model = sides.network.to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9, weight_decay=5e-4)
    steps, start = -WARM_UP_STEPS, time.perf_counter()
    for images, truth, offsets in batches():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.side.endswith("bfloat16")):
            locations, scores = sides.parts(images.to(memory_format=torch.channels_last))
        loss_of(torch, locations.float(), scores.float(), offsets, truth).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 10)
        optimizer.step()
        steps += 1
        if steps <= 0:
            start = time.perf_counter()
        elif time.perf_counter() - start >= options.seconds:
            break
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
    print(json.dumps([batch * steps / (time.perf_counter() - start), peak]))
    # Worker processes are not waited for.
    sys.stdout.flush()
    os._exit(0)


def measured_torch(options, side):
    command = [sys.executable, __file__, options.binary, options.dataset, "--architecture", options.architecture,
               "--side", side, "--seconds", str(options.seconds)] + (["--batch", str(options.batch)] if options.batch else [])
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return json.loads(result.stdout.splitlines()[-1])


def measured_multibox(options):
    with tempfile.TemporaryDirectory() as folder:
        arguments = [options.binary, "train", "--data", options.dataset, "--validation-split", "none", "--hold-out", "0",
                     "--output", folder + "/run", "--architecture", options.architecture, "--init", "none"]
        batch = options.batch or {"small-ssd300": 16, "ssd300-vgg16": 8}.get(options.architecture, 32)
        photos = len(VOC(options.dataset))
        # As long as PyTorch's side, judged by how fast networks of these sizes are.
        speed = {"small-ssd300": 60, "ssd300-vgg16": 1.5}.get(options.architecture, 18)
        epochs = max(1, math.ceil(options.seconds * speed / (photos // batch * batch)))
        arguments += ["--batch-size", str(batch), "--epochs", str(epochs)]
        log = open(folder + "/log", "w+")
        process = subprocess.Popen(arguments, stdout=log, stderr=log)
        metrics, deadline = folder + "/run/metrics.jsonl", time.monotonic() + 20 * options.seconds + 60
        enough = WARM_UP_STEPS + max(3, math.ceil(options.seconds * speed / batch))
        ended = 0
        while not ended:
            ended, _, usage = os.wait4(process.pid, os.WNOHANG)
            done = os.path.exists(metrics) and sum(1 for _ in open(metrics)) >= enough
            if not ended and (done or time.monotonic() > deadline):
                os.kill(process.pid, signal.SIGTERM)
                ended, _, usage = os.wait4(process.pid, 0)
            time.sleep(0.2)
        process.returncode = 0
        if not os.path.exists(metrics):
            log.seek(0)
            sys.exit(log.read() or "multibox made no steps")
        with open(metrics) as lines:
            rates = [json.loads(line)["images_per_second"] for line in lines][WARM_UP_STEPS:]
    if not rates:
        sys.exit("multibox made too few steps")
    return len(rates) / sum(1 / rate for rate in rates), usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("dataset")
    parser.add_argument("--architecture", default="small-ssd300")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--side", choices=["loading", "loading bfloat16", "ready", "ready bfloat16"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        return torch_side(options)
    sides = {
        "multibox": lambda: measured_multibox(options),
        "PyTorch with loading": lambda: measured_torch(options, "loading"),
        "the same, bfloat16": lambda: measured_torch(options, "loading bfloat16"),
        "PyTorch, steps alone": lambda: measured_torch(options, "ready"),
        "steps alone, bfloat16": lambda: measured_torch(options, "ready bfloat16"),
    }
    found = {name: [] for name in sides}
    for _ in range(options.rounds):
        for name, measure in sides.items():
            found[name].append(measure())
    medians = {name: statistics.median(rate for rate, _ in values) for name, values in found.items()}
    print(f"{options.architecture}, batch {options.batch or 'of its own'}, {len(os.sched_getaffinity(0))} threads")
    for name, median in medians.items():
        each = ", ".join(f"{rate:.1f}" for rate, _ in found[name])
        memory = max(peak for _, peak in found[name])
        print(f"{name:21}{median:6.1f} photos/s, {medians['multibox'] / median:5.2f}, {memory:6.0f} MB  ({each})")


if __name__ == "__main__":
    main()
