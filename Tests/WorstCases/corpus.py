"""What a case of the corpus is, and how it is written down.

A request is a list of (bytes, times): most of the large ones repeat something short, so that the manifest stays small
and whoever runs it makes the 20 MiB when it sends them.
"""

import base64
import json

MIB = 1 << 20
# The largest body that the service takes unless told otherwise.
BODY = 20 * MIB

cases = []
names = set()


def length(parts):
    return sum(len(piece) * times for piece, times in parts)


def parts_of(body):
    """A body may be given as bytes or as a list of bytes and (bytes, times)."""
    if isinstance(body, (bytes, bytearray)):
        return [(bytes(body), 1)]
    return [part if isinstance(part, tuple) else (bytes(part), 1) for part in body]


def raw(name, request, pixels=0, statuses=(), quick=None):
    """A request of any bytes.

    `statuses`: the answers that are right; none for whatever is no failure of the service. `quick`: whether the short form
    has it too; unless said otherwise, where it is neither large nor a large picture.
    """
    assert name not in names, name
    names.add(name)
    # What is empty or not repeated joins what stands beside it.
    joined = []
    for piece, times in parts_of(request):
        if not piece or not times:
            continue
        if times == 1 and joined and joined[-1][1] == 1:
            joined[-1] = (joined[-1][0] + piece, 1)
        else:
            joined.append((piece, times))
    cases.append({
        "name": name,
        "parts": [[base64.b64encode(piece).decode(), times] for piece, times in joined],
        "pixels": pixels,
        "statuses": list(statuses),
        "quick": length(joined) <= 2 * MIB and pixels <= 20_000_000 if quick is None else quick,
    })


def post(name, body, type=None, headers=(), target="/detect", pixels=0, statuses=(), quick=None):
    """A POST with its length."""
    parts = parts_of(body)
    lines = [f"POST {target} HTTP/1.1", "Host: worst", f"Content-Length: {length(parts)}"]
    if type:
        lines.append(f"Content-Type: {type}")
    lines += headers
    head = "".join(line + "\r\n" for line in lines) + "\r\n"
    raw(name, [head.encode("latin-1")] + parts, pixels, statuses, quick)


def fill(pattern, size=BODY, around=0):
    """A pattern, as often as `size` bytes have room for beside `around` others."""
    return (pattern, (size - around) // len(pattern))


def write(path):
    with open(path, "w") as file:
        for case in cases:
            file.write(json.dumps(case) + "\n")
