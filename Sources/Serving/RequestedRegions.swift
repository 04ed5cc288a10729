import Detectors
import JSON
import MultiBox

/// The option `region`: the parts of a photo in which objects are wanted.
///
/// As text `x0,y0,x1,y1`, several separated by semicolons; in JSON such a text, an array of four numbers or an array of such
/// arrays. Four numbers of which none is above 1 are shares of the upright photo's width and height, others are pixels.
enum RequestedRegions {
    /// The most regions of a request: each is compared with every box.
    static let maximumCount = 32
    /// What the option takes, for who reads its problem.
    static let expected =
        "x0,y0,x1,y1 with x0 < x1 and y0 < y1, in pixels or, where none is above 1, as shares of the photo; at most "
        + "\(maximumCount) of them, separated by semicolons"

    /// Regions as text.
    static func parse(_ text: String) throws(ServiceError) -> [PhotoRegion] {
        let texts = text.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        guard texts.count <= maximumCount else { throw malformed }
        var regions: [PhotoRegion] = []
        for text in texts {
            let edges = text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            guard edges.count == 4 else { throw malformed }
            regions.append(try region(edges.map { String(decoding: $0, as: UTF8.self) }))
        }
        return regions
    }

    /// Regions as a JSON array.
    static func parse(_ elements: [JSONValue]) throws(ServiceError) -> [PhotoRegion] {
        guard case .array? = elements.first else { return [try region(elements)] }
        guard elements.count <= maximumCount else { throw malformed }
        var regions: [PhotoRegion] = []
        for element in elements {
            guard case .array(let edges) = element else { throw malformed }
            regions.append(try region(edges))
        }
        return regions
    }

    private static func region(_ edges: [JSONValue]) throws(ServiceError) -> PhotoRegion {
        guard edges.count == 4 else { throw malformed }
        var texts: [String] = []
        for edge in edges {
            guard case .number(let text) = edge else { throw malformed }
            texts.append(text)
        }
        return try region(texts)
    }

    /// A region from the texts of its four edges.
    private static func region(_ texts: [String]) throws(ServiceError) -> PhotoRegion {
        let edges = texts.compactMap { RequestedOptions.number($0) }
        guard edges.count == 4, edges.allSatisfy({ $0 >= 0 }), edges[0] < edges[2], edges[1] < edges[3] else {
            throw malformed
        }
        return PhotoRegion(
            CornerBox(xmin: edges[0], ymin: edges[1], xmax: edges[2], ymax: edges[3]),
            isRelative: edges.allSatisfy { $0 <= 1 })
    }

    private static let malformed = ServiceError.invalidOption(name: OptionName.region.rawValue, expected: expected)
}
