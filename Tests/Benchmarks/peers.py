#!/usr/bin/env python3
"""multibox beside OpenVINO and ONNX Runtime on torchvision's SSD networks, the network alone, in turns.

    python3 -m venv V
    V/bin/pip install torch==2.13.0 numpy pillow onnx onnxruntime openvino nncf
    V/bin/pip install --no-deps torchvision==0.28.0
    V/bin/python Tests/Benchmarks/peers.py [--networks ssdlite320,ssd300] [--precisions fp32,bf16,int8] [--threads 1,2]
                                           [--batches 1,8] [--modes latency,throughput] [--rounds 7] [--isa avx2]

Weights are random (seed 0), which is fair: no engine here skips zeros. A cell is a network, precision, number of threads,
batch and mode; in each round every engine runs it once, one after another, so that a slow second of the machine hits
all. A peer has a process of its own for each cell, held to that many processors from its start. With --isa avx2
every engine is held to AVX2 by avx2_only.c, which hides the rest of the processor (needs cc).

Prints a Markdown table: the median and minimum over the rounds of milliseconds an image, and the median of the rounds'
ratio of images a second, above 1 where multibox is faster. --json keeps every round."""
import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import time

SIDES = {"ssd300": 300, "ssdlite320": 320}


def make_files(network, paths, wants_int8):
    """Makes the network's .pth, .onnx and OpenVINO int8 files, those that are not there."""
    import torch

    # PyPI's torchvision expects operators of its C++ part when it is imported; nothing here runs them.
    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define(
        "roi_align(Tensor input, Tensor rois, float scale, int height, int width, int ratio, bool aligned) -> Tensor"
    )
    from torchvision.models.detection import ssd300_vgg16, ssdlite320_mobilenet_v3_large

    class RawOutputs(torch.nn.Module):
        """Backbone and heads: from the input tensor to raw offsets and scores."""

        def __init__(self, detector):
            super().__init__()
            self.backbone, self.head = detector.backbone, detector.head

        def forward(self, image):
            outputs = self.head(list(self.backbone(image).values()))
            return outputs["bbox_regression"], outputs["cls_logits"]

    make = {"ssd300": ssd300_vgg16, "ssdlite320": ssdlite320_mobilenet_v3_large}[network]
    pth, onnx, int8 = paths
    side = SIDES[network]
    if not (os.path.exists(pth) and os.path.exists(onnx)):
        torch.manual_seed(0)
        detector = make(weights=None, weights_backbone=None).eval()
        torch.save(detector.state_dict(), pth)
        torch.onnx.export(
            RawOutputs(detector).eval(), (torch.randn(1, 3, side, side),), onnx, input_names=["image"],
            output_names=["locations", "scores"], dynamo=False, opset_version=17,
            dynamic_axes={name: {0: "images"} for name in ("image", "locations", "scores")},
        )
    if wants_int8 and not os.path.exists(int8):
        import nncf
        import openvino

        samples = [noise(network, 1) for _ in range(8)]
        quantized = nncf.quantize(openvino.convert_model(onnx), nncf.Dataset(samples), subset_size=len(samples))
        openvino.save_model(quantized, int8, compress_to_fp16=False)


def noise(network, batch):
    import numpy as np

    return np.random.randn(batch, 3, SIDES[network], SIDES[network]).astype("f")


def openvino_run(network, precision, threads, batch, mode, paths):
    import openvino

    core = openvino.Core()
    model = core.read_model(paths[2] if precision == "int8" else paths[1])
    model.reshape([batch, 3, SIDES[network], SIDES[network]])
    configuration = {"PERFORMANCE_HINT": mode.upper(), "INFERENCE_NUM_THREADS": threads}
    if precision != "int8":
        configuration["INFERENCE_PRECISION_HINT"] = {"fp32": "f32", "bf16": "bf16"}[precision]
    compiled = core.compile_model(model, "CPU", configuration)
    image = openvino.Tensor(noise(network, batch), shared_memory=True)
    if mode == "latency":
        request = compiled.create_infer_request()

        def run():
            # Set in each run, which costs nothing: a request does not keep the memory of its input alive.
            request.set_input_tensor(image)
            request.infer()
            return batch

        return run
    queue = openvino.AsyncInferQueue(compiled)

    def run():
        for _ in range(2 * len(queue)):
            queue.start_async({0: image})
        queue.wait_all()
        return 2 * len(queue) * batch

    return run


def onnxruntime_run(network, precision, threads, batch, mode, paths):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(paths[1], options, providers=["CPUExecutionProvider"])
    name, image = session.get_inputs()[0].name, noise(network, batch)

    def run():
        session.run(None, {name: image})
        return batch

    return run


def milliseconds_an_image(run, seconds):
    run()
    times, start = [], time.perf_counter()
    while time.perf_counter() - start < seconds:
        begin = time.perf_counter()
        images = run()
        times.append((time.perf_counter() - begin) / images)
    return statistics.median(times) * 1e3


def answer_turns(pipe, make, cell, paths, seconds):
    """What a peer's process does: a turn for each message, until the pipe is closed."""
    run = make(*cell, paths)
    pipe.send("ready")
    try:
        while pipe.recv():
            pipe.send(milliseconds_an_image(run, seconds))
    except EOFError:
        pass


class Peer:
    """An engine in a process of its own, which begins with the processors that it may use: OpenVINO asks for their
    number once, when it is loaded."""

    processes = multiprocessing.get_context("spawn")

    def __init__(self, make, cell, paths, seconds):
        self.pipe, end = self.processes.Pipe()
        self.process = self.processes.Process(target=answer_turns, args=(end, make, cell, paths, seconds))
        self.process.start()
        end.close()
        self.answer()

    def turn(self):
        self.pipe.send(True)
        return self.answer()

    def answer(self):
        try:
            return self.pipe.recv()
        except EOFError:
            self.process.join()
            sys.exit(f"a peer ended with status {self.process.exitcode}")

    def end(self):
        self.pipe.close()
        self.process.join()


def multibox(arguments, precision, threads, batch, mode, pth):
    command = [arguments.multibox, "benchmark", "--model", pth, "--precision", precision, "--batch", str(batch)]
    command += ["--threads", str(threads), "--mode", mode, "--duration", f"{arguments.seconds}s", "--json"]
    process = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if process.returncode:
        sys.exit(f"{' '.join(command)}: {process.stderr.strip()}")
    report = json.loads(process.stdout)
    return 1e3 / report["images_per_second"] if mode == "throughput" else report["ms_per_image"]["median"]


def files(arguments, network):
    """The network's .pth, .onnx and OpenVINO int8 files."""
    paths = [os.path.join(arguments.work, network + end) for end in (".pth", ".onnx", ".int8.xml")]
    wants_int8 = "int8" in arguments.precisions
    if not all(map(os.path.exists, paths if wants_int8 else paths[:2])):
        maker = Peer.processes.Process(target=make_files, args=(network, paths, wants_int8))
        maker.start()
        maker.join()
        if maker.exitcode:
            sys.exit(f"{network} was not made: status {maker.exitcode}")
    return paths


def cells(arguments):
    for network in arguments.networks.split(","):
        for mode in arguments.modes.split(","):
            for batch in map(int, arguments.batches.split(",")):
                for threads in map(int, arguments.threads.split(",")):
                    for precision in arguments.precisions.split(","):
                        yield network, precision, threads, batch, mode


ENGINES = {"openvino": ("OpenVINO", openvino_run), "onnxruntime": ("ONNX Runtime", onnxruntime_run)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--multibox", default=".build/release/multibox")
    parser.add_argument("--work", default="/tmp/multibox-peers", help="where the networks' files are made and kept")
    parser.add_argument("--networks", default="ssdlite320,ssd300")
    parser.add_argument("--precisions", default="fp32,bf16,int8")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--batches", default="1")
    parser.add_argument("--modes", default="latency")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="length of one engine's turn")
    parser.add_argument("--isa", choices=["avx2"])
    parser.add_argument("--peers", default="openvino,onnxruntime")
    parser.add_argument("--json")
    arguments = parser.parse_args()
    os.makedirs(arguments.work, exist_ok=True)
    if arguments.isa and "avx2_only" not in os.environ.get("LD_PRELOAD", ""):
        # Once more from the start, since libraries ask for the processor's features when they are loaded.
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "avx2_only.c")
        library = os.path.join(arguments.work, "avx2_only.so")
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, source], check=True)
        os.environ["LD_PRELOAD"] = library
        os.execv(sys.executable, [sys.executable, *sys.argv])

    records = []
    print("| network | precision | mode | batch | threads | multibox, ms | peer | peer, ms | ratio |")
    print("|---|---|---|---|---|---|---|---|---|")
    for cell in cells(arguments):
        network, precision, threads, batch, mode = cell
        paths = files(arguments, network)
        os.sched_setaffinity(0, range(threads))
        peers = {}
        for name in arguments.peers.split(","):
            if name == "onnxruntime" and (precision != "fp32" or mode != "latency"):
                continue
            title, make = ENGINES[name]
            peers[title] = Peer(make, cell, paths, arguments.seconds)
        ours, theirs = [], {title: [] for title in peers}
        for _ in range(arguments.rounds):
            ours.append(multibox(arguments, precision, threads, batch, mode, paths[0]))
            for title, peer in peers.items():
                theirs[title].append(peer.turn())
        for peer in peers.values():
            peer.end()
        for title, times in theirs.items():
            ratio = statistics.median(b / a for a, b in zip(ours, times))
            print(
                f"| {network} | {precision} | {mode} | {batch} | {threads} "
                f"| {statistics.median(ours):.2f} ({min(ours):.2f}) "
                f"| {title} | {statistics.median(times):.2f} ({min(times):.2f}) | {ratio:.2f} |",
                flush=True,
            )
            records.append(
                dict(network=network, precision=precision, mode=mode, batch=batch, threads=threads, peer=title,
                     ratio=ratio, multibox_ms=ours, peer_ms=times)
            )
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(records, file, indent=1)


if __name__ == "__main__":
    main()
