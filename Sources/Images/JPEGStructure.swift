/// The segments of a JPEG file (ITU-T T.81, annex B), walked marker by marker before anything is decoded: the size, the
/// orientation and what the scans cost. Nothing is kept of a segment but numbers, however many there are.
struct JPEGStructure {
    /// A component of the frame: how often it is sampled, beside the others.
    private struct Component {
        var identifier: UInt8
        var horizontal: Int
        var vertical: Int
    }

    /// Segments of a file. Photos have tens, and some thousands with a depth map or a long history in them.
    static let maximumSegments = 100_000

    private(set) var size = ImageSize(width: 0, height: 0)
    private(set) var orientation = Orientation.topLeft
    /// Samples are stored as Adobe's programs store them: CMYK inverted.
    private(set) var hasAdobeMarker = false
    /// The end-of-image marker is absent.
    private(set) var lacksEnd = false

    private let limits: ImageLimits
    private let fileBytes: Int
    private var components: [Component] = []
    private var isProgressive = false
    private var hasExif = false
    private var scans = 0
    private var scanSamples = 0
    private var firstScanIsWhole = false

    /// Walks the whole file, and refuses one that lacks scans or has too many.
    init(_ bytes: EncodedBytes, limits: ImageLimits) throws(ImageError) {
        self.limits = limits
        fileBytes = bytes.count
        try walk(bytes, headersOnly: false)
    }

    /// Walks the segments up to the header of the first scan only.
    init(headersOf bytes: EncodedBytes, limits: ImageLimits) throws(ImageError) {
        self.limits = limits
        fileBytes = bytes.count
        try walk(bytes, headersOnly: true)
    }

    /// Rows of pixels that must precede the first sign of damage. Of a sequential picture the last row of blocks, or a
    /// hundredth of all rows if that is more, may be lost: a transfer that broke off at the very end. A picture of a
    /// single row of blocks is whole or useless; and a progressive one is whole, since damage there is everywhere.
    var requiredRows: Int {
        let rowOfBlocks = 8 * (components.map(\.vertical).max() ?? 1)
        let lastRow = (size.height - 1) / rowOfBlocks * rowOfBlocks
        guard !isProgressive, lastRow > 0 else { return size.height }
        return min(lastRow, size.height - size.height / 100)
    }

    // MARK: The walk

    private mutating func walk(_ bytes: EncodedBytes, headersOnly: Bool) throws(ImageError) {
        var position = 2
        var segments = 0
        var inEntropyCodedData = false
        while true {
            guard let marker = Self.nextMarker(bytes, &position, inEntropyCodedData) else {
                // The last bytes of a file get lost. Where a single scan holds the whole picture the decoder itself
                // notices if any of it is missing, so that the absence of the marker alone is no damage. Where there
                // are several, further ones may have followed: nobody could know.
                guard inEntropyCodedData, !isProgressive, scans == 1, firstScanIsWhole else { throw .truncated(.jpeg) }
                lacksEnd = true
                return
            }
            inEntropyCodedData = false
            segments += 1
            guard segments <= Self.maximumSegments else {
                throw .tooManySegments(.jpeg, limit: Self.maximumSegments)
            }
            switch marker {
            case 0xD9:
                guard scans > 0 else { throw .corrupt(.jpeg, reason: "it holds no picture") }
                return
            case 0x01, 0xD0...0xD7:
                continue  // TEM and restart markers stand alone.
            case 0xD8:
                throw .corrupt(.jpeg, reason: "a second picture begins within the first")
            default:
                break
            }
            guard let length = bytes.number(at: position, size: 2, bigEndian: true) else { throw .truncated(.jpeg) }
            guard length >= 2 else { throw .corrupt(.jpeg, reason: "a segment is shorter than its own header") }
            guard let segment = bytes.slice(position + 2, length: length - 2) else { throw .truncated(.jpeg) }
            switch marker {
            case 0xC0, 0xC1, 0xC2:
                try readFrame(segment, marker: marker)
            case 0xC9, 0xCA:
                // Nothing in use writes it. Its decoder takes up to 250 ns a sample, of a file of a bit a sample: nine
                // seconds for 12 megapixels.
                throw .unsupported("arithmetic-coded JPEG")
            case 0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF:
                throw .unsupported("lossless or hierarchical JPEG")
            case 0xDA:
                try readScan(segment)
                if headersOnly { return }
                inEntropyCodedData = true
            case 0xE1: readExif(segment)
            case 0xEE: readAdobe(segment)
            default: break
            }
            position += length
        }
    }

    /// The next marker's second byte, with `position` moved behind it; nil at the end of the bytes.
    ///
    /// Within entropy-coded data a stuffed zero and restart markers are data. Between segments there should be nothing;
    /// bytes that are there nevertheless (cameras pad with zeros) are skipped here as the decoder skips them.
    private static func nextMarker(
        _ bytes: EncodedBytes, _ position: inout Int, _ inEntropyCodedData: Bool
    ) -> UInt8? {
        while let prefix = bytes.firstOffset(of: 0xFF, from: position) {
            position = prefix + 1
            while bytes[position] == 0xFF { position += 1 }
            guard let code = bytes[position] else { return nil }
            position += 1
            if code == 0 { continue }
            if inEntropyCodedData, (0xD0...0xD7).contains(code) { continue }
            return code
        }
        return nil
    }

    // MARK: Segments

    /// Frame header, B.2.2.
    private mutating func readFrame(_ segment: EncodedBytes, marker: UInt8) throws(ImageError) {
        guard components.isEmpty else { throw .corrupt(.jpeg, reason: "it has two frame headers") }
        guard let precision = segment[0], let height = segment.number(at: 1, size: 2, bigEndian: true),
            let width = segment.number(at: 3, size: 2, bigEndian: true), let count = segment[5],
            segment.count == 6 + 3 * Int(count)
        else { throw .corrupt(.jpeg, reason: "the frame header has the wrong length") }
        guard precision == 8 else { throw .unsupported("JPEG of \(precision) bits a sample") }
        guard [1, 3, 4].contains(count) else { throw .unsupported("JPEG of \(count) components") }
        guard width > 0 else { throw .corrupt(.jpeg, reason: "the width is zero") }
        // A height of zero announces a DNL segment (B.2.5), which no encoder in use writes.
        guard height > 0 else { throw .unsupported("JPEG without a height in its header") }
        size = ImageSize(width: width, height: height)
        try limits.check(size)
        for index in 0..<Int(count) {
            guard let identifier = segment[6 + 3 * index], let factors = segment[7 + 3 * index],
                (1...4).contains(factors >> 4), (1...4).contains(factors & 15)
            else { throw .corrupt(.jpeg, reason: "a component is sampled in a way that does not exist") }
            components.append(
                Component(identifier: identifier, horizontal: Int(factors >> 4), vertical: Int(factors & 15)))
        }
        isProgressive = marker == 0xC2
    }

    /// Scan header, B.2.3.
    private mutating func readScan(_ segment: EncodedBytes) throws(ImageError) {
        guard !components.isEmpty else { throw .corrupt(.jpeg, reason: "a scan precedes the frame header") }
        guard let count = segment[0].map(Int.init), (1...components.count).contains(count),
            segment.count == 4 + 2 * count
        else { throw .corrupt(.jpeg, reason: "a scan header is malformed") }
        scans += 1
        guard scans <= limits.maximumScans else { throw .tooManyScans(limit: limits.maximumScans) }
        if scans == 1 {
            firstScanIsWhole = count == components.count
            try checkMemory()
        }
        for index in 0..<count { scanSamples += samples(ofComponent: segment[1 + 2 * index]) }
        // A single scan over everything is what every picture costs.
        let limit = limits.maximumScanSamples(of: size)
        guard scans == 1 || scanSamples <= limit else { throw .tooManyScanSamples(limit: limit) }
    }

    /// A picture of one scan is decoded row by row. Of one that comes in several the decoder holds every coefficient, two
    /// bytes each, until the last scan has been read.
    private func checkMemory() throws(ImageError) {
        var bytes = 3 * size.width * size.height
        if isProgressive || !firstScanIsWhole { bytes += components.reduce(0) { $0 + 2 * samples(of: $1) } }
        try limits.checkMemory(bytes, of: size, fileBytes: fileBytes)
    }

    /// The samples of the component that a scan names; of the largest one if there is none or more than one of this name,
    /// on which the decoder has the last word.
    private func samples(ofComponent identifier: UInt8?) -> Int {
        let named = components.filter { $0.identifier == identifier }
        return (named.count == 1 ? named : components).map(samples(of:)).max() ?? 0
    }

    /// The samples that are stored of a component: blocks of 64, filled up to those that are interleaved (A.2).
    private func samples(of component: Component) -> Int {
        func blocks(_ pixels: Int, _ factor: Int, _ largest: Int) -> Int {
            let blocks = (pixels * factor + 8 * largest - 1) / (8 * largest)
            return (blocks + factor - 1) / factor * factor
        }
        let columns = blocks(size.width, component.horizontal, components.map(\.horizontal).max() ?? 1)
        let rows = blocks(size.height, component.vertical, components.map(\.vertical).max() ?? 1)
        return 64 * columns * rows
    }

    private mutating func readExif(_ segment: EncodedBytes) {
        guard !hasExif, segment.has("Exif", at: 0), segment[4] == 0 else { return }
        hasExif = true
        orientation = ExifOrientation.read(segment)
    }

    private mutating func readAdobe(_ segment: EncodedBytes) {
        if segment.has("Adobe", at: 0), segment.count >= 12 { hasAdobeMarker = true }
    }
}
