#!/usr/bin/env python3
"""Images a second of training: multibox against PyTorch, on the same network.

    Tests/Benchmarks/training.py .build/release/multibox DATASET [ROUNDS]

DATASET is a folder that `multibox train` takes. Each round runs multibox (data loading, augmentation and checkpoints
included), then PyTorch in float32 and in bfloat16 autocast, both channels-last, on batches that lie ready in memory: its
loading is not counted. Prints each side's median over the rounds. Needs Python with torch.
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

BATCH, CLASSES, BOXES_A_CELL = 16, 4, 6
EPOCHS_OF_MULTIBOX, STEPS_OF_TORCH = 4, 20


class Unit(nn.Sequential):
    def __init__(self, channels, outputs, kernel=3, stride=1, padding=1, activation=True):
        layers = [nn.Conv2d(channels, outputs, kernel, stride, padding, bias=False), nn.BatchNorm2d(outputs, eps=1e-3)]
        super().__init__(*layers, *([nn.ReLU(inplace=True)] if activation else []))


class SmallSSD300(nn.Module):
    """The layers of Sources/Training/Runs/SmallSSD300.swift."""

    def __init__(self):
        super().__init__()
        self.stem1, self.stem2, self.s11 = Unit(3, 16, stride=2), Unit(16, 32, stride=2), Unit(32, 32)
        self.s20, self.s21, self.s22 = Unit(32, 64, stride=2), Unit(64, 64), Unit(64, 64)
        self.s30, self.s31, self.s32 = Unit(64, 128, stride=2), Unit(128, 128), Unit(128, 128)
        self.up = Unit(128, 256, kernel=1, padding=0, activation=False)
        self.s40, self.s41 = Unit(128, 192, stride=2), Unit(192, 192)
        self.e10, self.e11 = Unit(192, 96, kernel=1, padding=0), Unit(96, 192, stride=2)
        self.e20, self.e21 = Unit(192, 96, kernel=1, padding=0), Unit(96, 192, padding=0)
        channels = [64, 128, 192, 192, 192]
        self.locations = nn.ModuleList(nn.Conv2d(c, 4 * BOXES_A_CELL, 3, padding=1) for c in channels)
        self.scores = nn.ModuleList(nn.Conv2d(c, CLASSES * BOXES_A_CELL, 3, padding=1) for c in channels)

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

        return rows(self.locations, 4), rows(self.scores, CLASSES)


def loss_of(locations, scores, offsets, classes):
    """The MultiBox loss with three negatives mined for each positive."""
    positive = classes > 0
    count = positive.sum()
    location = F.smooth_l1_loss(locations[positive], offsets[positive], reduction="sum")
    entropy = F.cross_entropy(scores.reshape(-1, CLASSES), classes.reshape(-1), reduction="none").reshape(classes.shape)
    with torch.no_grad():
        rank = entropy.masked_fill(positive, 0).argsort(1, descending=True).argsort(1)
        negative = (rank < 3 * positive.sum(1, keepdim=True)) & ~positive
    return (entropy[positive | negative].sum() + location) / count


def torch_rate(is_half):
    torch.manual_seed(1)
    model = SmallSSD300().to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, weight_decay=5e-4)
    images = torch.randn(BATCH, 3, 300, 300).to(memory_format=torch.channels_last)
    boxes = model(images[:1])[0].shape[1]
    classes = torch.where(torch.rand(BATCH, boxes) < 0.02, torch.randint(1, CLASSES, (BATCH, boxes)), 0)
    offsets = torch.randn(BATCH, boxes, 4)
    times = []
    for _ in range(STEPS_OF_TORCH):
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=is_half):
            locations, scores = model(images)
        loss_of(locations.float(), scores.float(), offsets, classes).backward()
        optimizer.step()
        times.append(time.perf_counter() - start)
    return BATCH / statistics.median(times[3:])


def multibox_rate(binary, data):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [binary, "train", "--data", data, "--validation-split", "none", "--output", folder + "/run",
             "--epochs", str(EPOCHS_OF_MULTIBOX), "--batch-size", str(BATCH)], check=True, capture_output=True)
        with open(folder + "/run/metrics.jsonl") as lines:
            rates = [json.loads(line)["images_per_second"] for line in lines]
    return statistics.median(rates[3:])


def main():
    binary, data = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    sides = {"multibox": [], "PyTorch float32": [], "PyTorch bfloat16": []}
    for _ in range(rounds):
        sides["multibox"].append(multibox_rate(binary, data))
        sides["PyTorch float32"].append(torch_rate(False))
        sides["PyTorch bfloat16"].append(torch_rate(True))
    for name, rates in sides.items():
        print(f"{name:18} {statistics.median(rates):6.1f} images/s  ({', '.join(f'{rate:.1f}' for rate in rates)})")
    ours = statistics.median(sides["multibox"])
    for name in list(sides)[1:]:
        print(f"multibox / {name}: {ours / statistics.median(sides[name]):.2f}")


if __name__ == "__main__":
    main()
