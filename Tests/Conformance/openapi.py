"""Holds a running service against its own description, with others' tools.

    python3 openapi.py URL PHOTO [--seconds 30] [--seed 1]

1. `/openapi.json` is a valid OpenAPI 3.1 document (openapi-spec-validator).
2. Answers to a request of each kind fit the schemas, as jsonschema reads them.
3. schemathesis asks whatever the description allows, and what it does not: nothing is answered that is not described. It
   sends photos, whole and damaged, where the description says that bytes go.

Prints what was done; exits 1 if something is not as described.
"""

import argparse
import base64
import os
import subprocess
import sys
import tempfile

import jsonschema
import openapi_spec_validator
import requests

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "missing_required_header",
    "ignored_auth",
]

HOOKS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "openapi_hooks.py")


def answers(url, photo):
    """An answer of each kind: the operation, and what was answered."""
    text = base64.b64encode(photo).decode()
    yield "get", "/livez", requests.get(url + "/livez")
    yield "get", "/readyz", requests.get(url + "/readyz")
    yield "get", "/healthz", requests.get(url + "/healthz")
    yield "get", "/metrics", requests.get(url + "/metrics")
    yield "get", "/model", requests.get(url + "/model")
    yield "get", "/docs", requests.get(url + "/docs")
    yield "get", "/openapi.json", requests.get(url + "/openapi.json")
    yield "post", "/detect", requests.post(url + "/detect", data=photo)
    yield "post", "/detect", requests.post(url + "/detect?coordinates=relative", files={"image": ("a.jpg", photo)})
    yield "post", "/detect", requests.post(url + "/detect", json={"image": text, "threshold": 0.1})
    yield "post", "/detect", requests.post(url + "/detect", json={"images": [text, "AAAA"]})
    yield "post", "/detect", requests.post(url + "/detect", data=photo, headers={"Accept": "image/png"})
    yield "post", "/detect", requests.post(url + "/detect?colour=red", data=photo)
    yield "post", "/detect", requests.post(url + "/detect", data=photo[: len(photo) // 2])
    yield "post", "/detect", requests.post(url + "/detect", data=b"no photo")
    yield "options", "/detect", requests.options(url + "/detect")
    name = requests.get(url + "/model").json()["name"]
    infer = "/v2/models/{model}/infer"
    tensor = {"name": "image", "datatype": "BYTES", "shape": [1], "data": [text]}
    for tensors in [[tensor], [{**tensor, "shape": [2]}], []]:
        yield "post", infer, requests.post(url + infer.format(model=name), json={"inputs": tensors})
    yield "get", "/v2/models/{model}", requests.get(f"{url}/v2/models/{name}")
    yield "get", "/v2/models/{model}/config", requests.get(f"{url}/v2/models/{name}/config")
    for path in ["/v2", "/v2/health/live", "/v2/health/ready", "/v1/vision/custom/list", "/v1/status/ping", "/detectors"]:
        yield "get", path, requests.get(url + path)
    for fields in [{}, {"min_confidence": "0.2"}, {"min_confidence": "2"}]:
        answer = requests.post(url + "/v1/vision/detection", data=fields, files={"image": ("a.jpg", photo)})
        yield "post", "/v1/vision/detection", answer
    for request in [{"detect": {"*": 1}}, {"detect": {"*": 1}, "image": "png", "id": "7"}, {"detect": {"*": "all"}}]:
        for path in ["/detect", "/image"]:
            yield "post", path, requests.post(url + path, json={"data": text, **request})


def check_answers(document, url, photo):
    """Says what of the answers is not described."""
    faults, count = [], 0
    for method, path, answer in answers(url, photo):
        count += 1
        name = f"{method.upper()} {path}: {answer.status_code}"
        described = document["paths"][path][method]["responses"].get(str(answer.status_code))
        if described is None:
            faults.append(f"{name} is not described")
            continue
        if "$ref" in described:
            described = document["components"]["responses"][described["$ref"].rsplit("/", 1)[1]]
        if not answer.content:
            continue
        content = described.get("content", {}).get(answer.headers["Content-Type"])
        if content is None:
            faults.append(f"{name}: {answer.headers['Content-Type']} is not described")
        elif answer.headers["Content-Type"].endswith("json"):
            schema = {**content["schema"], "components": document["components"]}
            for fault in jsonschema.Draft202012Validator(schema).iter_errors(answer.json()):
                faults.append(f"{name}: {fault.json_path}: {fault.message}")
    print(f"{count} answers, {len(faults)} not as described")
    return faults


def search(url, photo, seconds, seed):
    """Whether schemathesis finds nothing; what it says is printed where it does."""
    with tempfile.TemporaryDirectory() as folder:
        # Methods that HTTP has for resources; one that the server does not know at all is 501 (RFC 9110, section 15.6.2).
        with open(os.path.join(folder, "schemathesis.toml"), "w") as settings:
            settings.write('[phases.coverage]\nunexpected-methods = ["DELETE", "PATCH", "PUT"]\n')
        command = [sys.executable, "-m", "schemathesis.cli", "run", url + "/openapi.json"]
        command += ["--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing", "--seed", str(seed)]
        command += ["--max-time", str(seconds), "--max-examples", "40", "--request-timeout", "20", "--no-color"]
        command += ["--suppress-health-check", "all", "--warnings", "off"]
        model = requests.get(url + "/model").json()
        environment = {**os.environ, "SCHEMATHESIS_HOOKS": HOOKS, "MULTIBOX_PHOTO": photo, "COLUMNS": "120"}
        environment |= {"MULTIBOX_MODEL": model["name"], "MULTIBOX_VERSION": model["version"]}
        run = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=seconds + 120
        )
    print(run.stdout[-12000:] if run.returncode else "\n".join(run.stdout.strip().splitlines()[-12:]))
    if run.returncode:
        print(run.stderr[-4000:])
    return run.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("photo")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    url = arguments.url.rstrip("/")
    with open(arguments.photo, "rb") as file:
        photo = file.read()
    document = requests.get(url + "/openapi.json").json()
    openapi_spec_validator.OpenAPIV31SpecValidator(document).validate()
    print(f"{len(document['paths'])} paths: a valid document")
    faults = check_answers(document, url, photo)
    for fault in faults:
        print(fault)
    found = not search(url, os.path.abspath(arguments.photo), arguments.seconds, arguments.seed)
    sys.exit(1 if faults or found else 0)


if __name__ == "__main__":
    main()
