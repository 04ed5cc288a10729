import Foundation
import HTTP
import Images
import JSON
import Serving

/// Laws of what is read from bodies and fields.
enum BodyFuzzing {
    static func multipart(_ bytes: [UInt8]) {
        guard let type = MediaType("multipart/form-data; boundary=b"), let parser = try? MultipartParser(type),
            let parts = try? parser.parse(bytes)
        else { return }
        var end = 0
        for part in parts {
            precondition(part.body.startIndex >= end && part.body.endIndex <= bytes.count, "parts overlap")
            end = part.body.endIndex
        }
    }

    static func json(_ bytes: [UInt8]) {
        // Strings stay bytes here, and numbers text: the other reader is stricter about both.
        let isComparable = String(validating: bytes, as: UTF8.self) != nil && !bytes.contains { $0 | 0x20 == 0x65 }
        if (try? JSONReader.parse(bytes[...])) != nil, isComparable {
            let other = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            precondition(other != nil, "another reader refuses what this one takes")
        }
        if let decoded = Base64.decode(JSONString(bytes[...])) { precondition(decoded.count <= bytes.count) }
    }

    static func fields(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        _ = MediaType(text)
        _ = Accept(text)
        _ = AcceptEncoding(text)
        _ = TraceContext(sent: [text])
        _ = PercentDecoding.decode(text)
        _ = try? QueryItems(parsing: text)
        if RequestIdentifier.choose(sent: [text]) == text {
            precondition(text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        }
        _ = try? RequestHead(.get, text)
        var headers = HeaderFields()
        headers.add(text, text)
        var encoder = ResponseEncoder(serverName: "")
        let head = encoder.head(
            of: Response(status: .ok, headers: headers), to: .http11, closes: false, unixSeconds: 0)
        // The status line, at most the one field, Date, Content-Length and the empty line.
        precondition(head.count { $0 == 10 } <= 5 && head.count { $0 == 13 } <= 5, "a value breaks the head")
    }

    static func gzip(_ bytes: [UInt8]) {
        let limit = 1 << 20
        guard let content = try? Gzip.decompress(bytes, limit: limit, maximumRatio: 100) else { return }
        precondition(content.count <= limit, "the content is over its limit")
        guard let again = Gzip.compress(content, level: 1) else { return }
        precondition((try? Gzip.decompress(again, limit: limit, maximumRatio: 1032)).map { $0 == content } ?? true)
    }

    static func inference(_ bytes: [UInt8]) {
        guard bytes.count >= 2 else { return }
        let (body, length) = (bytes[2...], Int(bytes[0]) << 8 | Int(bytes[1]))
        let limits = ImageLimits(maximumPixels: 1 << 16, maximumDimension: 1 << 12)
        for headerLength in [nil, length] {
            guard
                let request = try? InferenceRequest(
                    body, headerLength: headerLength, maximumImages: 4, limits: limits)
            else { continue }
            precondition((1...4).contains(request.images.count), "more images than may be")
            switch request.images {
            case .files(let files):
                precondition(files.reduce(0) { $0 + $1.count + 4 } <= body.count, "more than there was")
            case .texts(let texts):
                precondition(texts.reduce(0) { $0 + $1.maximumCount } <= body.count, "more than there was")
            case .pixels(let pixels, let size, let count):
                precondition(pixels.count == count * size.width * size.height * 3, "another number of pixels")
                precondition(pixels.count <= body.count, "more than there was")
            }
        }
    }
}
