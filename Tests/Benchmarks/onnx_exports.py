#!/usr/bin/env python3
"""Whole detectors that torch exports to ONNX, suppression at the end, against their weights read by multibox.

    Tests/Benchmarks/onnx_exports.py [--binary .build/release/multibox] [PHOTO...]

Makes torchvision's ssd300_vgg16 and ssdlite320_mobilenet_v3_large with the weights of seed 0, writes each as .pth and as .onnx
(operator set 17, for photos of the network's size and of 640 × 480), and compares what multibox finds with both in photos:
each detection of one must be a detection of the other, boxes within 0.002 of the photo's sides and scores within 0.005.
Needs torch, torchvision, onnx and Pillow.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import PIL.Image
import torch
import torchvision

NETWORKS = {
    "ssd300": (torchvision.models.detection.ssd300_vgg16, 300),
    "ssdlite320": (torchvision.models.detection.ssdlite320_mobilenet_v3_large, 320),
}


def export(model, size, path):
    height, width = size
    torch.onnx.export(
        model, ([torch.rand(3, height, width)],), str(path), opset_version=17, input_names=["image"], dynamo=False
    )


def found(binary, model, photos):
    run = subprocess.run(
        [binary, "detect", "--model", str(model), "--format", "json", "--threshold", "0.0001", *map(str, photos)],
        check=True, capture_output=True, text=True,
    )
    return [entry["detections"] for entry in json.loads(run.stdout)]


def box(detection):
    value = detection["box"]
    return numpy.array(list(value.values()) if isinstance(value, dict) else value, float)


def differences(left, right, sides):
    """Detections of one that the other does not have."""
    rest = list(right)
    missing = []
    for one in left:
        for other in rest:
            if (
                one["class_id"] == other["class_id"]
                and abs(one["score"] - other["score"]) <= 0.005
                and (numpy.abs(box(one) - box(other)) <= 0.002 * sides).all()
            ):
                rest.remove(other)
                break
        else:
            missing.append(one)
    return missing


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=".build/release/multibox")
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for the files that are made")
    parser.add_argument("photos", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or pathlib.Path(temporary)
        folder.mkdir(exist_ok=True)
        photos = options.photos
        if not photos:
            generator = numpy.random.default_rng(0)
            for index, (height, width) in enumerate([(300, 300), (480, 640)]):
                coarse = generator.integers(0, 256, (height // 20, width // 20, 3), numpy.uint8)
                image = PIL.Image.fromarray(coarse).resize((width, height), PIL.Image.BICUBIC)
                photos.append(folder / f"photo{index}.png")
                image.save(photos[-1])
        for name, (make, side) in NETWORKS.items():
            torch.manual_seed(0)
            model = make(weights=None, weights_backbone=None).eval()
            weights = folder / f"{name}.pth"
            torch.save(model.state_dict(), weights)
            expected = found(options.binary, weights, photos)
            for size in [(side, side), (480, 640)]:
                path = folder / f"{name}-{size[1]}x{size[0]}.onnx"
                export(model, size, path)
                read = found(options.binary, path, photos)
                for photo, left, right in zip(photos, expected, read):
                    width, height = PIL.Image.open(photo).size
                    sides = numpy.array([width, height, width, height])
                    missing = differences(left, right, sides) + differences(right, left, sides)
                    failed |= bool(missing) or not left
                    print(f"{path.name}, {photo.name}: {len(left)} and {len(right)} detections, {len(missing)} differ")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
