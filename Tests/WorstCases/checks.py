"""Check sums of what repeats, without going through all of it."""

import functools
import zlib

POLYNOMIAL = 0xEDB88320  # Of CRC-32, the lowest power first.
ADLER = 65521


def multiply(a, b):
    """The product of two polynomials modulo that of CRC-32; the highest bit is the constant."""
    product = 0
    for bit in range(31, -1, -1):
        if a >> bit & 1:
            product ^= b
        b = b >> 1 ^ (POLYNOMIAL if b & 1 else 0)
    return product


@functools.cache
def shift(size):
    """What a check sum is multiplied by as `size` bytes follow."""
    power, result, bits = 1 << 30, 1 << 31, size * 8
    while bits:
        if bits & 1:
            result = multiply(result, power)
        power = multiply(power, power)
        bits >>= 1
    return result


def joined_crc(first, second, size):
    return multiply(shift(size), first) ^ second


def crc32(parts):
    """Of (bytes, times), each sum of a repetition made by doubling."""
    total = 0
    for piece, times in parts:
        power, size = zlib.crc32(piece), len(piece)
        while times:
            if times & 1:
                total = joined_crc(total, power, size)
            power, size = joined_crc(power, power, size), size * 2
            times >>= 1
    return total


def adler32(parts):
    a, b = 1, 0
    for piece, times in parts:
        once = zlib.adler32(piece, 0)
        grow, low = once & 0xFFFF, once >> 16
        # Each repetition adds `low` and its length times the sum so far, which grows by `grow` each time.
        b += times * (low + len(piece) * a) + len(piece) * grow * (times * (times - 1) // 2)
        a += times * grow
    return a % ADLER | (b % ADLER) << 16


@functools.cache
def block(piece):
    """Deflate blocks that stand for `piece` wherever they stand, and end at a byte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)


def deflate(parts, block_size=1 << 20):
    """A stream of (bytes, times): what repeats is compressed once, a block at a time."""
    packed = []
    for piece, times in parts:
        if not piece or not times:
            continue
        many = max(1, min(times, block_size // len(piece)))
        packed.append((block(piece * many), times // many))
        if times % many:
            packed.append((block(piece * (times % many)), 1))
    return packed + [(b"\x03\0", 1)]


def zlib_stream(parts):
    return b"".join([b"\x78\xda"] + [piece * times for piece, times in deflate(parts)]
                    + [adler32(parts).to_bytes(4, "big")])
