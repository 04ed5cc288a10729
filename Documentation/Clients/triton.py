#!/usr/bin/env python3
"""What is in photos, by Triton's client library: pip install tritonclient[http]

    python3 triton.py PHOTO... [--url localhost:8080]

All photos go in one request, as files; pixels (UINT8 [n, height, width, 3]) are taken too. A line an object: file, class, score and
the box in pixels.
"""

import argparse
import json
import urllib.request

import numpy
import tritonclient.http


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="+")
    parser.add_argument("--url", default="localhost:8080")
    parser.add_argument("--threshold", type=float, default=0.5)
    arguments = parser.parse_args()
    url = arguments.url.removeprefix("http://")

    with urllib.request.urlopen(f"http://{url}/model") as answer:
        model = json.load(answer)
    files = []
    for path in arguments.photos:
        with open(path, "rb") as file:
            files.append(file.read())
    image = tritonclient.http.InferInput("image", [len(files)], "BYTES")
    image.set_data_from_numpy(numpy.array(files, dtype=numpy.object_))
    with tritonclient.http.InferenceServerClient(url) as client:
        result = client.infer(model["name"], [image], parameters={"threshold": arguments.threshold})
    boxes, scores, classes, counts = (
        result.as_numpy(name) for name in ["boxes", "scores", "class_ids", "num_detections"]
    )
    for index, path in enumerate(arguments.photos):
        for place in range(counts[index]):
            label = model["labels"][classes[index, place]]
            print(path, label, f"{scores[index, place]:.4f}", *boxes[index, place].tolist(), sep="\t")


if __name__ == "__main__":
    main()
