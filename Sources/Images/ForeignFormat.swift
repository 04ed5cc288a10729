/// Formats of photos that are known and not decoded.
public enum ForeignFormat: String, Sendable, Hashable, CaseIterable {
    case heic = "HEIC"
    case avif = "AVIF"

    /// A command that makes a JPEG of it.
    var conversion: String {
        switch self {
        case .heic: "heif-convert photo.heic photo.jpg"
        case .avif: "magick photo.avif photo.jpg"
        }
    }

    /// Bytes of a file's first box that are looked at: its brands are there, or nobody reads them.
    private static let maximumBrandBytes = 64

    /// The format that the first bytes announce, or nil: a file of the ISO base media file format whose first box is `ftyp`
    /// (ISO/IEC 14496-12, 4.3), with a brand of HEIF (ISO/IEC 23008-12, annex B) or AVIF (AV1 Image File Format, 6).
    public static func sniff(_ bytes: some Collection<UInt8>) -> ForeignFormat? {
        let start = Array(bytes.prefix(maximumBrandBytes))
        guard start.count >= 12, start[4..<8].elementsEqual("ftyp".utf8) else { return nil }
        let size = start[..<4].reduce(0) { $0 << 8 | Int($1) }
        let end = min(start.count, size)
        // The major brand, then, behind a version, the compatible ones.
        let places = [8] + Array(stride(from: 16, to: max(16, end - 3), by: 4))
        let brands = places.map { String(decoding: start[$0..<min($0 + 4, start.count)], as: UTF8.self) }
        // Both list brands of HEIF: AVIF's own says more.
        if brands.contains(where: { $0 == "avif" || $0 == "avis" }) { return .avif }
        let ofHEIF: Set = ["heic", "heix", "hevc", "hevx", "heim", "heis", "hevm", "hevs", "mif1", "msf1"]
        return brands.contains { ofHEIF.contains($0) } ? .heic : nil
    }
}
