/// The orientation in a block of Exif data. Exif is a TIFF file: a byte order, then a directory of twelve-byte entries
/// (TIFF 6.0, section 2). Only the first directory is read, and of it only one tag, so that no offset in the data can
/// lead anywhere twice.
enum ExifOrientation {
    private static let tag = 0x0112
    private static let byteType = 1
    private static let shortType = 3
    private static let longType = 4

    /// The orientation that `exif` states. Metadata that is damaged or says nothing does not spoil a picture: it is
    /// upright then.
    static func read(_ exif: EncodedBytes) -> Orientation {
        // JPEG puts this before the TIFF header, PNG does not, and WebP files are found either way.
        var start = 0
        if exif.has("Exif", at: 0), exif[4] == 0 { start = 6 }
        guard let tiff = exif.slice(start, length: exif.count - start) else { return .topLeft }

        let bigEndian: Bool
        if tiff.has("II", at: 0) {
            bigEndian = false
        } else if tiff.has("MM", at: 0) {
            bigEndian = true
        } else {
            return .topLeft
        }
        func number(_ offset: Int, _ size: Int) -> Int? { tiff.number(at: offset, size: size, bigEndian: bigEndian) }

        guard number(2, 2) == 42, let directory = number(4, 4), let entries = number(directory, 2) else {
            return .topLeft
        }
        for index in 0..<entries {
            let entry = directory + 2 + index * 12
            guard let entryTag = number(entry, 2) else { return .topLeft }
            guard entryTag == tag else { continue }
            // SHORT by the standard; BYTE and LONG are in use. A value smaller than its field is left-justified.
            let size: Int
            switch number(entry + 2, 2) {
            case byteType: size = 1
            case shortType: size = 2
            case longType: size = 4
            default: return .topLeft
            }
            guard number(entry + 4, 4) == 1, let value = number(entry + 8, size) else { return .topLeft }
            return UInt8(exactly: value).flatMap(Orientation.init(rawValue:)) ?? .topLeft
        }
        return .topLeft
    }
}
