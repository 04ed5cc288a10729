"""What schemathesis sends where the description says that bytes go: a photo, whole and damaged, and bytes that are none."""

import base64
import os

import schemathesis
from hypothesis import strategies

with open(os.environ["MULTIBOX_PHOTO"], "rb") as file:
    PHOTO = file.read()
BODIES = strategies.one_of(
    strategies.just(PHOTO),
    strategies.integers(1, len(PHOTO) - 1).map(lambda end: PHOTO[:end]),
    strategies.integers(2, len(PHOTO) - 2).map(lambda at: PHOTO[:at] + bytes([PHOTO[at] ^ 0xFF]) + PHOTO[at + 1 :]),
    strategies.binary(max_size=64),
)

schemathesis.openapi.format("binary", BODIES)
for kind in ["image/jpeg", "image/png", "image/webp", "application/octet-stream"]:
    schemathesis.openapi.media_type(kind, BODIES)


@schemathesis.hook
def map_body(context, body):
    """JSON of a photo in base64, more often than chance would have one."""
    if isinstance(body, dict) and isinstance(body.get("image"), str) and len(body["image"]) % 2:
        body["image"] = base64.b64encode(PHOTO).decode()
    if isinstance(body, dict) and isinstance(body.get("data"), str) and len(body["data"]) % 2:
        body["data"] = base64.b64encode(PHOTO).decode()
    return body


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """The model that there is, more often than chance would name it."""
    if path_parameters and len(str(path_parameters.get("model", ""))) % 2:
        path_parameters["model"] = os.environ["MULTIBOX_MODEL"]
        if "version" in path_parameters:
            path_parameters["version"] = os.environ["MULTIBOX_VERSION"]
    return path_parameters
