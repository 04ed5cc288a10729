#!/usr/bin/env python3
"""How time grows with threads, batch and input size: built-in architectures, the network alone.

    Tests/Benchmarks/growth.py [--architectures ssdlite320-mobilenetv3,ssd300-vgg16,ssd512-vgg16]
                               [--batches 1,2,4,8,16,32] [--rounds 5] [--seconds 0.5]

In each round every cell runs once, one after another, so that a slow second of the machine hits all. Prints a Markdown
table of the median milliseconds an image; throughput runs an independent batch on each thread."""
import argparse
import json
import os
import statistics
import subprocess

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--multibox", default=".build/release/multibox")
parser.add_argument("--architectures", default="ssdlite320-mobilenetv3,ssd300-vgg16,ssd512-vgg16")
parser.add_argument("--batches", default="1,2,4,8,16,32")
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--seconds", type=float, default=0.5)
arguments = parser.parse_args()
processors = len(os.sched_getaffinity(0))
WAYS = {
    "1 thread": ["--threads", "1"],
    f"{processors} threads": ["--threads", str(processors)],
    f"{processors} threads, throughput": ["--threads", str(processors), "--mode", "throughput"],
}
cells = [
    (architecture, int(batch), way)
    for architecture in arguments.architectures.split(",")
    for batch in arguments.batches.split(",")
    for way in WAYS
]
times = {cell: [] for cell in cells}
for _ in range(arguments.rounds):
    for architecture, batch, way in cells:
        command = [arguments.multibox, "benchmark", "--architecture", architecture, "--batch", str(batch)]
        command += ["--duration", f"{arguments.seconds}s", "--json", *WAYS[way]]
        result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        times[architecture, batch, way].append(1000 / result["images_per_second"])
print("| architecture | batch | " + " | ".join(WAYS) + " |")
print("|---" * (len(WAYS) + 2) + "|")
for architecture in arguments.architectures.split(","):
    for batch in arguments.batches.split(","):
        row = [f"{statistics.median(times[architecture, int(batch), way]):.2f}" for way in WAYS]
        print(f"| {architecture} | {batch} | " + " | ".join(row) + " |")
