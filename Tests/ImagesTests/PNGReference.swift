/// A plain PNG decoder (ISO/IEC 15948), the oracle of the fast one: inflate bit by bit (RFC 1951), every colour type and
/// depth, Adam7, transparency composed on black, 16-bit samples rounded to 8. It trusts its input.
struct PNGReference {
    private(set) var width = 0
    private(set) var height = 0
    private(set) var pixels: [UInt8] = []

    private var depth = 0
    private var colorType = 0
    private var palette: [UInt8] = []
    private var transparency: [UInt8] = []

    init(_ bytes: [UInt8]) {
        var position = 8
        var data: [UInt8] = []
        var interlaced = false
        func word(_ offset: Int) -> Int { (0..<4).reduce(0) { $0 << 8 | Int(bytes[offset + $1]) } }
        while position < bytes.count {
            let length = word(position)
            let body = Array(bytes[position + 8..<position + 8 + length])
            switch String(decoding: bytes[position + 4..<position + 8], as: UTF8.self) {
            case "IHDR":
                (width, height) = (word(position + 8), word(position + 12))
                (depth, colorType, interlaced) = (Int(body[8]), Int(body[9]), body[12] == 1)
            case "PLTE": palette = body
            case "tRNS": transparency = body
            case "IDAT": data += body
            default: break
            }
            position += 12 + length
        }
        pixels = [UInt8](repeating: 0, count: width * height * 3)
        var raw = Inflate.zlib(data)[...]
        let adam7 = [
            (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2),
        ]
        for grid in interlaced ? adam7 : [(0, 0, 1, 1)] { pass(&raw, grid) }
    }

    private mutating func pass(_ raw: inout ArraySlice<UInt8>, _ grid: (x: Int, y: Int, dx: Int, dy: Int)) {
        let columns = (width - grid.x + grid.dx - 1) / grid.dx
        let rows = (height - grid.y + grid.dy - 1) / grid.dy
        guard columns > 0, rows > 0 else { return }
        let channels = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][colorType] ?? 0
        let rowBytes = (columns * channels * depth + 7) / 8
        let step = max(1, channels * depth / 8)
        var above = [UInt8](repeating: 0, count: rowBytes)
        for row in 0..<rows {
            let filter = raw.removeFirst()
            var line = Array(raw.prefix(rowBytes))
            raw = raw.dropFirst(rowBytes)
            for index in 0..<rowBytes {
                let a = index >= step ? Int(line[index - step]) : 0
                let b = Int(above[index])
                let c = index >= step ? Int(above[index - step]) : 0
                let predicted: Int
                switch filter {
                case 1: predicted = a
                case 2: predicted = b
                case 3: predicted = (a + b) / 2
                case 4:
                    let p = a + b - c
                    let (pa, pb, pc) = (abs(p - a), abs(p - b), abs(p - c))
                    predicted = pa <= pb && pa <= pc ? a : pb <= pc ? b : c
                default: predicted = 0
                }
                line[index] = line[index] &+ UInt8(predicted)
            }
            above = line
            for column in 0..<columns {
                let samples = (0..<channels).map { sample(line, column * channels + $0) }
                let offset = ((grid.y + row * grid.dy) * width + grid.x + column * grid.dx) * 3
                let color = shown(samples)
                for channel in 0..<3 { pixels[offset + channel] = color[channel] }
            }
        }
    }

    private func sample(_ line: [UInt8], _ index: Int) -> Int {
        if depth == 16 { return Int(line[index * 2]) << 8 | Int(line[index * 2 + 1]) }
        let bit = index * depth
        return Int(line[bit / 8]) >> (8 - depth - bit % 8) & (1 << depth - 1)
    }

    private func shown(_ samples: [Int]) -> [UInt8] {
        let most = Double(1 << depth - 1)
        if colorType == 3 {
            let alpha = samples[0] < transparency.count ? Double(transparency[samples[0]]) / 255 : 1
            return (0..<3).map { UInt8((Double(palette[samples[0] * 3 + $0]) * alpha).rounded()) }
        }
        let colors = colorType & 2 != 0 ? Array(samples.prefix(3)) : [samples[0], samples[0], samples[0]]
        var alpha = 1.0
        if colorType & 4 != 0 { alpha = Double(samples[samples.count - 1]) / most }
        if !transparency.isEmpty {
            let keys = stride(from: 0, to: transparency.count, by: 2).map {
                Int(transparency[$0]) << 8 | Int(transparency[$0 + 1])
            }
            if Array(samples.prefix(keys.count)) == keys { alpha = 0 }
        }
        return colors.map { UInt8((Double($0) / most * alpha * 255).rounded()) }
    }
}

/// RFC 1950 and 1951, without checks.
private struct Inflate {
    private let bytes: [UInt8]
    private var bit = 16
    private var output: [UInt8] = []

    static func zlib(_ bytes: [UInt8]) -> [UInt8] {
        var inflate = Inflate(bytes: bytes)
        inflate.run()
        return inflate.output
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func bits(_ count: Int) -> Int {
        var value = 0
        for index in 0..<count {
            value |= Int(bytes[bit / 8] >> UInt8(bit % 8) & 1) << index
            bit += 1
        }
        return value
    }

    /// Codes of a Huffman table, by length and value.
    private static func table(_ lengths: [Int]) -> [[Int]: Int] {
        var codes: [[Int]: Int] = [:]
        var code = 0
        for length in 1...15 {
            code <<= 1
            for (symbol, own) in lengths.enumerated() where own == length {
                codes[[length, code]] = symbol
                code += 1
            }
        }
        return codes
    }

    private mutating func symbol(_ table: [[Int]: Int]) -> Int {
        var code = 0
        for length in 1...15 {
            code = code << 1 | bits(1)
            if let symbol = table[[length, code]] { return symbol }
        }
        return 256
    }

    private mutating func run() {
        var isLast = false
        while !isLast {
            isLast = bits(1) == 1
            switch bits(2) {
            case 0:
                bit = (bit + 7) / 8 * 8
                let length = bits(16)
                bit += 16
                output += bytes[bit / 8..<bit / 8 + length]
                bit += length * 8
            case 1:
                let lengths = (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 }
                block(Self.table(lengths), Self.table([Int](repeating: 5, count: 30)))
            default:
                let (literals, distances, codes) = (bits(5) + 257, bits(5) + 1, bits(4) + 4)
                var codeLengths = [Int](repeating: 0, count: 19)
                for slot in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15].prefix(codes) {
                    codeLengths[slot] = bits(3)
                }
                let codeTable = Self.table(codeLengths)
                var lengths: [Int] = []
                while lengths.count < literals + distances {
                    switch symbol(codeTable) {
                    case 16: lengths += [Int](repeating: lengths[lengths.count - 1], count: 3 + bits(2))
                    case 17: lengths += [Int](repeating: 0, count: 3 + bits(3))
                    case 18: lengths += [Int](repeating: 0, count: 11 + bits(7))
                    case let length: lengths.append(length)
                    }
                }
                block(Self.table(Array(lengths[..<literals])), Self.table(Array(lengths[literals...])))
            }
        }
    }

    private mutating func block(_ literals: [[Int]: Int], _ distances: [[Int]: Int]) {
        while true {
            let code = symbol(literals)
            if code < 256 {
                output.append(UInt8(code))
                continue
            }
            if code == 256 { return }
            var length = 258
            if code < 285 {
                let extra = code < 265 ? 0 : (code - 261) / 4
                length = code < 265 ? code - 254 : (4 + (code - 265) % 4) << extra + 3 + bits(extra)
            }
            let slot = symbol(distances)
            let extra = slot < 4 ? 0 : slot / 2 - 1
            let distance = slot < 4 ? slot + 1 : (2 + slot % 2) << extra + 1 + bits(extra)
            for _ in 0..<length { output.append(output[output.count - distance]) }
        }
    }
}
