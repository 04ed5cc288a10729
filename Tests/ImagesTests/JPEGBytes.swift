/// Where the segments of a well-formed JPEG file are.
enum JPEGBytes {
    /// The segments from behind the start of the image up to the end marker: header, and data of a scan up to the next.
    static func segments(_ bytes: [UInt8]) -> [(marker: UInt8, range: Range<Int>)] {
        var found: [(marker: UInt8, range: Range<Int>)] = []
        var position = 2
        while position < bytes.count, bytes[position + 1] != 0xD9 {
            let marker = bytes[position + 1]
            var end = position + 2 + Int(bytes[position + 2]) << 8 + Int(bytes[position + 3])
            if marker == 0xDA {
                while bytes[end] != 0xFF || bytes[end + 1] == 0 || (0xD0...0xD7).contains(bytes[end + 1]) { end += 1 }
            }
            found.append((marker, position..<end))
            position = end
        }
        found.append((0xD9, position..<position + 2))
        return found
    }

    /// A file with a segment of metadata behind the start of the image.
    static func inserting(_ marker: UInt8, _ data: [UInt8], into bytes: [UInt8]) -> [UInt8] {
        let length = data.count + 2
        return Array(bytes[..<2]) + [0xFF, marker, UInt8(length >> 8), UInt8(length & 0xFF)] + data + Array(bytes[2...])
    }
}
