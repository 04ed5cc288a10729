"""PNG: the W3C recommendation's third edition."""

import random
import struct
import zlib

from checks import zlib_stream
from corpus import BODY, MIB, fill, post

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def chunk(kind, data=b"", crc=None):
    check = zlib.crc32(kind + data) if crc is None else crc
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def header(width, height, depth=8, color=2, interlaced=0, compression=0):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, compression, 0, interlaced))


END = chunk(b"IEND")


def row_bytes(width, depth, color):
    return (width * CHANNELS[color] * depth + 7) // 8


def raw_size(width, height, depth, color, interlaced):
    if not interlaced:
        return (1 + row_bytes(width, depth, color)) * height
    total = 0
    for x, y, dx, dy in PASSES:
        columns, rows = -(-(width - x) // dx) if width > x else 0, -(-(height - y) // dy) if height > y else 0
        if columns and rows:
            total += (1 + row_bytes(columns, depth, color)) * rows
    return total


def zero_stream(size):
    return zlib_stream([(b"\0", size)])


def palette(color):
    return chunk(b"PLTE", bytes(range(48)) * 1) if color == 3 else b""


def picture(width, height, depth=8, color=2, interlaced=0, before=b"", stream=None):
    stream = zero_stream(raw_size(width, height, depth, color, interlaced)) if stream is None else stream
    return SIGNATURE + header(width, height, depth, color, interlaced) + palette(color) + before \
        + chunk(b"IDAT", stream) + END


def photo(name, body, pixels, statuses=(), **more):
    post("png: " + name, body, "image/png", pixels=pixels, statuses=statuses, **more)


def kinds():
    for color, depths in DEPTHS.items():
        for depth in depths:
            for interlaced in (0, 1):
                what = f"color {color}, depth {depth}" + (", interlaced" if interlaced else "")
                photo(f"{what}, 1 x 1", picture(1, 1, depth, color, interlaced), 1)
                photo(f"{what}, 1000 x 700", picture(1000, 700, depth, color, interlaced), 700_000)
                photo(f"{what}, 12 megapixels", picture(4000, 3000, depth, color, interlaced), 12_000_000)
    for depth, color, interlaced in ((8, 2, 0), (8, 2, 1), (16, 6, 0), (16, 6, 1), (1, 0, 1), (8, 3, 1)):
        photo(f"color {color}, depth {depth}, interlace {interlaced}, 50 megapixels",
              picture(10000, 5000, depth, color, interlaced), 50_000_000, quick=depth == 16)
    for kind in range(1, 6):
        row = bytes([kind]) + bytes(4000 * 3)
        photo(f"rows of filter {kind}", picture(4000, 3000, stream=zlib_stream([(row * 50, 60)])), 12_000_000)
    row = bytes([4]) + bytes(range(256)) * 250
    photo("rows of filter 4, 16 bits, with alpha", picture(8000, 6000, 16, 6, stream=zlib_stream([(row * 4, 1500)])),
          48_000_000, quick=True)
    photo("drawn as PNG, 50 megapixels", picture(10000, 5000), 50_000_000, target="/detect?format=image",
          headers=["Accept: image/png"])


def sizes():
    for width, height in ((65535, 65535), (0x7FFFFFFF, 0x7FFFFFFF), (0x7FFFFFFF, 1), (1, 0x7FFFFFFF), (32769, 1)):
        photo(f"claims {width} x {height}", SIGNATURE + header(width, height) + chunk(b"IDAT", zero_stream(100)) + END,
              width * height, (413, 422))
    for width, height in ((0, 1), (1, 0), (0xFFFFFFFF, 1), (0x80000000, 0x80000000)):
        photo(f"claims {width:x} x {height:x}", SIGNATURE + header(width, height) + END, 0, (413, 422))
    for width, height in ((32768, 1), (1, 32768), (32768, 1525), (1525, 32768)):
        for interlaced in (0, 1):
            photo(f"{width} x {height}, interlace {interlaced}", picture(width, height, interlaced=interlaced),
                  width * height)
    for size in (0, 10, 1000, 100_000):
        photo(f"50 megapixels of {size} bytes of rows", picture(10000, 5000, stream=zero_stream(size)), 50_000_000,
              (422,))
    for size in (1, 64, 512):
        photo(f"1 pixel and {size} MiB of data", picture(1, 1, stream=zero_stream(size * MIB)), 1)
        photo(f"12 megapixels and {size} MiB more",
              picture(4000, 3000, stream=zero_stream(raw_size(4000, 3000, 8, 2, 0) + size * MIB)), 12_000_000)
    photo("only the signature", SIGNATURE, 0, (422,))
    photo("only the header", SIGNATURE + header(10000, 5000), 50_000_000, (422,))


def bombs():
    """Chunks that inflate a thousandfold, and as many chunks as there is room for."""
    large = zero_stream(256 * MIB)
    small = zero_stream(MIB)
    start, rest = SIGNATURE + header(64, 64), picture(64, 64)[33:]
    compressed = {
        "zTXt": b"key\0\0", "iCCP": b"profile\0\0", "iTXt": b"key\0\1\0\0\0",
    }
    for kind, before in compressed.items():
        for stream, what in ((large, "256 MiB"), (small, "1 MiB")):
            piece = chunk(kind.encode(), before + stream)
            photo(f"{kind} of {what}", [start, piece, rest], 4096)
            photo(f"{kind} of {what}, behind the data", [start, rest[:-12], piece, END], 4096)
        photo(f"{kind} of 1 MiB, to the limit", [start, fill(piece, around=1000), rest], 4096, quick=kind == "zTXt")
    pieces = {
        "empty IDAT": chunk(b"IDAT"), "tEXt": chunk(b"tEXt", b"a\0b"), "gAMA": chunk(b"gAMA", b"\0\0\1\0"),
        "sPLT": chunk(b"sPLT", b"a\0\x08" + bytes(6000)), "unknown": chunk(b"aaAa"), "critical unknown": chunk(b"AAAA"),
        "PLTE": chunk(b"PLTE", bytes(768)), "tRNS": chunk(b"tRNS", bytes(6)), "hIST": chunk(b"hIST", bytes(512)),
        "eXIf": chunk(b"eXIf", b"MM\0*\0\0\0\x08\0\0\0\0\0\0"), "acTL": chunk(b"acTL", bytes(8)),
        "fcTL": chunk(b"fcTL", bytes(26)), "fdAT": chunk(b"fdAT", bytes(20)), "IHDR": header(64, 64),
        "IEND": END, "sBIT": chunk(b"sBIT", b"\1\1\1"), "tIME": chunk(b"tIME", bytes(7)),
    }
    for kind, piece in pieces.items():
        photo(f"{kind} to the limit, before the data", [start, fill(piece, around=1000), rest], 4096,
              quick=kind in ("empty IDAT", "tEXt", "unknown"))
        photo(f"{kind} to the limit, behind the data", [start, rest[:-12], fill(piece, around=1000), END], 4096,
              quick=kind in ("empty IDAT", "unknown"))
    stream = zero_stream(raw_size(1000, 1000, 8, 2, 0))
    small = zero_stream(12352)
    photo("a byte an IDAT", SIGNATURE + header(1000, 1000) + b"".join(
        chunk(b"IDAT", stream[i:i + 1]) for i in range(len(stream))) + END, 1_000_000)
    photo("a byte an IDAT, and empty ones between", [SIGNATURE + header(64, 64)] + [
        piece for i in range(len(small))
        for piece in (chunk(b"IDAT", small[i:i + 1]), (chunk(b"IDAT"), 1000))] + [END], 4096)
    photo("PLTE of 196,608 bytes", [start, chunk(b"PLTE", bytes(196_608)), rest], 4096)
    photo("PLTE of 7 bytes", [start, chunk(b"PLTE", bytes(7)), rest], 4096)
    photo("eXIf of 20 MiB", [start, struct.pack(">I", BODY - 20000) + b"eXIf", fill(b"\0", BODY - 20000), bytes(4),
                             rest], 4096)
    frame = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 64, 64, 0, 0, 1, 1, 0, 0))
    photo("animated, 100,000 frames",
          [start, chunk(b"acTL", struct.pack(">II", 100_000, 0)), frame, rest[:-12],
           (frame + chunk(b"fdAT", bytes(4) + zero_stream(12352)), 100_000), END], 4096)


def transparency():
    for color, depths in DEPTHS.items():
        for depth in depths[-1:]:
            for size in (0, 1, 2, 6, 16, 256, 257, 60_000):
                photo(f"tRNS of {size} bytes, color {color}",
                      picture(300, 200, depth, color, before=chunk(b"tRNS", bytes(size))), 60_000)
    photo("transparent, 50 megapixels", picture(10000, 5000, 8, 3, before=chunk(b"tRNS", bytes(16))), 50_000_000)
    photo("transparent, 16 bits, interlaced, 48 megapixels",
          picture(8000, 6000, 16, 2, 1, before=chunk(b"tRNS", bytes(6))), 48_000_000)


def damages():
    whole = picture(300, 200, before=chunk(b"gAMA", b"\0\0\1\0"))
    places, position = [], 8
    while position < len(whole):
        places.append(position)
        position += 12 + struct.unpack(">I", whole[position:position + 4])[0]
    for place in places:
        for at in (place, place + 4, place + 8, place + 9):
            photo(f"cut at {at}", whole[:at], 60_000)
        for size in (0x7FFFFFFF, 0xFFFFFFFF, 0):
            photo(f"a length of {size:x} at {place}", whole[:place] + struct.pack(">I", size) + whole[place + 4:], 60_000)
        wrong = bytearray(whole)
        wrong[place + 8 + struct.unpack(">I", whole[place:place + 4])[0]] ^= 1
        photo(f"a wrong check sum at {place}", bytes(wrong), 60_000)
    photo("without IEND", whole[:-12], 60_000)
    stream = zero_stream(raw_size(300, 200, 8, 2, 0))
    for what, bad in {
        "no zlib": b"\0" * 50, "a window of 256": b"\x18\x19" + stream[2:], "a dictionary": b"\x78\xbb" + stream[2:],
        "an invalid block": b"\x78\xda\x07" + stream[3:], "a wrong sum": stream[:-1] + b"\0", "cut": stream[:-20],
        "a distance before its start": b"\x78\xda" + bytes([0x4B, 0x04, 0x22, 0]) + stream[2:],
        "stored": zlib.compress(bytes(raw_size(300, 200, 8, 2, 0)), 0), "two": stream * 2, "none": b"",
    }.items():
        photo(f"a stream with {what}", picture(300, 200, stream=bad), 60_000)
    photo("empty stored blocks to the limit",
          [SIGNATURE + header(64, 64), struct.pack(">I", BODY - 5000) + b"IDAT\x78\x01",
           fill(b"\0\0\0\xff\xff", BODY - 5002), END], 4096)
    for depth, color, interlaced, compression in ((3, 2, 0, 0), (8, 1, 0, 0), (8, 5, 0, 0), (16, 3, 0, 0), (8, 2, 2, 0),
                                                  (8, 2, 0, 1), (255, 255, 255, 255)):
        photo(f"a header of {depth}, {color}, {interlaced}, {compression}",
              SIGNATURE + header(100, 100, depth, color, interlaced, compression) + chunk(b"IDAT", stream) + END,
              10_000, (422,))
    generator = random.Random(3)
    for number in range(30):
        wrong = bytearray(whole)
        for _ in range(1 << number % 4):
            wrong[generator.randrange(len(wrong))] = generator.randrange(256)
        photo(f"damaged {number}", bytes(wrong), 60_000)


def make():
    kinds()
    sizes()
    bombs()
    transparency()
    damages()
