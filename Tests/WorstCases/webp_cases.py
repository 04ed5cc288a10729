"""WebP: RFC 9649, RFC 6386 (VP8)."""

import random
import struct

from corpus import BODY, MIB, fill, length, parts_of, post


class Bits:
    """Bits of a lossless picture, the lowest first."""

    def __init__(self):
        self.value, self.count, self.done = 0, 0, bytearray()

    def put(self, value, count):
        self.value |= value << self.count
        self.count += count
        while self.count >= 8:
            self.done.append(self.value & 0xFF)
            self.value >>= 8
            self.count -= 8
        return self

    def bytes(self):
        return bytes(self.done) + (bytes([self.value & 0xFF]) if self.count else b"")


def single(bits, symbol=0):
    """A code of one symbol, which then takes no bits."""
    bits.put(1, 1).put(0, 1)
    bits.put(0, 1).put(symbol, 1) if symbol < 2 else bits.put(1, 1).put(symbol, 8)


def group(bits):
    for _ in range(5):
        single(bits)


def lossless_head(width, height, alpha=0):
    return Bits().put(0x2F, 8).put(width - 1, 14).put(height - 1, 14).put(alpha, 1).put(0, 3)


def lossless(width, height, alpha=0, transforms=()):
    """A picture of one colour, whatever its size, in a few bytes; after transforms, each of one colour too."""
    bits = lossless_head(width, height, alpha)
    for transform in transforms:
        bits.put(1, 1).put(transform, 2)
        if transform in (0, 1):
            bits.put(0, 3).put(0, 1)
            group(bits)
        elif transform == 3:
            bits.put(15, 8).put(0, 1)
            group(bits)
    bits.put(0, 1).put(0, 1).put(0, 1)
    group(bits)
    return bits.bytes() + bytes(8)


def many_groups(width, height, groups):
    """A picture whose blocks of 4×4 each have codes of their own: tables of kilobytes for every 20 bits."""
    bits = lossless_head(width, height)
    bits.put(0, 1).put(0, 1).put(1, 1).put(0, 3)
    # The picture of block numbers: green and red take a byte each of a code of all 256 symbols of 8 bits.
    bits.put(0, 1)
    for symbols in (280, 256):
        # Lengths by a code of its own: 8 and 0, a bit each.
        bits.put(0, 1).put(12 - 4, 4)
        order = (17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8)
        for length_symbol in order:
            bits.put(1 if length_symbol in (0, 8) else 0, 3)
        bits.put(0, 1)
        for symbol in range(symbols):
            bits.put(1 if symbol < 256 else 0, 1)
    for _ in range(3):
        single(bits)
    flip = [int(f"{value:08b}"[::-1], 2) for value in range(256)]
    columns, rows = -(-width // 4), -(-height // 4)
    for block in range(columns * rows):
        number = min(block, groups - 1)
        bits.put(flip[number & 0xFF], 8).put(flip[number >> 8], 8)
    # Each group is five codes of one symbol, 1000 in bits: the same byte again and again, wherever it begins.
    shift = bits.count
    same = 0x1111 << shift % 4 >> 4 & 0xFF
    first = bits.value | 0x11 << shift & 0xFF
    return [bytes(bits.done) + bytes([first]), (bytes([same]), groups * 20 // 8), bytes(64)]


class Booleans:
    """RFC 6386, section 7: the first decisions; what follows as zeros is false."""

    def __init__(self):
        self.low, self.range, self.bits = 0, 255, 0

    def put(self, bit, probability=128):
        split = 1 + ((self.range - 1) * probability >> 8)
        if bit:
            self.low += split << 16
            self.range -= split
        else:
            self.range = split
        while self.range < 128:
            self.range <<= 1
            self.low <<= 1
            self.bits += 1

    def literal(self, value, count):
        for bit in reversed(range(count)):
            self.put(value >> bit & 1)

    def bytes(self):
        total = 24 + self.bits
        return (self.low << (-total % 8)).to_bytes(-(-total // 8), "big")


def lossy(width, height, size, level=0, simple=0):
    """A picture of one colour: its data are zeros, `size` bytes of modes and as many of coefficients."""
    head = Booleans()
    for _ in range(3):
        head.put(0)
    head.put(simple)
    head.literal(level, 6)
    modes = head.bytes() if level else b""
    size = max(size, len(modes))
    tag = 0 | 1 << 4 | size << 5
    frame = struct.pack("<I", tag)[:3] + b"\x9d\x01\x2a" + struct.pack("<HH", width, height)
    return [frame, modes, (b"\0", size - len(modes)), (b"\0", size)]


def chunk(kind, data):
    data = parts_of(data)
    size = length(data)
    return [kind + struct.pack("<I", size)] + data + [bytes(size % 2)]


def riff(*chunks, size=None):
    body = [piece for part in chunks for piece in part]
    total = 4 + length(parts_of(body)) if size is None else size
    return [b"RIFF" + struct.pack("<I", total) + b"WEBP"] + body


def extended(width, height, flags):
    return chunk(b"VP8X", struct.pack("<I", flags) + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3])


def frame(width, height, data, kind=b"VP8L"):
    inner = chunk(kind, data)
    head = bytes(6) + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3] + b"\x01\0\0\0"
    return chunk(b"ANMF", [head] + inner)


ANIMATION = chunk(b"ANIM", bytes(6))


def photo(name, body, pixels, statuses=(), **more):
    post("webp: " + name, body, "image/webp", pixels=pixels, statuses=statuses, **more)


def stills():
    for width, height in ((1, 1), (64, 64), (1000, 700), (4000, 3000), (8192, 6000), (10000, 5000), (16383, 3051)):
        for alpha in (0, 1):
            photo(f"lossless {width} x {height}, alpha {alpha}", riff(chunk(b"VP8L", lossless(width, height, alpha))),
                  width * height, quick=None if (width, alpha) != (8192, 1) else True)
    for width, height in ((16384, 16384), (16384, 1), (10000, 5001)):
        photo(f"lossless {width} x {height}", riff(chunk(b"VP8L", lossless(width, height))), width * height)
    for transforms in ((0,), (1,), (2,), (3,), (0, 1, 2), (2, 1, 0), (0, 0), (3, 0, 1, 2)):
        for width, height in ((4000, 3000), (8192, 6000)):
            photo(f"transforms {transforms}, {width} x {height}",
                  riff(chunk(b"VP8L", lossless(width, height, 1, transforms))), width * height)
    for groups, side in ((1000, 256), (10_000, 512), (65_536, 1024)):
        photo(f"{groups} groups of codes", riff(chunk(b"VP8L", many_groups(side, side, groups))), side * side)
    for width, height in ((64, 64), (1000, 700), (4000, 3000), (8192, 6000)):
        for level in (0, 63):
            size = max(1000, width * height // 200)
            photo(f"lossy {width} x {height}, filter {level}", riff(chunk(b"VP8 ", lossy(width, height, size, level))),
                  width * height, quick=None if (width, level) != (8192, 63) else True)
    photo("lossy of 49 megapixels without data", riff(chunk(b"VP8 ", lossy(8192, 6000, 100))), 8192 * 6000)
    photo("lossy, 8 partitions of nothing", riff(chunk(b"VP8 ", [lossy(4000, 3000, 1000)[0], bytes(3000)])), 12_000_000)
    photo("lossless cut in its codes", riff(chunk(b"VP8L", lossless(8192, 6000)[:6])), 8192 * 6000, (422,))
    for alpha in (0, 1, 2, 3):
        photo(f"lossy with alpha of kind {alpha}", riff(
            extended(4000, 3000, 16), chunk(b"ALPH", bytes([alpha]) + lossless(4000, 3000)[5:]),
            chunk(b"VP8 ", lossy(4000, 3000, 60_000))), 12_000_000)
    photo("drawn, 49 megapixels", riff(chunk(b"VP8L", lossless(8192, 6000))), 8192 * 6000,
          target="/detect?format=image", headers=["Accept: image/jpeg"])


def containers():
    still = chunk(b"VP8L", lossless(64, 64))
    photo("a canvas larger than its picture", riff(extended(10000, 5000, 0), still), 50_000_000)
    photo("a canvas smaller than its picture", riff(extended(1, 1, 0), chunk(b"VP8L", lossless(8192, 6000))), 8192 * 6000)
    photo("a canvas of 16777216 x 16777216", riff(extended(1 << 24, 1 << 24, 0), still), 1 << 48)
    photo("a canvas alone", riff(extended(5000, 5000, 0)), 25_000_000)
    for kind, flag in ((b"ICCP", 32), (b"EXIF", 8), (b"XMP ", 4), (b"ABCD", 0)):
        for size in (0, 1, MIB, 19 * MIB):
            photo(f"{kind.decode()} of {size} bytes", riff(
                extended(64, 64, flag), chunk(kind, [(b"\0", size)]), still), 4096)
        photo(f"{kind.decode()} to the limit", riff(
            extended(64, 64, flag), [fill(kind + bytes(4), around=1000)], still), 4096)
        photo(f"{kind.decode()} to the limit, behind", riff(
            extended(64, 64, flag), still, [fill(kind + bytes(4), around=1000)]), 4096)
        photo(f"{kind.decode()} of 4 GiB", riff(extended(64, 64, flag), [kind + b"\xff\xff\xff\xff"], still), 4096)
    tiff = b"MM\0*\0\0\0\x08\xff\xff" + b"\x87\x69\0\4\0\0\0\1\0\0\0\x08" * 50_000
    photo("EXIF of 50,000 entries", riff(extended(64, 64, 8), still, chunk(b"EXIF", tiff)), 4096)
    turned = b"MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"
    photo("turned, 49 megapixels", riff(extended(8192, 6000, 24), chunk(b"VP8L", lossless(8192, 6000, 1)),
                                        chunk(b"EXIF", turned)), 8192 * 6000)
    for size in (0, 4, 11, 0xFFFFFFFF):
        photo(f"a RIFF of {size:x}", riff(still, size=size), 4096)
    whole = b"".join(piece * times for piece, times in parts_of(riff(extended(64, 64, 16), still)))
    for cut in range(0, len(whole), 3):
        photo(f"cut at {cut}", whole[:cut], 4096)
    generator = random.Random(4)
    for number in range(30):
        wrong = bytearray(whole)
        for _ in range(1 << number % 4):
            wrong[generator.randrange(12, len(wrong))] = generator.randrange(256)
        photo(f"damaged {number}", bytes(wrong), 1 << 28)


def animations():
    tiny = frame(1, 1, lossless(1, 1))
    full = frame(8192, 6000, lossless(8192, 6000))
    for width, height in ((64, 64), (8192, 6000)):
        photo(f"100,000 frames on {width} x {height}", riff(
            extended(width, height, 2), ANIMATION, [(b"".join(p * t for p, t in parts_of(tiny)), 100_000)]),
            width * height)
        photo(f"frames as large as {width} x {height}", riff(
            extended(width, height, 2), ANIMATION,
            [(b"".join(p * t for p, t in parts_of(frame(width, height, lossless(width, height)))), 1000)]),
            width * height)
    photo("a frame larger than its canvas", riff(extended(1, 1, 2), ANIMATION, full), 8192 * 6000)
    photo("a small frame on a large canvas", riff(extended(10000, 5000, 2), ANIMATION, tiny), 50_000_000)
    photo("no frame", riff(extended(5000, 5000, 2), ANIMATION), 25_000_000)
    photo("a frame in a frame", riff(extended(64, 64, 2), ANIMATION, chunk(b"ANMF", [bytes(16)] + tiny)), 4096)
    photo("empty frames to the limit", riff(
        extended(64, 64, 2), ANIMATION, [fill(b"ANMF" + bytes(4), around=1000)]), 4096, quick=True)
    photo("animated without a canvas", riff(ANIMATION, tiny), 1)


def make():
    stills()
    containers()
    animations()
