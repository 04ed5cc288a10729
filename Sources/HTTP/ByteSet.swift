/// A set of ASCII octets as a 128-bit map: a constant, with a branch-free test and no table to load.
struct ByteSet: Sendable {
    let low: UInt64
    let high: UInt64

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        let word = byte < 64 ? low : high
        return byte < 128 && (word >> UInt64(byte & 63)) & 1 == 1
    }

    /// `tchar` (RFC 9110, section 5.6.2).
    @inline(__always)
    static var token: ByteSet { ByteSet(low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE) }

    /// What a request target may hold: every visible ASCII octet but `#`. RFC 3986 is narrower, yet `|`, `"` and braces
    /// arrive unescaped from common clients and cannot be mistaken for a delimiter.
    @inline(__always)
    static var target: ByteSet { ByteSet(low: 0xFFFF_FFF6_0000_0000, high: 0x7FFF_FFFF_FFFF_FFFF) }

    /// `reg-name` and IPv4 (RFC 3986, section 3.2.2): unreserved, sub-delims and `%`.
    @inline(__always)
    static var host: ByteSet { ByteSet(low: 0x2BFF_7FF2_0000_0000, high: 0x47FF_FFFE_87FF_FFFE) }

    /// `bchars` (RFC 2046, section 5.1.1).
    @inline(__always)
    static var boundary: ByteSet { ByteSet(low: 0xA7FF_FB81_0000_0000, high: 0x07FF_FFFE_87FF_FFFE) }
}
