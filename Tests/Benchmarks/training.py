#!/usr/bin/env python3
"""Images a second of training: multibox against PyTorch, on the same network, batch, loss and optimizer.

    Tests/Benchmarks/training.py .build/release/multibox DATASET [ROUNDS]

DATASET is a Pascal VOC folder with a hundred photos or more. Each round runs, on the same number of threads:

- multibox as a whole: decoding, augmentation, matching, the running average of the weights;
- PyTorch as a whole: photos decoded once, augmented by torchvision's recipe for SSD and matched by worker processes;
- PyTorch's steps alone, on batches that lie ready in memory.

All of PyTorch is channels-last, and runs in float32 and in bfloat16 autocast. Prints each side's median over the rounds. Needs Python with torch and torchvision.
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

import torch
import torch.nn as nn
import torch.nn.functional as F
from torchvision import tv_tensors
from torchvision.io import ImageReadMode, decode_image
from torchvision.ops import box_convert, box_iou
from torchvision.transforms import v2

BATCH, SIDE = 16, 300
MAPS, BOX_SIZES, RATIO = [38, 19, 10, 5, 3], [20, 30, 46, 66, 92, 126, 160, 196, 234, 278], 2.0
BOXES_A_CELL = 6
EPOCHS_OF_MULTIBOX = 2
WARM_UP_STEPS, SECONDS_OF_TORCH = 2, 5.0


class Unit(nn.Sequential):
    def __init__(self, channels, outputs, kernel=3, stride=1, padding=1, activation=True):
        layers = [nn.Conv2d(channels, outputs, kernel, stride, padding, bias=False), nn.BatchNorm2d(outputs, eps=1e-3)]
        super().__init__(*layers, *([nn.ReLU(inplace=True)] if activation else []))


class SmallSSD300(nn.Module):
    """The layers of Sources/Networks/Architectures/SmallSSD300Backbone.swift."""

    def __init__(self, classes):
        super().__init__()
        self.classes = classes
        self.stem1, self.stem2, self.s11 = Unit(3, 16, stride=2), Unit(16, 32, stride=2), Unit(32, 32)
        self.s20, self.s21, self.s22 = Unit(32, 64, stride=2), Unit(64, 64), Unit(64, 64)
        self.s30, self.s31, self.s32 = Unit(64, 128, stride=2), Unit(128, 128), Unit(128, 128)
        self.up = Unit(128, 256, kernel=1, padding=0, activation=False)
        self.s40, self.s41 = Unit(128, 192, stride=2), Unit(192, 192)
        self.e10, self.e11 = Unit(192, 96, kernel=1, padding=0), Unit(96, 192, stride=2)
        self.e20, self.e21 = Unit(192, 96, kernel=1, padding=0), Unit(96, 192, padding=0)
        channels = [64, 128, 192, 192, 192]
        self.locations = nn.ModuleList(nn.Conv2d(c, 4 * BOXES_A_CELL, 3, padding=1) for c in channels)
        self.scores = nn.ModuleList(nn.Conv2d(c, classes * BOXES_A_CELL, 3, padding=1) for c in channels)

    def forward(self, x):
        x = self.stem2(self.stem1(x))
        x = x + self.s11(x)
        x = self.s20(x)
        x = x + self.s21(x)
        lateral = x + self.s22(x)
        x = self.s30(lateral)
        x = x + self.s31(x)
        map19 = x + self.s32(x)
        map38 = lateral + F.pixel_shuffle(self.up(map19), 2)
        x = self.s40(map19)
        map10 = x + self.s41(x)
        map5 = self.e11(self.e10(map10))
        map3 = self.e21(self.e20(map5))
        maps = [map38, map19, map10, map5, map3]

        def rows(heads, columns):
            outputs = (head(m).permute(0, 2, 3, 1).reshape(m.shape[0], -1, columns) for head, m in zip(heads, maps))
            return torch.cat(list(outputs), 1)

        return rows(self.locations, 4), rows(self.scores, self.classes)


def loss_of(locations, scores, offsets, classes):
    """The MultiBox loss with three negatives mined for each positive."""
    positive = classes > 0
    count = positive.sum()
    location = F.smooth_l1_loss(locations[positive], offsets[positive], reduction="sum")
    entropy = F.cross_entropy(scores.flatten(0, 1), classes.flatten(), reduction="none").reshape(classes.shape)
    with torch.no_grad():
        rank = entropy.masked_fill(positive, 0).argsort(1, descending=True).argsort(1)
        negative = (rank < 3 * positive.sum(1, keepdim=True)) & ~positive
    return (entropy[positive | negative].sum() + location) / count


def default_boxes():
    """The boxes of SmallSSD300.defaultBoxes, as centres and sizes relative to the photo."""
    boxes = []
    for index, cells in enumerate(MAPS):
        shapes = []
        for size in BOX_SIZES[2 * index:2 * index + 2]:
            side, stretch = size / SIDE, RATIO ** 0.5
            shapes += [(side, side), (side * stretch, side / stretch), (side / stretch, side * stretch)]
        centres = [(i + 0.5) / cells for i in range(cells)]
        boxes += [(x, y, w, h) for y in centres for x in centres for w, h in shapes]
    return torch.tensor(boxes)


class VOC(torch.utils.data.Dataset):
    """Photos with their targets; each photo is decoded once."""

    def __init__(self, root):
        self.boxes = default_boxes()
        self.corners = box_convert(self.boxes, "cxcywh", "xyxy")
        self.photos, names = [], []
        with open(root + "/ImageSets/Main/train.txt") as lines:
            files = [line.split()[0] for line in lines if line.strip()]
        for file in files:
            objects = ElementTree.parse(f"{root}/Annotations/{file}.xml").findall("object")
            corners = [[float(o.find("bndbox").findtext(c)) for c in ("xmin", "ymin", "xmax", "ymax")] for o in objects]
            names += [o.findtext("name") for o in objects]
            self.photos.append((f"{root}/JPEGImages/{file}.jpg", torch.tensor(corners), names[-len(objects):]))
        self.names = sorted(set(names))
        self.pixels = [decode_image(path, ImageReadMode.RGB) for path, _, _ in self.photos]
        mean = [123, 117, 104]
        self.change = v2.Compose([
            v2.RandomPhotometricDistort(), v2.RandomZoomOut(fill=mean), v2.RandomIoUCrop(), v2.RandomHorizontalFlip(),
            v2.Resize((SIDE, SIDE), antialias=False), v2.SanitizeBoundingBoxes(), v2.ToDtype(torch.float32),
            v2.Normalize(mean=mean, std=[58, 57, 57])])

    def __len__(self):
        return len(self.photos)

    def __getitem__(self, index):
        _, corners, names = self.photos[index]
        pixels = self.pixels[index]
        boxes = tv_tensors.BoundingBoxes(corners, format="XYXY", canvas_size=pixels.shape[-2:])
        labels = torch.tensor([self.names.index(name) + 1 for name in names])
        image, target = self.change(tv_tensors.Image(pixels), {"boxes": boxes, "labels": labels})
        truths, labels = target["boxes"].as_subclass(torch.Tensor) / SIDE, target["labels"]
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


def ready_batches(classes):
    """One batch, again and again."""
    torch.manual_seed(1)
    count = len(default_boxes())
    truth = torch.where(torch.rand(BATCH, count) < 0.02, torch.randint(1, classes, (BATCH, count)), 0)
    batch = torch.randn(BATCH, 3, SIDE, SIDE), truth, torch.randn(BATCH, count, 4)
    while True:
        yield batch


def loaded_batches(dataset, workers):
    loader = torch.utils.data.DataLoader(
        dataset, BATCH, shuffle=True, drop_last=True, num_workers=workers, persistent_workers=True, prefetch_factor=2)
    while True:
        yield from loader


def torch_rate(batches, classes, is_half=False):
    torch.manual_seed(1)
    model = SmallSSD300(classes).to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, weight_decay=5e-4)
    steps, start = -WARM_UP_STEPS, time.perf_counter()
    for images, truth, offsets in batches:
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=is_half):
            locations, scores = model(images.to(memory_format=torch.channels_last))
        loss_of(locations.float(), scores.float(), offsets, truth).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 10)
        optimizer.step()
        steps += 1
        if steps <= 0:
            start = time.perf_counter()
        elif time.perf_counter() - start >= SECONDS_OF_TORCH:
            return BATCH * steps / (time.perf_counter() - start)


def multibox_rate(binary, data):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [binary, "train", "--data", data, "--validation-split", "none", "--output", folder + "/run",
             "--epochs", str(EPOCHS_OF_MULTIBOX), "--batch-size", str(BATCH)], check=True, capture_output=True)
        with open(folder + "/run/metrics.jsonl") as lines:
            rates = [json.loads(line)["images_per_second"] for line in lines][WARM_UP_STEPS:]
    return len(rates) / sum(1 / rate for rate in rates)


def main():
    binary, data = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    threads = len(os.sched_getaffinity(0))
    torch.set_num_threads(threads)
    dataset = VOC(data)
    classes = len(dataset.names) + 1
    loaded = loaded_batches(dataset, threads)
    sides = {
        "multibox": lambda: multibox_rate(binary, data),
        "PyTorch with loading": lambda: torch_rate(loaded, classes),
        "the same, bfloat16": lambda: torch_rate(loaded, classes, is_half=True),
        "PyTorch, steps alone": lambda: torch_rate(ready_batches(classes), classes),
        "steps alone, bfloat16": lambda: torch_rate(ready_batches(classes), classes, is_half=True),
    }
    rates = {name: [] for name in sides}
    for _ in range(rounds):
        for name, measure in sides.items():
            rates[name].append(measure())
    medians = {name: statistics.median(values) for name, values in rates.items()}
    for name, median in medians.items():
        each = ", ".join(f"{rate:.1f}" for rate in rates[name])
        print(f"{name:21}{median:6.1f} images/s, {medians['multibox'] / median:.2f}  ({each})")


if __name__ == "__main__":
    main()
