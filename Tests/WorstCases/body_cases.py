"""What stands around photos: gzip (RFC 1952), JSON (RFC 8259), forms (RFC 7578), heads and chunks (RFC 9112)."""

import base64
import gzip
import struct

import checks
import jpeg_cases
import png_cases
from corpus import BODY, MIB, fill, length, parts_of, post, raw

GZIP = ["Content-Encoding: gzip"]
JSON = "application/json"
EXPANDED = 64 * MIB
RATIO = 100


def joined(parts):
    return b"".join(piece * times for piece, times in parts_of(parts))


def member(body, name=0, head=b"\x1f\x8b\x08"):
    """A gzip member as parts. A name is no output: one of so many bytes keeps within a ratio what expands beyond."""
    parts = [part for part in parts_of(body) if part[0]]
    start = head + bytes([8 if name else 0]) + bytes(6)
    end = struct.pack("<II", checks.crc32(parts), length(parts) & 0xFFFFFFFF)
    return [(start, 1)] + ([(b"n", name), (b"\0", 1)] if name else []) + checks.deflate(parts) + [(end, 1)]


def within_ratio(body):
    """Compressed as far as the ratio allows, by a name as long as that takes."""
    packed = member(body)
    return member(body, max(0, -(-length(parts_of(body)) // RATIO) - length(packed)))


def gzips():
    def packed(name, body, type=None, pixels=0, statuses=(), **more):
        post("gzip: " + name, body, type, GZIP, pixels=pixels, statuses=statuses, **more)

    for size in (MIB, 42_000_000, EXPANDED, EXPANDED + 1, 256 * MIB):
        packed(f"{size} zeros", member([(b"\0", size)]), statuses=(413,))
        packed(f"{size} spaces of JSON", member([(b" ", size)]), JSON, statuses=(413,))
    for kind, pattern in {"zeros": b"\0", "ones": b"\xff", "stuffed": b"\xff\0", "comments": b"\xff\xfe\0\2"}.items():
        body = [b"\xff\xd8\xff\xe0\0\2", fill(pattern, EXPANDED, 8), b"\xff\xd9"]
        packed(f"a JPEG of {kind}", member(body), statuses=(413,))
        packed(f"a JPEG of {kind} within the ratio", within_ratio(body), statuses=(413, 422))
        body[1] = fill(pattern, 41_800_000, 8)
        packed(f"a JPEG of 41.8 MB of {kind} within the ratio", within_ratio(body), statuses=(413, 422))
    inside = {
        "spaces": [fill(b" ", EXPANDED)],
        "brackets": [fill(b"[", EXPANDED)],
        "ones": [b"[", fill(b"1,", EXPANDED, 2), b"1]"],
        "escapes": [b'{"image":"', fill(b"\\u0041", EXPANDED, 20), b'"}'],
        "short escapes": [b'{"image":"', fill(b"\\/", EXPANDED, 20), b'"}'],
        "base64": [b'{"image":"', fill(b"AAAA", EXPANDED, 20), b'"}'],
        "base64 and one escape": [b'{"image":"\\/AAA', fill(b"AAAA", EXPANDED, 20), b'"}'],
        "base64 of spaces": [b'{"image":"', fill(b"    ", EXPANDED, 20), b'"}'],
        "a number": [fill(b"9", EXPANDED)],
        "a name": [b'{"', fill(b"n", EXPANDED, 10), b'":1}'],
        "a class": [b'{"image":"AAAA","classes":"', fill(b",", EXPANDED, 40), b'"}'],
        "classes": [b'{"image":"AAAA","classes":["', fill(b",", EXPANDED, 40), b'"]}'],
        "a threshold": [b'{"image":"AAAA","threshold":"0.', fill(b"5", EXPANDED, 40), b'"}'],
        "images": [b'{"images":[', fill(b'"",', EXPANDED, 20), b'""]}'],
    }
    for kind, body in inside.items():
        packed(f"JSON of {kind} within the ratio", within_ratio(body), JSON)
    photos = base64.b64encode(joined(jpeg_cases.blank(1000, 1000)))
    packed("32 photos in JSON", member(b'{"images":["' + b'","'.join([photos] * 32) + b'"]}'), JSON, 32_000_000)
    form = b'--b\r\nContent-Disposition: form-data; name="classes"\r\n\r\n'
    for kind, body in {
        "commas": [form, fill(b",", EXPANDED, 200), b"\r\n--b--"],
        "line ends": [form, fill(b"\r", EXPANDED, 200), b"\r\n--b--"],
        "parts": [fill(form + b"x\r\n", EXPANDED, 200), b"--b--"],
    }.items():
        packed(f"a form of {kind} within the ratio", within_ratio(body), "multipart/form-data; boundary=b")
    whole = joined(member(b"hello" * 1000, 4))
    letter = joined(member(b"a"))
    for cut in list(range(0, 24)) + [len(whole) - 8, len(whole) - 4, len(whole) - 1]:
        packed(f"cut at {cut}", whole[:cut], statuses=(400,))
    packed("empty members", [fill(joined(member(b"")))], quick=True)
    packed("members of one byte", [fill(letter)], quick=True)
    packed("members of one byte, then junk", [fill(letter, around=100), b"junk"], statuses=(400,))
    packed("a name without an end", [b"\x1f\x8b\x08\x08" + bytes(6), fill(b"n", around=10)], statuses=(400,))
    packed("a name of 20 MiB", [b"\x1f\x8b\x08\x08" + bytes(6), fill(b"n", around=100), b"\0", letter[10:]])
    packed("a comment of 20 MiB", [b"\x1f\x8b\x08\x10" + bytes(6), fill(b"n", around=100), b"\0", letter[10:]])
    packed("an extra field of 65535 bytes", b"\x1f\x8b\x08\x04" + bytes(6) + b"\xff\xff" + bytes(65535) + letter[10:])
    packed("a check sum of the head that is wrong", b"\x1f\x8b\x08\x02" + bytes(6) + b"\1\2" + letter[10:],
           statuses=(400,))
    packed("reserved flags", b"\x1f\x8b\x08\xe0" + bytes(6) + letter[10:], statuses=(400,))
    packed("a wrong check sum", whole[:-8] + b"\0\0\0\0" + whole[-4:], statuses=(400,))
    packed("a wrong size", whole[:-4] + b"\0\0\0\0", statuses=(400,))
    packed("gzip in gzip", member(member([(b"\0", MIB)])), statuses=(415,))
    packed("stored", gzip.compress(b"a" * 100_000, 0, mtime=0), statuses=(415,))
    packed("empty stored blocks", [b"\x1f\x8b\x08\0" + bytes(6), fill(b"\0\0\0\xff\xff", around=100)], statuses=(400,))
    packed("blocks of codes alone", [b"\x1f\x8b\x08\0" + bytes(6), fill(b"\x02\0", around=100)], statuses=(400,))
    packed("no gzip", b"hello", statuses=(400,))
    packed("nothing", b"", statuses=(400,))
    packed("a blank photo", member(jpeg_cases.blank(4000, 3000)), pixels=12_000_000)
    packed("a blank photo of 49 megapixels", member(jpeg_cases.progressive(8192, 6000)), pixels=8192 * 6000)
    packed("a blank PNG of 50 megapixels", member(png_cases.picture(10000, 5000)), pixels=50_000_000)
    for coding in ("gzip, gzip", "br", "deflate, gzip", "gzip;q=1", "identity, " * 100 + "gzip", "," * 4000, "x" * 8000):
        post(f"gzip: coding {coding[:20]} of {len(coding)}", whole, None, [f"Content-Encoding: {coding}"])


def json_bodies():
    def text(name, body, pixels=0, statuses=(), **more):
        post("json: " + name, body, JSON, pixels=pixels, statuses=statuses, **more)

    for kind, piece in {
        "brackets": b"[", "braces": b'{"a":', "both": b'[{"a":', "ones": b"1,", "spaces": b" ", "line feeds": b"\n",
        "quotes": b'"', "backslashes": b"\\", "zeros": b"\0", "minus": b"-", "letters": b"t", "marks": b"\xef\xbb\xbf",
    }.items():
        text(f"{kind} to the limit", [fill(piece)], quick=kind in ("brackets", "ones"))
        text(f"{kind} to the limit in a list", [b"[", fill(piece, around=1)])
    for kind, piece in {
        "escapes": b"\\u0041", "pairs": b"\\ud83e\\udd8a", "slashes": b"\\/", "line ends": b"\\r\\n", "letters": b"A",
        "spaces": b" ", "padding": b"=", "invalid UTF-8": b"\xff", "quotes": b'\\"', "zeros": b"\\u0000", "digits": b"AAAA",
        "url digits": b"_-_-",
    }.items():
        for member_name in ("image", "threshold", "classes"):
            text(f"{member_name} of {kind}", [b'{"%s":"' % member_name.encode(), fill(piece, around=20), b'"}'],
                 quick=(kind, member_name) in (("escapes", "image"), ("pairs", "classes"), ("letters", "threshold"),
                                               ("spaces", "classes"), ("digits", "image")))
        text(f"a name of {kind}", [b'{"', fill(piece, around=20), b'":1}'], statuses=(400,))
    text("an escape that is cut", [b'{"image":"', fill(b"\\/", around=30), b'\\u00"}'], statuses=(400,))
    text("half a pair", [b'{"image":"', fill(b"\\/", around=30), b'\\ud800"}'], statuses=(400,))
    text("a string without an end", [b'{"image":"', fill(b"A", around=30)], statuses=(400,))
    for count in (4000, 5000, 100_000):
        members = b",".join(b'"%d":%d' % (i, i) for i in range(count))
        text(f"{count} members", b"{" + members + b"}", statuses=(400,))
    for size in (64, 65, MIB, 19 * MIB):
        text(f"a number of {size} digits", [b'{"threshold":', (b"1", size), b"}"], statuses=(400,))
        text(f"an exponent of {size} digits", [b'{"threshold":1e', (b"9", size), b"}"], statuses=(400,))
    for count in (32, 33, 4000, 500_000):
        text(f"{count} empty images", [b'{"images":[', (b'"",', count - 1), b'""]}'],
             statuses=(200,) if count == 32 else (413, 400))
    photo = base64.b64encode(joined(jpeg_cases.blank(1000, 1000)))
    text("32 photos", b'{"images":["' + b'","'.join([photo] * 32) + b'"]}', 32_000_000)
    large = base64.b64encode(joined(jpeg_cases.progressive(4000, 3000)))
    text("8 photos of 12 megapixels", b'{"images":["' + b'","'.join([large] * 8) + b'"]}', 96_000_000)
    text("a photo, its slashes escaped", b'{"image":"data:image\\/jpeg;base64,' + photo.replace(b"/", b"\\/") + b'"}',
         1_000_000)
    text("a photo among line ends", b'{"image":"' + b"\\r\\n".join(photo[i:i + 1] for i in range(len(photo))) + b'"}',
         1_000_000)
    text("1000 classes", b'{"image":"AAAA","classes":[' + b",".join([b'"red"'] * 1000) + b"]}")
    text("a data URL of a long type", [b'{"image":"data:', fill(b"a", around=60), b';base64,AAAA"}'])
    text("both image and images", b'{"image":"","images":[]}', statuses=(400,))
    text("the same name again", b'{"image":"","image":""}', statuses=(400,))
    text("a list of lists", b'{"images":[[],[]]}', statuses=(400,))


def forms():
    def form(name, body, boundary="b", pixels=0, statuses=(), **more):
        post("form: " + name, body, f"multipart/form-data; boundary={boundary}", pixels=pixels, statuses=statuses, **more)

    head = b'--b\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
    option = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n'
    for count in (33, 128, 129, 200_000):
        form(f"{count} parts", [(head + b"x\r\n", count), b"--b--"], statuses=(413, 400))
    form("32 photos", [(head + joined(jpeg_cases.blank(1000, 1000)) + b"\r\n", 32), b"--b--"], pixels=32_000_000)
    for kind, piece in {
        "line ends": b"\r", "both line ends": b"\r\n", "almost delimiters": b"\r\n--", "delimiters of others": b"\r\n--c",
        "dashes": b"-", "zeros": b"\0", "delimiters": b"\r\n--b", "closed delimiters": b"\r\n--b--",
    }.items():
        form(f"{kind} to the limit", [head, fill(piece, around=200), b"\r\n--b--"],
             quick=kind in ("line ends", "almost delimiters", "delimiters"))
        form(f"{kind} before the first delimiter", [fill(piece, around=200), b"\r\n", head, b"x\r\n--b--"],
             quick=kind == "line ends")
        form(f"{kind} without an end", [head, fill(piece, around=200)])
    for name in (b"threshold", b"classes", b"max_detections", b"format", b"unknown"):
        for kind, piece in {"commas": b",", "digits": b"5", "spaces": b" ", "letters": "é".encode()}.items():
            form(f"{name.decode()} of {kind}", [option % name, fill(piece, around=300), b"\r\n", head, b"x\r\n--b--"],
                 statuses=(400,), quick=(name, kind) in ((b"classes", "commas"), (b"threshold", "digits")))
    long = "b" * 70
    form("a boundary of 70", joined([head, b"x\r\n--b--"]).replace(b"--b", b"--" + long.encode()), long)
    form("almost its delimiter", [head.replace(b"--b", b"--" + long.encode()), fill(b"\r\n--" + b"b" * 69, around=900)], long)
    for boundary in ("", "b" * 71, '"b', '"b "', "b;b=c", "b, c", "\u00e9"):
        form(f"a boundary {boundary[:5]} of {len(boundary)}", head + b"x\r\n--b--", boundary)
    for kind, lines in {
        "a head of 9000 bytes": b"X: " + b"x" * 9000 + b"\r\n", "20 fields": b"X: x\r\n" * 20,
        "a second disposition": b"Content-Disposition: form-data; name=b\r\n",
        "a transfer encoding": b"Content-Transfer-Encoding: base64\r\n", "no colon": b"hello\r\n", "a bare line feed": b"X: a\n",
        "3000 parameters": b'X-Content: a' + b"; a=b" * 1000 + b"\r\n",
    }.items():
        form(f"a part with {kind}", head[:-2] + lines + b"\r\nx\r\n--b--")
    form("a part with a head of 20 MiB", [head[:-2] + b"X: ", fill(b"x", around=1000)])
    form("4000 parameters", b"--b\r\nContent-Disposition: form-data; name=image" + b"; a=b" * 1500 + b"\r\n\r\nx\r\n--b--")
    form("a name of 7000 bytes", b'--b\r\nContent-Disposition: form-data; name="' + b"\\n" * 3500 + b'"\r\n\r\nx\r\n--b--',
         statuses=(400,))
    form("nothing", b"", statuses=(400,))
    form("only the end", b"--b--", statuses=(400,))


def heads():
    blank = joined(jpeg_cases.blank(64, 64))

    def get(name, target, lines=(), statuses=()):
        head = "".join(line + "\r\n" for line in [f"GET {target} HTTP/1.1", "Host: worst", *lines]) + "\r\n"
        raw("head: " + name, head.encode("latin-1"), 0, statuses)

    def detect(name, target="/detect", lines=(), type=None, statuses=()):
        post("head: " + name, blank, type, list(lines), target=target, pixels=4096, statuses=statuses)

    for size in (8000, 8170, 8192, 9000, 100_000, MIB):
        get(f"a target of {size}", "/" + "a" * size, statuses=(404, 414))
        detect(f"a query of {size}", "/detect?threshold=" + "5" * size, statuses=(400, 414))
    for kind, item in {
        "empty items": "&", "items": "a&", "thresholds": "threshold=0.5&", "escapes": "%20=%20&", "equals": "=",
        "pluses": "+", "commas": "classes=,", "slashes": "/", "dots": "../", "broken escapes": "%", "question marks": "?",
    }.items():
        detect(f"a query of {kind}", "/detect?" + item * (8000 // len(item)))
        get(f"a path of {kind}", "/" + item * (8000 // len(item)))
    detect("a list of commas in a query", "/detect?classes=" + "," * 8000, statuses=(400,))
    detect("a list of a class", "/detect?classes=" + "red," * 1900 + "red")
    for count in (90, 100, 101, 5000):
        detect(f"{count} fields", lines=[f"X-{i}: {i}" for i in range(count)])
    for size in (15_000, 16_384, 17_000, 200_000):
        detect(f"a field of {size}", lines=["X: " + "x" * size])
    for field in ("Accept", "Accept-Encoding", "Content-Type", "X-Forwarded-For", "traceparent", "X-Request-Id",
                  "Authorization", "X-API-Key", "Cookie", "Connection", "Content-Encoding", "Forwarded"):
        for kind, value in {
            "commas": "," * 12_000, "elements": "a/b;q=0.5, " * 1000, "parameters": "a/b" + ";a=b" * 2500,
            "quotes": '"' * 12_000, "an open quote": 'a/b;c="' + "\\" * 12_000, "qualities": "*/*;q=0." + "9" * 12_000,
            "addresses": "10.0.0.1, " * 1200, "bytes": "\u00ff" * 12_000,
        }.items():
            detect(f"{field} of {kind}", lines=[f"{field}: {value}"])
    for type in ("multipart/form-data", "multipart/form-data; boundary", "application/json; charset=utf-7", "image/png",
                 "a", "/", "text/plain", "multipart/form-data; boundary=b; boundary=c", "application/x-www-form-urlencoded"):
        detect(f"type {type}", type=type)
        post(f"head: text of type {type}", b"hello" * 100, type)
    for length_field in ("-1", "+5", "0x10", "99999999999999999999", "20971521", "5, 5", "5 5", "\u00b2"):
        raw(f"head: length {length_field.encode('unicode_escape').decode()}",
            f"POST /detect HTTP/1.1\r\nHost: w\r\nContent-Length: {length_field}\r\n\r\nhello".encode("latin-1"))
    raw("head: empty lines", b"\r\n" * 1000 + b"GET /livez HTTP/1.1\r\nHost: w\r\n\r\n", 0, (400,))
    raw("head: no HTTP", b"\0" * 10_000, 0, (400,))
    raw("head: a line without an end", [(b"A", MIB)], 0, (400, 414, 501))
    raw("head: TLS", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + b"\x0d\x0a" * 400, 0, (400,))
    for path in ("/metrics", "/model", "/healthz"):
        get(f"{path} of many media types", path, ["Accept: " + "text/plain;q=0.1, " * 800])


def chunked():
    head = b"POST /detect HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\n"
    end = b"0\r\n\r\n"

    def body(name, parts, pixels=0, statuses=(), **more):
        raw("chunked: " + name, [head] + parts_of(parts), pixels, statuses, **more)

    for count in (1000, 100_000, 3_000_000):
        body(f"{count} chunks of a byte", [(b"1\r\nA\r\n", count), end], statuses=(415,), quick=True)
    photo = joined(jpeg_cases.blank(1000, 1000))
    body("a photo byte by byte", b"".join(b"1\r\n" + photo[i:i + 1] + b"\r\n" for i in range(len(photo))) + end, 1_000_000)
    body("extensions", [(b"1;" + b"e" * 900 + b"\r\nA\r\n", 10_000), end], statuses=(400,))
    body("quoted extensions", [(b'1;a="' + b"\\a" * 400 + b'"\r\nA\r\n', 19), end])
    body("zeros before a size", [(b"0" * 15 + b"1\r\nA\r\n", 100_000), end])
    body("a size of 1000 digits", b"1" * 1000 + b"\r\n", statuses=(400,))
    body("a size of 2^64", b"10000000000000000\r\nA", statuses=(400, 413))
    body("a size of 2^63", b"7fffffffffffffff\r\nA", statuses=(400, 413))
    body("more than a body may have", [(b"10000\r\n" + b"A" * 65536 + b"\r\n", 321), end], statuses=(413,))
    body("trailers", [b"1\r\nA\r\n0\r\n", (b"X: y\r\n", 99), b"\r\n"], statuses=(415,))
    body("too many trailers", [b"1\r\nA\r\n0\r\n", (b"X: y\r\n", 5000), b"\r\n"], statuses=(431, 400))
    body("a trailer without an end", [b"1\r\nA\r\n0\r\nX: ", (b"y", MIB)], statuses=(431, 400))
    body("a size that is none", b"g\r\n", statuses=(400,))
    body("no line end behind a chunk", b"1\r\nAA\r\n", statuses=(400,))
    for kind, value in {"gzip": joined(member(b"a")), "JSON": b'{"image":"AAAA"}'}.items():
        field = b"Content-Encoding: gzip" if kind == "gzip" else b"Content-Type: application/json"
        raw(f"chunked: {kind} byte by byte", [
            head[:-2] + field + b"\r\n\r\n", b"".join(b"1\r\n" + value[i:i + 1] + b"\r\n" for i in range(len(value))) + end])


def make():
    gzips()
    json_bodies()
    forms()
    heads()
    chunked()
