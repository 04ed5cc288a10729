#!/usr/bin/env python3
"""multibox beside LiteRT on one thread, the network alone, in turns.

    python3 -m venv V && V/bin/pip install ai-edge-litert numpy
    V/bin/python Tests/Benchmarks/litert.py MODEL.tflite [--multibox .build/release/multibox] [--rounds 7]

Prints the median and minimum of both in milliseconds an image, and the median over the rounds of the ratio of images a
second (above 1: multibox is faster)."""
import argparse
import json
import os
import statistics
import subprocess
import time

import numpy as np
from ai_edge_litert.interpreter import Interpreter

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("model")
parser.add_argument("--multibox", default=".build/release/multibox")
parser.add_argument("--rounds", type=int, default=7)
arguments = parser.parse_args()
os.sched_setaffinity(0, {0})

interpreter = Interpreter(arguments.model, num_threads=1)
interpreter.allocate_tensors()
details = interpreter.get_input_details()[0]
generator = np.random.default_rng(0)
noise = (
    generator.integers(0, 256, details["shape"], dtype=np.uint8)
    if details["dtype"] == np.uint8
    else generator.standard_normal(details["shape"]).astype(np.float32)
)
interpreter.set_tensor(details["index"], noise)


def litert():
    interpreter.invoke()
    times, start = [], time.perf_counter()
    while time.perf_counter() - start < 1:
        begin = time.perf_counter()
        interpreter.invoke()
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1e3


def multibox():
    command = [arguments.multibox, "benchmark", "--model", arguments.model]
    command += ["--threads", "1", "--duration", "1s", "--json"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return json.loads(output)["ms_per_image"]["median"]


ours, theirs = [], []
for _ in range(arguments.rounds):
    ours.append(multibox())
    theirs.append(litert())
ratio = statistics.median(b / a for a, b in zip(ours, theirs))
print(
    f"multibox {statistics.median(ours):.2f} ({min(ours):.2f}) ms, "
    f"LiteRT {statistics.median(theirs):.2f} ({min(theirs):.2f}) ms, ratio {ratio:.2f}"
)
