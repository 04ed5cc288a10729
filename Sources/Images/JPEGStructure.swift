/// The segments of a JPEG file (ITU-T T.81, annex B), walked marker by marker before anything is decoded: the size, the
/// orientation and how many scans there are. Also the few harmless deviations that files in use have, each with the
/// bytes that set it right, so that every warning which the decoder then still gives is a sign of damage.
struct JPEGStructure {
    private(set) var size = ImageSize(width: 0, height: 0)
    private(set) var components = 0
    private(set) var orientation = Orientation.topLeft
    /// Samples are stored as Adobe's programs store them: CMYK inverted.
    private(set) var hasAdobeMarker = false

    /// Bytes to be changed, at their offsets, before decoding.
    private(set) var corrections: [(offset: Int, byte: UInt8)] = []
    /// The end-of-image marker is absent, and is to be added before decoding.
    private(set) var lacksEnd = false

    private let limits: ImageLimits
    private let fileBytes: Int
    private var isProgressive = false
    private var adobeTransform: (offset: Int, value: UInt8)?
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

    /// Walks the segments before the first scan only.
    init(headersOf bytes: EncodedBytes, limits: ImageLimits) throws(ImageError) {
        self.limits = limits
        fileBytes = bytes.count
        try walk(bytes, headersOnly: true)
    }

    // MARK: The walk

    private mutating func walk(_ bytes: EncodedBytes, headersOnly: Bool) throws(ImageError) {
        var position = 2
        var inEntropyCodedData = false
        while true {
            guard let marker = Self.nextMarker(bytes, &position, inEntropyCodedData, &corrections) else {
                // The last bytes of a file get lost. Where a single scan holds the whole picture the decoder itself
                // notices if any of it is missing, so that the absence of the marker alone is no damage. Where there
                // are several, further ones may have followed: nobody could know.
                guard inEntropyCodedData, !isProgressive, scans == 1, firstScanIsWhole else { throw .truncated(.jpeg) }
                lacksEnd = true
                return
            }
            inEntropyCodedData = false
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
            case 0xC0, 0xC1, 0xC2, 0xC9, 0xCA:
                try readFrame(segment, marker: marker)
            case 0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF:
                throw .unsupported("lossless or hierarchical JPEG")
            case 0xDA:
                if headersOnly {
                    guard components > 0 else { throw .corrupt(.jpeg, reason: "a scan precedes the frame header") }
                    return
                }
                try readScan(segment, at: position + 2)
                inEntropyCodedData = true
            case 0xE0: readJFIF(segment, at: position + 2)
            case 0xE1: readExif(segment)
            case 0xEE: readAdobe(segment, at: position + 2)
            default: break
            }
            position += length
        }
    }

    /// The next marker's second byte, with `position` moved behind it; nil at the end of the bytes.
    ///
    /// Within entropy-coded data a stuffed zero and restart markers are data. Between segments there should be nothing;
    /// bytes that are there nevertheless (cameras pad with zeros) are corrected to 0xFF, which may be repeated before
    /// any marker (B.1.1.2).
    private static func nextMarker(
        _ bytes: EncodedBytes, _ position: inout Int, _ inEntropyCodedData: Bool,
        _ corrections: inout [(offset: Int, byte: UInt8)]
    ) -> UInt8? {
        let start = position
        while let prefix = bytes.firstOffset(of: 0xFF, from: position) {
            position = prefix + 1
            while bytes[position] == 0xFF { position += 1 }
            guard let code = bytes[position] else { return nil }
            position += 1
            if code == 0 { continue }
            if inEntropyCodedData, (0xD0...0xD7).contains(code) { continue }
            if !inEntropyCodedData {
                for offset in start..<position - 1 where bytes[offset] != 0xFF { corrections.append((offset, 0xFF)) }
            }
            return code
        }
        return nil
    }

    // MARK: Segments

    /// Frame header, B.2.2.
    private mutating func readFrame(_ segment: EncodedBytes, marker: UInt8) throws(ImageError) {
        guard components == 0 else { throw .corrupt(.jpeg, reason: "it has two frame headers") }
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
        try limits.check(size, fileBytes: fileBytes)
        components = Int(count)
        isProgressive = marker == 0xC2 || marker == 0xCA
    }

    /// Scan header, B.2.3.
    private mutating func readScan(_ segment: EncodedBytes, at offset: Int) throws(ImageError) {
        guard components > 0 else { throw .corrupt(.jpeg, reason: "a scan precedes the frame header") }
        guard let count = segment[0].map(Int.init), (1...components).contains(count), segment.count == 4 + 2 * count
        else { throw .corrupt(.jpeg, reason: "a scan header is malformed") }
        scans += 1
        guard scans <= limits.maximumScans else { throw .tooManyScans(limit: limits.maximumScans) }
        scanSamples += size.width * size.height * count
        // A single scan over everything is what every picture costs.
        guard scans == 1 || scanSamples <= limits.maximumScanSamples else {
            throw .tooManyScanSamples(limit: limits.maximumScanSamples)
        }
        if scans == 1 {
            firstScanIsWhole = count == components
            correctAdobeTransform()
        }
        // A sequential scan has all 64 coefficients at full precision whatever these bytes say, and some encoders leave
        // them at zero.
        if !isProgressive {
            for (index, value) in [UInt8(0), 63, 0].enumerated() where segment[1 + 2 * count + index] != value {
                corrections.append((offset + 1 + 2 * count + index, value))
            }
        }
    }

    /// The major revision of JFIF, which is 1; other values change nothing.
    private mutating func readJFIF(_ segment: EncodedBytes, at offset: Int) {
        if segment.has("JFIF", at: 0), segment[4] == 0, segment.count >= 12, segment[5] != 1 {
            corrections.append((offset + 5, 1))
        }
    }

    private mutating func readExif(_ segment: EncodedBytes) {
        guard !hasExif, segment.has("Exif", at: 0), segment[4] == 0 else { return }
        hasExif = true
        orientation = ExifOrientation.read(segment)
    }

    private mutating func readAdobe(_ segment: EncodedBytes, at offset: Int) {
        guard segment.has("Adobe", at: 0), let transform = segment[11] else { return }
        hasAdobeMarker = true
        adobeTransform = (offset + 11, transform)
    }

    /// An Adobe transform that does not exist for the number of components is read as the usual one: YCbCr or YCCK.
    private mutating func correctAdobeTransform() {
        guard let transform = adobeTransform else { return }
        if components == 3, transform.value > 1 { corrections.append((transform.offset, 1)) }
        if components == 4, transform.value != 0, transform.value != 2 { corrections.append((transform.offset, 2)) }
    }
}
