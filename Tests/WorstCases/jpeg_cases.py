"""JPEG: ITU-T T.81. The Huffman codes are chosen so that entropy-coded data of zeros is a picture."""

import os
import random
import struct

from corpus import BODY, MIB, fill, length, parts_of, post

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
FIXTURE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Fixtures/blood-smear.jpg")
GREY = [(1, 1, 1)]
FULL = [(1, 1, 1), (2, 1, 1), (3, 1, 1)]
HALF = [(1, 2, 2), (2, 1, 1), (3, 1, 1)]
INKS = [(1, 1, 1), (2, 1, 1), (3, 1, 1), (4, 1, 1)]


def segment(marker, payload=b""):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(payload) + 2) + payload


def dqt(identifier=0, value=1):
    return segment(0xDB, bytes([identifier]) + bytes([value]) * 64)


def dht(kind, identifier, symbol):
    """A table of one symbol, whose code is a single zero."""
    return segment(0xC4, bytes([kind << 4 | identifier, 1]) + bytes(15) + bytes([symbol]))


def sof(width, height, components, marker=0xC0, precision=8):
    body = struct.pack(">BHHB", precision, height, width, len(components))
    for identifier, horizontal, vertical in components:
        body += bytes([identifier, horizontal << 4 | vertical, 0])
    return segment(marker, body)


def sos(components, start=0, end=63, high=0, low=0):
    body = bytes([len(components)])
    for identifier, *_ in components:
        body += bytes([identifier, 0])
    return segment(0xDA, body + bytes([start, end, high << 4 | low]))


def blocks(width, height, components, scan):
    """The 8×8 blocks of a scan."""
    largest_h = max(h for _, h, _ in components)
    largest_v = max(v for _, _, v in components)
    if len(scan) == 1:
        _, h, v = scan[0]
        columns = -(-(-(-width * h // largest_h)) // 8)
        rows = -(-(-(-height * v // largest_v)) // 8)
        return columns * rows
    units = -(-width // (8 * largest_h)) * -(-height // (8 * largest_v))
    return units * sum(h * v for _, h, v in scan)


def zeros(bits):
    return (b"\0", -(-bits // 8))


def blank(width, height, components=HALF, before=b"", marker=0xC0, after=b"", interval=0):
    """A baseline picture of one colour: two bits a block, or fewer bytes than a marker where each unit has one."""
    head = SOI + before + dqt() + sof(width, height, components, marker) + dht(0, 0, 0) + dht(1, 0, 0)
    count = blocks(width, height, components, components)
    if not interval:
        return [head + sos(components), zeros(2 * count), after + EOI]
    per_unit = sum(h * v for _, h, v in components) if len(components) > 1 else 1
    data = b"\0" * -(-2 * per_unit * interval // 8)
    units = count // per_unit
    turns, rest = divmod(-(-units // interval), 8)
    eight = b"".join(data + bytes([0xFF, 0xD0 + i]) for i in range(8))
    last = b"".join(data + bytes([0xFF, 0xD0 + i]) for i in range(rest))
    head += segment(0xDD, struct.pack(">H", interval)) + sos(components)
    return [head, (eight, turns), last[:-2] if rest else data, EOI]


def progressive(width, height, components=HALF, scans=10, before=b"", marker=0xC2):
    """A progressive picture of one colour: of `scans` the first holds a bit a block, the others hardly anything."""
    parts = [SOI + before + dqt() + sof(width, height, components, marker) + dht(0, 0, 0) + dht(1, 0, 0xE0)]
    parts += [sos(components, 0, 0), zeros(blocks(width, height, components, components))]
    for scan in range(scans - 1):
        component = components[scan % len(components)]
        turn = scan // len(components)
        if turn >= 14:
            break
        count = blocks(width, height, components, [component])
        # First at the highest bit, then one refinement for each bit below.
        high, low = (0, 13) if turn == 0 else (14 - turn, 13 - turn)
        parts += [sos([component], 1, 63, high, low), zeros(15 * -(-count // 16384))]
    return parts + [EOI]


def full_of_coefficients(width, height, refinements, marker=0xC2):
    """Progressive with all 63 coefficients of each block, then their refinement: work for every bit."""
    count = blocks(width, height, GREY, GREY)
    parts = [SOI + dqt() + sof(width, height, GREY, marker) + dht(0, 0, 0) + dht(1, 0, 0x01)]
    parts += [sos(GREY, 0, 0), zeros(count), sos(GREY, 1, 63, 0, 10), zeros(2 * 63 * count)]
    # Each block ends at once; the bits that correct its coefficients follow.
    parts.append(dht(1, 0, 0x00))
    for low in range(9, 9 - refinements, -1):
        parts += [sos(GREY, 1, 63, low + 1, low), zeros(64 * count)]
    return parts + [EOI]


def exif(tiff):
    return segment(0xE1, b"Exif\0\0" + tiff)


def tiff(entries, following=0, order=b"MM", count=None):
    pack = ">" if order == b"MM" else "<"
    body = order + struct.pack(pack + "HI", 42, 8) + struct.pack(pack + "H", len(entries) if count is None else count)
    for tag, kind, number, value in entries:
        body += struct.pack(pack + "HHII", tag, kind, number, value)
    return body + struct.pack(pack + "I", following)


def turned(value, order=b"MM"):
    shift = 16 if order == b"MM" else 0
    return exif(tiff([(0x112, 3, 1, value << shift)], order=order))


def boundaries(jpeg):
    """Where the segments begin, and the first scan's data."""
    position, places = 2, []
    while True:
        places.append(position)
        size = struct.unpack(">H", jpeg[position + 2:position + 4])[0]
        marker = jpeg[position + 1]
        position += 2 + size
        if marker == 0xDA:
            return places + [position]


def photo(name, body, pixels, statuses=(), **more):
    post("jpeg: " + name, body, "image/jpeg", pixels=pixels, statuses=statuses, **more)


def junk():
    """Anything between the segments."""
    generator = random.Random(1)
    noise = bytes(byte for byte in generator.randbytes(70000) if byte != 0xFF)[:65536]
    fillings = {
        "zeros": b"\0", "ones": b"\xff", "noise": noise, "stuffed": b"\xff\0", "restarts": b"\xff\xd0",
        "temporaries": b"\xff\x01", "halves": b"\xff" * 7 + b"\0",
    }
    with open(FIXTURE, "rb") as file:
        whole = file.read()
    places = boundaries(whole)
    for kind, pattern in fillings.items():
        photo(f"nothing but {kind}", [SOI + b"\xff\xe0\0\2", fill(pattern, around=8), EOI], 0,
              quick=kind in ("zeros", "noise", "temporaries"))
        for size in (1000, 400_000):
            photo(f"{size} bytes of {kind} in a blank picture",
                  [SOI, fill(pattern, size)] + blank(64, 64)[0:1] + blank(64, 64)[1:], 4096)
        for index, place in enumerate(places[:-1]):
            photo(f"100 kB of {kind} before segment {index}",
                  [whole[:place], fill(pattern, 100_000), whole[place:]], 640 * 480)
        photo(f"{kind} to the limit before the end", [whole[:-2], fill(pattern, around=len(whole)), EOI], 640 * 480)
        photo(f"{kind} to the limit within the data",
              [whole[:places[-1] + 5000], fill(pattern, around=len(whole)), whole[places[-1] + 5000:]], 640 * 480,
              quick=kind in ("zeros", "restarts"))
        photo(f"{kind} after the end", [whole, fill(pattern, around=len(whole))], 640 * 480)
    photo("padding between all segments",
          [SOI] + [piece for start, end in zip(places, places[1:])
                   for piece in ((b"\0", 300_000), whole[start:end])] + [whole[places[-1]:]], 640 * 480)


def segments():
    """As many as a body has room for."""
    room = 1000
    kinds = {
        "empty comments": segment(0xFE), "empty APP0": segment(0xE0), "JFIF": segment(0xE0, b"JFIF\0\2\1\0\0\1\0\1\0\0"),
        "Adobe": segment(0xEE, b"Adobe\0d\0\0\0\0\7"), "empty APP1": segment(0xE1), "EXIF": turned(6),
        "EXIF without directory": exif(b"MM\0*\0\0\0\7"), "ICC": segment(0xE2, b"ICC_PROFILE\0\1\1" + bytes(60000)),
        "large comments": segment(0xFE, bytes(65533)), "quantization": dqt(), "Huffman": dht(0, 0, 0),
        "restart intervals": segment(0xDD, b"\0\0"), "arithmetic conditioning": segment(0xCC, b"\0\x10"),
        "DNL": segment(0xDC, b"\0\x40"), "expansions": segment(0xDF, b"\x11"), "reserved": segment(0xF0, b"\0"),
        "scans": sos(GREY) + b"\0",
    }
    for kind, piece in kinds.items():
        photo(f"{kind} to the limit", [SOI, fill(piece, around=room)] + [blank(64, 64)[0][2:]] + blank(64, 64)[1:], 4096,
              quick=kind in ("empty APP0", "Huffman", "EXIF", "scans"))
        photo(f"{kind} of 1 MiB after the frame",
              [blank(64, 64)[0][:-14], fill(piece, MIB), blank(64, 64)[0][-14:]] + blank(64, 64)[1:], 4096)
    frame = sof(64, 64, HALF)
    photo("two frames", blank(64, 64, before=frame), 4096, (422,))
    photo("a scan before its frame", [SOI + dqt() + sos(HALF) + b"\0" * 100 + EOI], 0, (422,))
    photo("a picture in a picture", [SOI, blank(64, 64)[0]] + blank(64, 64)[1:], 4096, (422,))
    for marker in range(0xC0, 0xD0):
        if marker not in (0xC4, 0xC8, 0xCC):
            photo(f"frame of kind {marker:x}", blank(640, 480, marker=marker), 640 * 480)
    for size in (0, 1, 2, 3):
        photo(f"a segment of length {size}", SOI + b"\xff\xfe\0" + bytes([size]) + bytes(100), 0)


def progressions():
    sizes = {1: (1000, 1000), 12: (4000, 3000), 49: (8192, 6000)}
    for megapixels, (width, height) in sizes.items():
        for scans in (1, 2, 10, 43, 64):
            if scans * megapixels > 1000:
                continue
            photo(f"progressive, {megapixels} megapixels, {scans} scans", progressive(width, height, scans=scans),
                  width * height, quick=megapixels < 20 or scans == 10)
    for components, what in ((FULL, "unsampled"), (GREY, "grey"), (INKS, "of four inks")):
        for width, height in (sizes[12], sizes[49]):
            photo(f"progressive, {what}, {width} x {height}", progressive(width, height, components), width * height)
    for way in (2, 3, 6, 8):
        photo(f"progressive and turned {way}", progressive(4000, 3000, before=turned(way)), 12_000_000)
    photo("progressive, unsampled, turned, 49 megapixels", progressive(8192, 6000, FULL, before=turned(6)), 8192 * 6000)
    photo("four inks, turned, 49 megapixels", progressive(8192, 6000, INKS, before=turned(5)), 8192 * 6000, quick=True)
    photo("65 scans", progressive(100, 100, GREY, 3)[:-1] + [(sos(GREY, 1, 63, 13, 12) + b"\0\0", 62), EOI], 10_000)
    photo("100,000 scans", progressive(100, 100, GREY, 3)[:-1] + [(sos(GREY, 1, 63, 13, 12) + b"\0\0", 100_000), EOI],
          10_000)
    photo("progressive without its scans", progressive(4000, 3000, scans=1)[:1] + [EOI], 12_000_000, (422,))
    photo("progressive cut in its first scan", progressive(4000, 3000)[:2], 12_000_000, (422,))
    photo("all coefficients, refined", full_of_coefficients(1200, 1200, 10), 1200 * 1200)
    photo("all coefficients, large", full_of_coefficients(3000, 3000, 1), 9_000_000)
    photo("scans of one component", [
        SOI + dqt() + sof(1000, 1000, FULL) + dht(0, 0, 0) + dht(1, 0, 0)] + [
            piece for component in FULL for piece in (sos([component]), zeros(2 * 125 * 125))] + [EOI], 1_000_000)
    photo("arithmetic, progressive", progressive(4000, 3000, marker=0xCA), 12_000_000)
    photo("arithmetic, 49 megapixels", blank(8192, 6000, marker=0xC9), 8192 * 6000, quick=True)
    photo("arithmetic, four inks, 49 megapixels", progressive(8192, 6000, INKS, marker=0xCA), 8192 * 6000)


def sizes():
    for width, height in ((65535, 1), (1, 65535), (65535, 65535), (32768, 1), (1, 32768), (32769, 1), (32768, 1525),
                          (10000, 5000), (10000, 5001), (65500, 763), (7, 7), (1, 1), (16, 30000), (30000, 16)):
        photo(f"blank of {width} x {height}", blank(width, height), width * height)
    for width, height in ((65535, 65535), (10000, 5000)):
        photo(f"only the headers of {width} x {height}", blank(width, height)[0], width * height)
    for width, height in ((0, 10), (10, 0), (0, 0)):
        photo(f"sides {width} x {height}", blank(max(width, 1), max(height, 1))[0].replace(
            sof(max(width, 1), max(height, 1), HALF), sof(width, height, HALF)), 0, (422,))
    photo("height in a DNL segment", [blank(64, 64)[0].replace(sof(64, 64, HALF), sof(64, 0, HALF)), bytes(100),
                                      segment(0xDC, b"\0\x40") + EOI], 4096, (422,))
    for precision in (1, 2, 12, 16):
        photo(f"{precision} bits a sample", [SOI + dqt() + sof(640, 480, GREY, 0xC1, precision) + dht(0, 0, 0)
                                             + dht(1, 0, 0) + sos(GREY) + bytes(1200) + EOI], 640 * 480, (422,))
    factors = [(1, 1), (2, 1), (1, 2), (2, 2), (4, 1), (1, 4), (3, 1), (4, 2), (4, 4)]
    for h, v in factors:
        for other in ((1, 1), (2, 1), (1, 2)):
            components = [(1, h, v), (2, *other), (3, 1, 1)]
            photo(f"sampled {h}x{v} and {other[0]}x{other[1]}", blank(500, 300, components), 150_000)
        photo(f"grey sampled {h}x{v}", blank(500, 300, [(1, h, v)]), 150_000)
    for count in (2, 4, 5, 10, 255):
        components = [(i % 256, 1, 1) for i in range(1, count + 1)]
        photo(f"{count} components", blank(300, 200, components), 60_000)
    for interval, (width, height) in ((1, (4000, 3000)), (1, (8192, 6000)), (7, (4000, 3000)), (65535, (4000, 3000))):
        photo(f"restarts every {interval}, {width} x {height}", blank(width, height, interval=interval),
              width * height)
    stray = blank(1000, 1000)
    stray[0] = stray[0].replace(sos(HALF), segment(0xDD, b"\0\1") + sos(HALF))
    photo("restarts announced and absent", stray, 1_000_000)
    photo("restarts in the wrong order", [stray[0], (b"\0\0\xff\xd5", 4000), EOI], 1_000_000)
    cut = blank(4000, 3000, interval=1)
    photo("cut after restarts, then junk", [cut[0], (cut[1][0], cut[1][1] // 2), (b"\x55", MIB), EOI], 12_000_000)
    photo("full of coefficients, then nothing", [blank(8192, 6000)[0], (b"\0", 1000), EOI], 8192 * 6000)
    for way in range(0, 10):
        photo(f"turned {way}", blank(4000, 3000, before=turned(way)), 12_000_000)
    photo("turned, 49 megapixels", blank(8192, 6000, before=turned(6)), 8192 * 6000)
    for what in ("JPEG", "PNG"):
        drawn = {"target": "/detect?format=image", "headers": [f"Accept: image/{what.lower()}"]}
        photo(f"drawn as {what}, 12 megapixels", blank(4000, 3000, before=turned(8)), 12_000_000, **drawn)
        photo(f"drawn as {what}, 49 megapixels", blank(8192, 6000), 8192 * 6000, quick=what == "PNG", **drawn)


def directories():
    """EXIF that leads nowhere, or everywhere."""
    orientation = (0x112, 3, 1, 6 << 16)
    kinds = {
        "a directory that follows itself": tiff([orientation], following=8),
        "65535 entries that are not there": tiff([orientation], count=65535),
        "5000 entries": tiff([(0x8769, 4, 1, 8)] * 5000),
        "an offset beyond the end": b"MM\0*\xff\xff\xff\xff",
        "an offset into itself": b"MM\0*\0\0\0\0",
        "an odd offset": b"MM\0*\0\0\0\x0b" + tiff([orientation])[8:],
        "an orientation of two thousand million values": tiff([(0x112, 3, 0x7FFFFFFF, 6 << 16)]),
        "an orientation of another type": tiff([(0x112, 12, 1, 6)]),
        "many orientations": tiff([(0x112, 3, 1, way << 16) for way in range(1, 9)] * 100),
        "neither order": b"ZZ\0*\0\0\0\x08", "little endian": tiff([(0x112, 3, 1, 6)], order=b"II"), "nothing": b"",
        "one byte": b"M", "a sub-directory that is its parent": tiff([(0x8769, 4, 1, 8), orientation]),
        "a thumbnail": tiff([(0x201, 4, 1, 26), (0x202, 4, 1, 60000)]) + SOI + bytes(60000),
    }
    for kind, body in kinds.items():
        photo(f"EXIF with {kind}", blank(640, 480, before=exif(body)), 640 * 480)
    photo("EXIF 300 times", [SOI, (exif(tiff([orientation] * 5000)), 300), blank(640, 480)[0][2:]] + blank(640, 480)[1:],
          640 * 480)


def truncations():
    with open(FIXTURE, "rb") as file:
        whole = file.read()
    places = boundaries(whole)
    for place in sorted({p + d for p in places for d in (0, 1, 2, 3, 4)} | {1, 2}):
        photo(f"cut at {place}", whole[:place], 640 * 480)
    for share in range(1, 10):
        place = places[-1] + (len(whole) - places[-1]) * share // 10
        photo(f"cut at {share} tenths", whole[:place], 640 * 480)
        photo(f"cut at {share} tenths and ended", whole[:place] + EOI, 640 * 480)
    for cut in (1, 2, 3, 10, 100):
        photo(f"without the last {cut}", whole[:-cut], 640 * 480)
    generator = random.Random(2)
    for number in range(40):
        damaged = bytearray(whole)
        for _ in range(1 << number % 5):
            damaged[generator.randrange(places[-1] if number % 2 else len(damaged))] = generator.randrange(256)
        photo(f"damaged {number}", bytes(damaged), 640 * 480)


def make():
    junk()
    segments()
    progressions()
    sizes()
    directories()
    truncations()
