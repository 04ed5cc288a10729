"""Makes cases.json: what OpenCV's resize with INTER_LINEAR answers for 8-bit pictures that a formula gives.

    pip install opencv-python-headless numpy && python make.py > cases.json
"""
import base64
import json
import sys

import cv2
import numpy as np

cv2.ipp.setUseIPP(False)


def picture(width, height):
    y, x, channel = np.indices((height, width, 3))
    return ((((31 * x + 17 * y + 7 * x * y + 59 * channel) * 197) >> 3) % 256).astype(np.uint8)


def fnv1a(data):
    """The 64-bit Fowler-Noll-Vo hash."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % (1 << 64)
    return value


def case(source, target):
    data = cv2.resize(picture(*source), target, interpolation=cv2.INTER_LINEAR).tobytes()
    answer = {"source": source, "target": target, "hash": "%016x" % fnv1a(data)}
    if len(data) <= 2000:
        answer["pixels"] = base64.b64encode(data).decode()
    return json.dumps(answer, separators=(",", ":"))


cases = [
    case((37, 23), (19, 30)), case((13, 11), (29, 17)), case((40, 30), (20, 15)), case((36, 27), (12, 9)),
    case((24, 36), (6, 9)), case((12, 9), (24, 18)), case((1, 50), (20, 20)), case((50, 1), (20, 20)),
    case((1, 1), (7, 5)), case((2, 2), (5, 7)), case((9, 7), (1, 1)), case((300, 200), (17, 31)),
    case((640, 480), (300, 300)), case((640, 427), (320, 320)), case((480, 640), (300, 300)), case((90, 70), (512, 512)),
    case((1023, 5), (300, 300)), case((600, 600), (300, 300)),
]
sys.stdout.write("[\n" + ",\n".join(cases) + "\n]\n")
