/// Chunks of PNG files, made by hand.
enum PNGBytes {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// A chunk with its length and checksum.
    static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + data
        return word(data.count) + body + word(Int(checksum(body)))
    }

    /// The header chunk of a picture.
    static func header(width: Int, height: Int, depth: UInt8 = 8, colorType: UInt8 = 2, interlace: UInt8 = 0) -> [UInt8]
    {
        chunk("IHDR", word(width) + word(height) + [depth, colorType, 0, 0, interlace])
    }

    /// A zlib stream that stores `data` (less than 64 KiB) as it is.
    static func stored(_ data: [UInt8]) -> [UInt8] {
        var (a, b) = (1, 0)
        for byte in data {
            a = (a + Int(byte)) % 65_521
            b = (b + a) % 65_521
        }
        let length = [UInt8(data.count & 0xFF), UInt8(data.count >> 8)]
        return [0x78, 0x01, 0x01] + length + length.map { ~$0 } + data + word(b << 16 | a)
    }

    /// The chunks of a file: where each begins, and its type.
    static func chunks(_ bytes: [UInt8]) -> [(type: String, range: Range<Int>)] {
        var found: [(type: String, range: Range<Int>)] = []
        var position = 8
        while position < bytes.count {
            let length = (0..<4).reduce(0) { $0 << 8 | Int(bytes[position + $1]) }
            found.append(
                (String(decoding: bytes[position + 4..<position + 8], as: UTF8.self), position..<position + 12 + length)
            )
            position += 12 + length
        }
        return found
    }

    private static func word(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(value >> $0 & 0xFF) } }

    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var sum = UInt32.max
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        return ~sum
    }
}
