"""Makes instances.json, detections.json and expected.json: a small data set, detections on it, and what pycocotools says.

    pip install pycocotools numpy && python make.py
"""
import contextlib
import io
import json

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

rng = np.random.default_rng(7)
images = [{"id": i, "file_name": f"{i}.jpg", "width": 400, "height": 300} for i in (3, 1, 20, 4, 8, 9)]
# Nothing is known of 4 (only found); 11 is neither.
categories = [{"id": i, "name": f"class {i}"} for i in (1, 2, 4, 7, 11)]
annotations, results = [], []


def box(low, high):
    w, h = rng.integers(low, high, 2)
    return [int(rng.integers(0, 400 - w)), int(rng.integers(0, 300 - h)), int(w), int(h)]


for image in images[:-1]:
    for category in (1, 2, 7):
        for _ in range(int(rng.integers(0, 5))):
            b = box(*[(8, 32), (33, 96), (97, 250)][int(rng.integers(0, 3))])
            crowd = int(rng.uniform() < 0.15)
            annotations.append({
                "id": len(annotations) + 1, "image_id": image["id"], "category_id": category, "bbox": b,
                "area": float(b[2] * b[3] * rng.uniform(0.6, 1)), "iscrowd": crowd})
            for _ in range(int(rng.integers(0, 4))):
                found = [float(v) for v in np.array(b) + np.round(rng.normal(0, 0.08, 4) * [b[2], b[3], b[2], b[3]], 2)]
                results.append({
                    "image_id": image["id"], "category_id": category, "bbox": [max(v, 0.5) for v in found],
                    "score": float(np.round(rng.uniform(), 1))})
for image in images:
    for category in (1, 2, 4):
        for _ in range(int(rng.integers(0, 3))):
            results.append({
                "image_id": image["id"], "category_id": category, "bbox": box(10, 200),
                "score": float(np.round(rng.uniform(), 1))})
# More of a class in an image than the 10 and 100 that count.
for _ in range(120):
    results.append({"image_id": 20, "category_id": 2, "bbox": box(10, 200), "score": float(np.round(rng.uniform(), 2))})
# Two objects there that are found, one beyond the tenth and one beyond the hundredth detection.
for b, score in (([10, 10, 40, 40], 0.515), ([300, 200, 60, 60], 0.001)):
    annotations.append({
        "id": len(annotations) + 1, "image_id": 20, "category_id": 2, "bbox": b, "area": float(b[2] * b[3]),
        "iscrowd": 0})
    results.append({"image_id": 20, "category_id": 2, "bbox": b, "score": score})

json.dump({"images": images, "categories": categories, "annotations": annotations}, open("instances.json", "w"))
json.dump(results, open("detections.json", "w"))
with contextlib.redirect_stdout(io.StringIO()):
    truth = COCO("instances.json")
    evaluation = COCOeval(truth, truth.loadRes("detections.json"), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
precision = evaluation.eval["precision"]


def mean(values):
    values = values[values > -1]
    return float(values.mean()) if values.size else None


json.dump({
    "stats": [None if s < 0 else float(s) for s in evaluation.stats],
    "categories": {str(c): mean(precision[:, :, k, 0, 2]) for k, c in enumerate(evaluation.params.catIds)},
    "precision50": {str(c): [float(v) for v in precision[0, :, k, 0, 2]] for k, c in enumerate(evaluation.params.catIds)},
}, open("expected.json", "w"))
