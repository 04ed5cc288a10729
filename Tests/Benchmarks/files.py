#!/usr/bin/env python3
"""multibox beside the runtimes of model files on one thread, the network alone, in turns.

    python3 -m venv V && V/bin/pip install ai-edge-litert onnxruntime numpy
    V/bin/python Tests/Benchmarks/files.py MODEL... [--multibox .build/release/multibox] [--rounds 7] [--seconds 1]

A .tflite is run by LiteRT (XNNPACK), a .onnx by ONNX Runtime; a .pth is compared with ONNX Runtime on the .onnx beside it.
Prints of each the median and minimum of both in milliseconds an image, and the median over the rounds of the ratio of images
a second (above 1: multibox is faster)."""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import time

import numpy as np

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("models", nargs="+", type=pathlib.Path)
parser.add_argument("--multibox", default=".build/release/multibox")
parser.add_argument("--rounds", type=int, default=7)
parser.add_argument("--seconds", type=float, default=1)
parser.add_argument("--cpu", type=int, default=0, help="the processor that all of it runs on")
arguments = parser.parse_args()
os.sched_setaffinity(0, {arguments.cpu})


def noise(shape, is_bytes):
    generator = np.random.default_rng(0)
    if is_bytes:
        return generator.integers(0, 256, shape, dtype=np.uint8)
    return generator.standard_normal(shape).astype(np.float32)


def litert(path):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path), num_threads=1)
    interpreter.allocate_tensors()
    details = interpreter.get_input_details()[0]
    interpreter.set_tensor(details["index"], noise(details["shape"], details["dtype"] == np.uint8))
    return "LiteRT", interpreter.invoke


def onnx_runtime(path):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    image = session.get_inputs()[0]
    shape = [extent if isinstance(extent, int) else 1 for extent in image.shape]
    feed = {image.name: noise(shape, image.type == "tensor(uint8)")}
    return "ONNX Runtime", lambda: session.run(None, feed)


def theirs(run):
    run()
    times, start = [], time.perf_counter()
    while time.perf_counter() - start < arguments.seconds:
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1e3


def ours(path):
    command = [arguments.multibox, "benchmark", "--model", str(path)]
    command += ["--threads", "1", "--duration", f"{arguments.seconds:g}s", "--json"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return json.loads(output)["ms_per_image"]["median"]


for model in arguments.models:
    name, run = litert(model) if model.suffix == ".tflite" else onnx_runtime(model.with_suffix(".onnx"))
    pairs = [(ours(model), theirs(run)) for _ in range(arguments.rounds)]
    (left, right) = zip(*pairs)
    ratio = statistics.median(b / a for a, b in pairs)
    print(
        f"{model.name}: multibox {statistics.median(left):.2f} ({min(left):.2f}) ms, "
        f"{name} {statistics.median(right):.2f} ({min(right):.2f}) ms, ratio {ratio:.2f}",
        flush=True,
    )
