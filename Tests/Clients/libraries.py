"""Client libraries of other services, as PyPI has them, against a running multibox.

    python3 libraries.py URL PHOTO...

tritonclient, deepstack-python and pydoods look at each photo and find what `POST /detect` finds; failures reach them as their own
kind. Frigate's `deepstack` detector and Home Assistant's `doods` are no libraries: what they send and do with the answer is
written out here. Prints what was compared; exits 1 at the first difference.
"""

import base64
import io
import sys
import urllib.parse

import numpy
import pydoods
import requests
import tritonclient.http
from deepstack.core import DeepstackException, DeepstackFace, DeepstackObject
from PIL import Image
from tritonclient.utils import InferenceServerException


def detect(url, photo, **options):
    answer = requests.post(url + "/detect", params=options, data=photo, timeout=60)
    answer.raise_for_status()
    return answer.json()


def is_near(a, b, tolerance):
    return len(a) == len(b) and all(abs(x - y) <= tolerance for x, y in zip(a, b))


def box(entry):
    return [entry["box"][side] for side in ("xmin", "ymin", "xmax", "ymax")]


def fails(kind, call, *words):
    """That a call fails as its library says failures."""
    try:
        call()
    except kind as error:
        for word in words:
            assert word in str(error), f"{word!r} is not in {error}"
        return error
    raise AssertionError(f"no {kind.__name__}")


# MARK: Open Inference Protocol


def inferred(result, index=0):
    """The detections of a photo in the tensors of a result."""
    count = int(result.as_numpy("num_detections")[index])
    boxes, scores = result.as_numpy("boxes"), result.as_numpy("scores")
    classes = result.as_numpy("class_ids")
    assert boxes.dtype == numpy.float32 and scores.dtype == numpy.float32 and classes.dtype == numpy.int64
    assert boxes.shape == classes.shape + (4,) and scores.shape == classes.shape
    assert (classes[index][count:] == -1).all() and (scores[index][count:] == 0).all()
    return [(int(c), float(s), [float(e) for e in b]) for c, s, b in
            zip(classes[index][:count], scores[index][:count], boxes[index][:count])]


def same(result, index, answer):
    found = inferred(result, index)
    expected = [(entry["class_id"], entry["score"], box(entry)) for entry in answer["detections"]]
    assert len(found) == len(expected), (found, expected)
    for (a, s, b), (c, t, d) in zip(found, expected):
        assert a == c and abs(s - t) < 1e-4 and is_near(b, d, 0.02), (found, expected)
    return len(found)


def files(photos, is_binary=True):
    data = photos if is_binary else [base64.b64encode(photo).decode() for photo in photos]
    tensor = tritonclient.http.InferInput("image", [len(photos)], "BYTES")
    return tensor.set_data_from_numpy(numpy.array(data, dtype=numpy.object_), binary_data=is_binary)


def triton(url, photos):
    client = tritonclient.http.InferenceServerClient(urllib.parse.urlparse(url).netloc, concurrency=4)
    model = requests.get(url + "/model", timeout=10).json()
    name, version = model["name"], model["version"]
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready(name) and client.is_model_ready(name, version)
    assert not client.is_model_ready("no-such-model") and not client.is_model_ready(name, "no-such-version")
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    metadata = client.get_model_metadata(name)
    assert metadata["name"] == name and [i["name"] for i in metadata["inputs"]] == ["image"]
    assert client.get_model_config(name, version)["output"][0]["data_type"] == "TYPE_FP32"

    answers = [detect(url, photo) for photo in photos]
    count = 0
    for photo, answer in zip(photos, answers):
        for is_binary in (True, False):
            count += same(client.infer(name, [files([photo], is_binary)]), 0, answer)
        outputs = [
            tritonclient.http.InferRequestedOutput(output, binary_data=index % 2 == 0)
            for index, output in enumerate(["num_detections", "class_ids", "scores", "boxes"])
        ]
        result = client.infer(name, [files([photo])], model_version=version, outputs=outputs, request_id="seven")
        assert result.get_response()["id"] == "seven"
        count += same(result, 0, answer)
        pixels = numpy.asarray(Image.open(io.BytesIO(photo)).convert("RGB"), dtype=numpy.uint8)[numpy.newaxis]
        png = io.BytesIO()
        Image.fromarray(pixels[0]).save(png, "PNG")
        upright = detect(url, png.getvalue())
        for is_binary in (True, False) if pixels.size < 400_000 else (True,):
            tensor = tritonclient.http.InferInput("image", list(pixels.shape), "UINT8")
            tensor.set_data_from_numpy(pixels, binary_data=is_binary)
            count += same(client.infer(name, [tensor]), 0, upright)
    for coding in (None, "gzip", "deflate"):
        result = client.infer(
            name, [files(photos)], request_compression_algorithm=coding, response_compression_algorithm=coding)
        for index, answer in enumerate(answers):
            count += same(result, index, answer)
    pending = [client.async_infer(name, [files([photo])]) for photo in photos]
    for answer, result in zip(answers, pending):
        count += same(result.get_result(), 0, answer)
    result = client.infer(name, [files(photos[:1])], parameters={"threshold": 0.9, "coordinates": "relative"})
    strict = detect(url, photos[0], threshold=0.9, coordinates="relative")
    assert all(is_near(b, box(e), 1e-5) for (_, _, b), e in zip(inferred(result), strict["detections"]))
    assert len(inferred(result)) == len(strict["detections"])

    for call, status, word in [
        (lambda: client.infer("no-such-model", [files(photos[:1])]), "404", "no-such-model"),
        (lambda: client.infer(name, [files([b"no photo"])]), "415", "JPEG, PNG or WebP"),
        (lambda: client.infer(name, [files([photos[0], photos[0][:60]])]), "422", ""),
        (lambda: client.infer(name, [files(photos[:1])], parameters={"colour": "red"}), "400", "colour"),
        (
            lambda: client.infer(
                name, [files(photos[:1])], outputs=[tritonclient.http.InferRequestedOutput("masks")]), "400", "boxes",
        ),
        (lambda: client.get_model_metadata("no-such-model"), "404", "no-such-model"),
        (lambda: client.get_inference_statistics(name), "404", "nothing at this path"),
    ]:
        error = fails(InferenceServerException, call, word)
        assert error.status() == status, error
    client.close()
    print(f"tritonclient: {count} detections, as /detect")


# MARK: DeepStack


def deepstack(url, photos):
    address = urllib.parse.urlparse(url)
    name = requests.get(url + "/model", timeout=10).json()["name"]
    count = 0
    for photo in photos:
        # What the library asks for unless it is told.
        expected = detect(url, photo, threshold=0.45)["detections"]
        for custom in ("", urllib.parse.quote(name)):
            client = DeepstackObject(ip=address.hostname, port=address.port, custom_model=custom)
            found = client.detect(photo)
            assert [one["label"] for one in found] == [one["class"] for one in expected], (found, expected)
            for one, other in zip(found, expected):
                edges = [one[edge] for edge in ("x_min", "y_min", "x_max", "y_max")]
                assert all(type(edge) is int for edge in edges) and is_near(edges, box(other), 0.51)
                assert abs(one["confidence"] - other["score"]) < 1e-4
            count += len(found)
    fails(DeepstackException, lambda: client.detect(b"no photo"), "415")
    unknown = DeepstackObject(ip=address.hostname, port=address.port, custom_model="no-such-model")
    fails(DeepstackException, lambda: unknown.detect(photos[0]), "Bad url supplied")
    faces = DeepstackFace(ip=address.hostname, port=address.port)
    fails(DeepstackException, lambda: faces.detect(photos[0]), "403")
    for method in ("get", "post"):
        models = requests.request(method, url + "/v1/vision/custom/list", timeout=10).json()
        assert models["success"] and models["models"] == [name]
        assert requests.request(method, url + "/v1/status/ping", timeout=10).json()["success"]
    print(f"deepstack-python: {count} detections, as /detect")


def frigate(url, photos):
    """Frigate's `deepstack` detector: squares of 320 pixels, relative boxes of what is above 0.4."""
    count = 0
    for photo in photos:
        square = Image.open(io.BytesIO(photo)).convert("RGB").resize((320, 320))
        file = io.BytesIO()
        square.save(file, "JPEG")
        answer = requests.post(
            url + "/v1/vision/detection", data={"api_key": ""}, files={"image": file.getvalue()}, timeout=10).json()
        rows = []
        for one in answer["predictions"]:
            assert one["confidence"] >= 0.4
            rows.append([one["y_min"] / 320, one["x_min"] / 320, one["y_max"] / 320, one["x_max"] / 320])
        expected = detect(url, file.getvalue(), threshold=0.4, coordinates="relative")["detections"]
        assert len(rows) == len(expected)
        for row, other in zip(rows, expected):
            xmin, ymin, xmax, ymax = box(other)
            assert is_near(row, [ymin, xmin, ymax, xmax], 0.51 / 320)
        count += len(rows)
    print(f"Frigate: {count} detections, as /detect")


# MARK: DOODS


def doods(url, photos):
    client = pydoods.PyDOODS(url)
    detectors = client.get_detectors()["detectors"]
    # Home Assistant looks for the detector that its configuration names, `default` in its documentation.
    detector = next(one for one in detectors if one["name"] == "default")
    assert detector["width"] > 0 and detector["height"] > 0 and detector["labels"]
    count = 0
    for photo in photos:
        expected = detect(url, photo, threshold=0.5, coordinates="relative")["detections"]
        for name in [one["name"] for one in detectors]:
            answer = client.detect(photo, dconfig={"*": 50}, detector_name=name)
            assert "error" not in answer
            found = answer["detections"]
            assert [one["label"] for one in found] == [one["class"] for one in expected], (found, expected)
            for one, other in zip(found, expected):
                edges = [one[edge] for edge in ("left", "top", "right", "bottom")]
                assert is_near(edges, box(other), 1e-5) and abs(one["confidence"] - 100 * other["score"]) < 0.01
            count += len(found)
        labels = sorted({one["class"] for one in expected})
        if labels:
            found = client.detect(photo, dconfig={labels[0]: 60.5})["detections"]
            assert len(found) == sum(one["class"] == labels[0] and one["score"] >= 0.605 for one in expected)
    error = fails(requests.HTTPError, lambda: client.detect(b"no photo", dconfig={"*": 50}))
    assert error.response.json()["error"] and error.response.json()["detections"] == []
    fails(requests.HTTPError, lambda: client.detect(photos[0], detector_name="no such detector"))
    print(f"pydoods: {count} detections, as /detect")


def main():
    url, *paths = sys.argv[1:]
    photos = []
    for path in paths:
        with open(path, "rb") as file:
            photos.append(file.read())
    for check in (triton, deepstack, frigate, doods):
        check(url.rstrip("/"), photos)


if __name__ == "__main__":
    main()
