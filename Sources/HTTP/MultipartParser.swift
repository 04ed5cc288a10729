/// Splits a whole `multipart/form-data` body (RFC 7578; RFC 2046, section 5.1.1) without copying it.
///
/// Time is linear in the body: a delimiter starts with CR, which a boundary cannot hold, so a failed comparison never has to
/// go back.
public struct MultipartParser: Sendable {
    /// `CR LF - -`, the first octet lowest: how every delimiter begins.
    private static let delimiterStart: UInt32 = 0x2D2D_0A0D

    private let delimiter: [UInt8]
    private let limits: MultipartLimits

    /// A parser for the bodies of a media type.
    ///
    /// - Throws: `MultipartError.invalidBoundary` where it is not `multipart/form-data` with a boundary of 1…70 `bchars`.
    public init(_ mediaType: MediaType, limits: MultipartLimits = MultipartLimits()) throws(MultipartError) {
        guard mediaType.essence == "multipart/form-data", let boundary = mediaType["boundary"],
            (1...70).contains(boundary.utf8.count), boundary.utf8.last != 0x20,
            boundary.utf8.allSatisfy({ ByteSet.boundary.contains($0) })
        else { throw .invalidBoundary }
        delimiter = Array("\r\n--".utf8) + Array(boundary.utf8)
        self.limits = limits
    }

    /// The parts of a body, in order.
    public func parse(_ body: [UInt8]) throws(MultipartError) -> [MultipartPart] { try parse(body[...]) }

    /// The parts of a body, in order; they share its storage.
    public func parse(_ body: ArraySlice<UInt8>) throws(MultipartError) -> [MultipartPart] {
        let base = body.startIndex
        return try body.withUnsafeBufferPointer { (buffer) throws(MultipartError) in
            let bytes = UnsafeRawBufferPointer(buffer)
            var parts: [MultipartPart] = []
            // What stands before the first boundary line is a preamble, which has no meaning.
            guard var position = startOfFirstPart(bytes) else { throw .missingFirstBoundary }
            while try !isClosed(bytes, &position) {
                guard parts.count < limits.parts else { throw .tooManyParts(limit: limits.parts) }
                let index = parts.count
                let headers = try self.headers(bytes, &position, part: index)
                // The line end of the empty line may be the delimiter's: a part without content.
                guard let end = delimiterIndex(bytes, from: position - 2) else { throw .missingLastBoundary }
                let content = body[(base + position)..<(base + max(position, end))]
                parts.append(try part(headers, content, index))
                position = end + delimiter.count
            }
            return parts
        }
    }

    /// The index behind the first delimiter, which needs no line end before it at the very start.
    private func startOfFirstPart(_ bytes: UnsafeRawBufferPointer) -> Int? {
        let dashBoundary = delimiter.count - 2
        if bytes.count >= dashBoundary, (0..<dashBoundary).allSatisfy({ bytes[$0] == delimiter[$0 + 2] }) {
            return dashBoundary
        }
        return delimiterIndex(bytes, from: 0).map { $0 + delimiter.count }
    }

    /// The index of the next delimiter at or after `start`.
    private func delimiterIndex(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var i = max(start, 0)
        while let candidate = ByteScan.firstIndex(ofWord: Self.delimiterStart, in: bytes, from: i) {
            guard candidate + delimiter.count <= bytes.count else { return nil }
            var matched = 4
            while matched < delimiter.count, bytes[candidate + matched] == delimiter[matched] { matched += 1 }
            if matched == delimiter.count { return candidate }
            i = candidate + matched
        }
        return nil
    }

    /// Reads the rest of a boundary line: `--` ends the body, white space and a line end start a part.
    private func isClosed(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) throws(MultipartError) -> Bool {
        if position + 1 < bytes.count, bytes[position] == UInt8(ascii: "-"), bytes[position + 1] == UInt8(ascii: "-") {
            return true
        }
        while position < bytes.count, Grammar.isWhitespace(bytes[position]) { position += 1 }
        guard position < bytes.count else { throw .missingLastBoundary }
        guard position + 1 < bytes.count, bytes[position] == 0x0D, bytes[position + 1] == 0x0A else {
            throw .invalidBoundaryLine
        }
        position += 2
        return false
    }

    private func headers(
        _ bytes: UnsafeRawBufferPointer, _ position: inout Int, part: Int
    ) throws(MultipartError) -> HeaderFields {
        let start = position
        var headers = HeaderFields()
        while true {
            let bound = min(bytes.count, start + limits.headerBytes)
            let window = UnsafeRawBufferPointer(rebasing: bytes[..<bound])
            guard let end = ByteScan.firstIndex(of: 0x0A, in: window, from: position) else {
                guard bound == bytes.count else { throw .headerTooLarge(part: part, limit: limits.headerBytes) }
                throw .missingLastBoundary
            }
            let line = UnsafeRawBufferPointer(rebasing: bytes[position..<end])
            position = end + 1
            guard line.last == 0x0D else { throw .invalidHeader(part: part) }
            guard line.count > 1 else { return headers }
            guard headers.count < limits.headerFields,
                let field = try? FieldLine(UnsafeRawBufferPointer(rebasing: line.dropLast()))
            else { throw .invalidHeader(part: part) }
            headers.add(field.name, field.value)
        }
    }

    private func part(
        _ headers: HeaderFields, _ content: ArraySlice<UInt8>, _ index: Int
    ) throws(MultipartError) -> MultipartPart {
        let dispositions = headers.values("Content-Disposition")
        guard dispositions.count == 1 else { throw .invalidDisposition(part: index) }
        var scanner = FieldScanner(dispositions[0])
        guard let kind = scanner.token(), Grammar.areEqual(kind, "form-data"),
            let parameters = scanner.parameters(lenient: true), scanner.isAtEnd,
            Set(parameters.map(\.name)).count == parameters.count,
            let name = parameters.first(where: { $0.name == "name" })?.value
        else { throw .invalidDisposition(part: index) }
        if let encoding = headers["Content-Transfer-Encoding"] {
            guard ["binary", "8bit", "7bit"].contains(Grammar.lowercased(encoding)) else {
                throw .unsupportedTransferEncoding(part: index)
            }
        }
        var contentType: MediaType?
        if let written = headers["Content-Type"] {
            guard let parsed = MediaType(written) else { throw .invalidContentType(part: index) }
            contentType = parsed
        }
        return MultipartPart(
            name: name, filename: parameters.first { $0.name == "filename" }?.value, contentType: contentType,
            headers: headers, body: content)
    }
}
