/// `uri-host [ ":" port ]`, the value of `Host` (RFC 9110, section 7.2) and the authority of an absolute target. User
/// information is not part of it.
enum Authority {
    /// Whether `bytes` are an authority: a registered name, an IPv4 address or a bracketed IPv6 address, perhaps empty, and
    /// perhaps a port of at most 65535.
    static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var i = 0
        if bytes.first == UInt8(ascii: "[") {
            guard let end = ByteScan.firstIndex(of: UInt8(ascii: "]"), in: bytes) else { return false }
            let address = bytes[1..<end]
            guard address.contains(UInt8(ascii: ":")), address.count <= 45 else { return false }
            for byte in address {
                let allowed = byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
                guard allowed || Grammar.hexadecimalValue(byte) != nil else { return false }
            }
            i = end + 1
        } else {
            while i < bytes.count, bytes[i] != UInt8(ascii: ":") {
                guard ByteSet.host.contains(bytes[i]) else { return false }
                if bytes[i] == UInt8(ascii: "%") {
                    guard i + 2 < bytes.count, Grammar.hexadecimalValue(bytes[i + 1]) != nil,
                        Grammar.hexadecimalValue(bytes[i + 2]) != nil
                    else { return false }
                }
                i += 1
            }
            // A port with no host before it names nothing.
            guard i > 0 || bytes.isEmpty else { return false }
        }
        guard i < bytes.count else { return true }
        guard bytes[i] == UInt8(ascii: ":") else { return false }
        var port = 0
        for byte in bytes[(i + 1)...] {
            guard Grammar.isDigit(byte) else { return false }
            port = port * 10 + Int(byte - 0x30)
            guard port <= 65535 else { return false }
        }
        return true
    }
}
