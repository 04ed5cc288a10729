import FoundationEssentials

/// Decodes JSON of bounded size, with errors that say where.
enum COCODecoding {
    static func decode<T: Decodable>(
        _ type: T.Type, from bytes: [UInt8], limit: Int
    ) throws(COCOFileError) -> T {
        guard bytes.count <= limit else { throw .tooLarge(bytes: bytes.count, limit: limit) }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw malformed(error)
        } catch {
            throw .malformed(path: "", reason: "not JSON")
        }
    }

    private static func malformed(_ error: DecodingError) -> COCOFileError {
        let context: DecodingError.Context
        var missing: (any CodingKey)?
        let reason: String
        switch error {
        case .typeMismatch(let type, let found): (context, reason) = (found, "is not \(name(of: type))")
        case .valueNotFound(let type, let found): (context, reason) = (found, "is null, not \(name(of: type))")
        case .dataCorrupted(let found):
            (context, reason) = (found, found.codingPath.isEmpty ? "it is not valid JSON" : "is out of range")
        case .keyNotFound(let key, let found):
            (context, reason) = (found, "missing")
            missing = key
        @unknown default: return .malformed(path: "", reason: "not of the expected form")
        }
        var path = ""
        for key in context.codingPath + (missing.map { [$0] } ?? []) {
            if let index = key.intValue {
                path += "[\(index)]"
            } else {
                path += (path.isEmpty ? "" : ".") + key.stringValue
            }
        }
        return .malformed(path: path, reason: reason)
    }

    /// What JSON calls what was expected.
    private static func name(of type: Any.Type) -> String {
        switch type {
        case is Int.Type: "a whole number"
        case is any BinaryFloatingPoint.Type: "a number"
        case is String.Type: "text"
        case is Bool.Type: "true or false"
        case is any Collection.Type: "a list"
        default: "an object"
        }
    }

    /// Four finite numbers x, y, width, height with extents that are not negative.
    static func box(_ numbers: [Double]) -> PixelBox? {
        guard numbers.count == 4 else { return nil }
        let box = PixelBox(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
        return box.isValid ? box : nil
    }
}
