"""Finds objects in photos with a running multibox.

    python3 detect.py photo.jpg [more.jpg …] --url http://localhost:8080 [--threshold 0.5] [--key KEY]

Needs `requests` (pip install requests).
"""

import argparse
import sys
import time

import requests


def detect(session, url, photo, **options):
    """The detections in a photo (bytes), best first.

    Waits and asks again while the service is busy or starting; raises `RuntimeError` with the service's own words for
    anything else that goes wrong.
    """
    for _ in range(10):
        answer = session.post(url + "/detect", data=photo, params=options, timeout=30)
        if answer.status_code not in (429, 503):
            break
        time.sleep(int(answer.headers.get("Retry-After", 1)))
    if answer.ok:
        return answer.json()["detections"]
    if answer.headers.get("Content-Type") == "application/problem+json":
        problem = answer.json()
        raise RuntimeError(f"{problem['title']}: {problem['detail']}")
    raise RuntimeError(f"status {answer.status_code}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("photos", nargs="+")
    parser.add_argument("--url", default="http://localhost:8080")
    parser.add_argument("--threshold", type=float, default=0.5)
    parser.add_argument("--key")
    arguments = parser.parse_args()
    # A session keeps its connection from photo to photo.
    session = requests.Session()
    if arguments.key:
        session.headers["Authorization"] = "Bearer " + arguments.key
    for path in arguments.photos:
        with open(path, "rb") as file:
            photo = file.read()
        try:
            found = detect(session, arguments.url, photo, threshold=arguments.threshold)
        except (RuntimeError, requests.RequestException) as error:
            sys.exit(f"{path}: {error}")
        for one in found:
            box = one["box"]
            corners = [box["xmin"], box["ymin"], box["xmax"], box["ymax"]]
            print(path, one["class"], one["score"], *corners, sep="\t")


if __name__ == "__main__":
    main()
