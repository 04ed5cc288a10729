/// How many groups of prefix codes a lossless WebP image (RFC 9649, section 3) may have.
///
/// libwebp makes tables of 12 to 20 kB for each group, of which a file pays 20 bits: a file of 300 kB could take 1 GB. How
/// many there are stands behind the transforms, whose data are coded themselves; they are read over here, and nothing is
/// kept of them. Tiles are counted, since each has one group: libwebp's own encoder never has more than 2600.
struct WebPPrefixCodes {
    /// Tiles of the picture that name their group of codes; 1 where all is coded alike.
    private(set) var tiles = 1
    private var cacheBits = 0
    private var bits: BitReader

    /// Reads the image of a `VP8L` chunk.
    init(lossless bytes: EncodedBytes) throws(ImageError) {
        bits = BitReader(bytes: bytes)
        guard try bits.read(8) == 0x2F else { throw .corrupt(.webp, reason: "its headers are malformed") }
        let size = ImageSize(width: try bits.read(14) + 1, height: try bits.read(14) + 1)
        guard try bits.read(4) >> 1 == 0 else { throw .unsupported("this kind of WebP") }
        try readHead(size)
    }

    /// Reads the transparency of a picture of `size`, as an `ALPH` chunk holds it (section 2.7.1.2).
    init(alpha bytes: EncodedBytes, size: ImageSize) throws(ImageError) {
        bits = BitReader(bytes: bytes)
        guard try bits.read(8) & 3 == 1 else { return }
        try readHead(size)
    }

    /// What the decoder takes for the codes, in bytes: four for an entry of a table, and what knows where they are.
    var memory: Int { min(tiles, 1 << 16) * (4 * (2962 + (1 << cacheBits)) + 600) }

    // MARK: The head

    private mutating func readHead(_ size: ImageSize) throws(ImageError) {
        var width = size.width
        var seen: Set<Int> = []
        while try bits.read(1) == 1 {
            let transform = try bits.read(2)
            guard seen.insert(transform).inserted else { throw Self.malformed }
            switch transform {
            case 0, 1:  // Of a predictor or of colour: a parameter for each block.
                let block = try bits.read(3) + 2
                try skipImage(pixels: Self.parts(width, block) * Self.parts(size.height, block))
            case 3:  // A palette, of which several indices may share a pixel.
                let colors = try bits.read(8) + 1
                try skipImage(pixels: colors)
                width = Self.parts(width, colors > 16 ? 0 : colors > 4 ? 1 : colors > 2 ? 2 : 3)
            default: break
            }
        }
        cacheBits = try readCacheBits()
        guard try bits.read(1) == 1 else { return }
        let tile = try bits.read(3) + 2
        tiles = Self.parts(width, tile) * Self.parts(size.height, tile)
    }

    private static func parts(_ length: Int, _ bits: Int) -> Int { (length + (1 << bits) - 1) >> bits }

    private static let malformed = ImageError.corrupt(.webp, reason: "its data contradicts itself")

    private mutating func readCacheBits() throws(ImageError) -> Int {
        guard try bits.read(1) == 1 else { return 0 }
        let count = try bits.read(4)
        guard (1...11).contains(count) else { throw Self.malformed }
        return count
    }

    /// Reads over an image that is coded with one group of codes.
    private mutating func skipImage(pixels: Int) throws(ImageError) {
        let cacheBits = try readCacheBits()
        let cached = cacheBits == 0 ? 0 : 1 << cacheBits
        let green = try readCode(symbols: 256 + 24 + cached)
        let others = [try readCode(symbols: 256), try readCode(symbols: 256), try readCode(symbols: 256)]
        let distance = try readCode(symbols: 40)
        var done = 0
        while done < pixels {
            let symbol = try green.read(&bits)
            switch symbol {
            case ..<256:
                for code in others { _ = try code.read(&bits) }
                done += 1
            case ..<280:
                done += try readLength(symbol - 256)
                _ = try readLength(distance.read(&bits))
            default: done += 1
            }
        }
        guard done == pixels else { throw Self.malformed }
    }

    /// A length or distance: a prefix and further bits, section 3.7.2.2.
    private mutating func readLength(_ prefix: Int) throws(ImageError) -> Int {
        guard prefix >= 4 else { return prefix + 1 }
        let extra = (prefix - 2) >> 1
        return ((2 + (prefix & 1)) << extra) + (try bits.read(extra)) + 1
    }

    /// A prefix code, section 3.7.2.1.
    private mutating func readCode(symbols: Int) throws(ImageError) -> PrefixCode {
        var lengths = [UInt8](repeating: 0, count: symbols)
        if try bits.read(1) == 1 {
            let isPair = try bits.read(1) == 1
            let first = try bits.read(try bits.read(1) == 0 ? 1 : 8)
            // What is no symbol of this code counts for nothing.
            for symbol in [first] + (isPair ? [try bits.read(8)] : []) where symbol < symbols { lengths[symbol] = 1 }
            return try PrefixCode(lengths)
        }
        var ofLengths = [UInt8](repeating: 0, count: 19)
        let order = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]
        let count = try bits.read(4) + 4
        guard count <= order.count else { throw Self.malformed }
        for place in order.prefix(count) { ofLengths[place] = UInt8(try bits.read(3)) }
        let code = try PrefixCode(ofLengths)
        var left = symbols
        if try bits.read(1) == 1 {
            left = 2 + (try bits.read(2 + 2 * (try bits.read(3))))
            guard left <= symbols else { throw Self.malformed }
        }
        var symbol = 0
        var previous: UInt8 = 8
        while symbol < symbols, left > 0 {
            left -= 1
            let length = try code.read(&bits)
            guard length >= 16 else {
                lengths[symbol] = UInt8(length)
                if length > 0 { previous = UInt8(length) }
                symbol += 1
                continue
            }
            let (base, extra) = length == 16 ? (3, 2) : length == 17 ? (3, 3) : (11, 7)
            let run = base + (try bits.read(extra))
            guard run <= symbols - symbol else { throw Self.malformed }
            if length == 16 { for index in symbol..<symbol + run { lengths[index] = previous } }
            symbol += run
        }
        return try PrefixCode(lengths)
    }

    // MARK: Bits

    /// Numbers of a few bits, least significant bit first.
    private struct BitReader {
        let bytes: EncodedBytes
        private var position = 0

        init(bytes: EncodedBytes) { self.bytes = bytes }

        mutating func bit() throws(ImageError) -> Int {
            guard let byte = bytes[position >> 3] else { throw .truncated(.webp) }
            defer { position += 1 }
            return Int(byte) >> (position & 7) & 1
        }

        mutating func read(_ count: Int) throws(ImageError) -> Int {
            var value = 0
            for index in 0..<count { value |= (try bit()) << index }
            return value
        }
    }

    /// A canonical prefix code: lengths of at most 15 bits that use up all codes, or a single symbol without any.
    private struct PrefixCode {
        /// Symbols by length, then by number.
        private var symbols: [Int] = []
        private var counts = [Int](repeating: 0, count: 16)

        init(_ lengths: [UInt8]) throws(ImageError) {
            for length in lengths where length > 0 { counts[Int(length)] += 1 }
            for length in UInt8(1)...15 where counts[Int(length)] > 0 {
                for (symbol, other) in lengths.enumerated() where other == length { symbols.append(symbol) }
            }
            let used = (1...15).reduce(0) { $0 + (counts[$1] << (15 - $1)) }
            guard symbols.count == 1 || used == 1 << 15 else { throw WebPPrefixCodes.malformed }
        }

        func read(_ bits: inout BitReader) throws(ImageError) -> Int {
            if symbols.count == 1 { return symbols[0] }
            var code = 0
            var first = 0
            var place = 0
            for length in 1...15 {
                code |= try bits.bit()
                let count = counts[length]
                if code - first < count { return symbols[place + code - first] }
                place += count
                first = (first + count) << 1
                code <<= 1
            }
            throw WebPPrefixCodes.malformed
        }
    }
}
