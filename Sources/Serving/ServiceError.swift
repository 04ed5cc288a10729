import HTTP
import Images

/// Why a request is not answered with what it asked for: the one list of failures of the service.
package enum ServiceError: Error, Sendable, Equatable {
    /// The request was refused before a route saw it.
    case http(RequestError)
    /// A JSON body is malformed; `reason` says how and where.
    case malformedJSON(reason: String)
    /// A JSON body is something else than an object.
    case notAnObject(kind: String)
    /// A body that is called a form of text fields, as `curl -d` calls every body, and is neither an image nor JSON.
    case formWithoutImage
    /// A multipart body is malformed or too large.
    case malformedMultipart(MultipartError)
    /// There is no image in the body.
    case missingImage
    /// An image of a JSON body is not base64.
    case malformedBase64
    /// An option that does not exist.
    case unknownOption(name: String)
    /// An option whose value is not one that it takes.
    case invalidOption(name: String, expected: String)
    /// An option that is given twice, with different values.
    case conflictingOption(name: String)
    /// A tensor, or what is said of it, is malformed; `reason` says how, as the end of a sentence.
    case malformedTensor(reason: String)
    /// The path names a model that is not there, or a version that it has not.
    case unknownModel(name: String)
    /// Faces are asked for, and the model knows none.
    case noFaces
    /// No route has the path.
    case notFound
    /// The route does not take the method.
    case methodNotAllowed(allow: String)
    /// A method that HTTP does not have.
    case methodNotImplemented
    /// The client accepts none of the media types that there are.
    case notAcceptable(offers: [String])
    /// The content is larger than the limit, in bytes.
    case bodyTooLarge(limit: Int)
    /// More images than one request may hold.
    case tooManyImages(limit: Int)
    /// Images that come to more than one request may hold when they are cut into parts.
    case tooManyParts(limit: Int)
    /// The bytes of an image did not become pixels.
    case image(ImageError)
    /// A content coding that is not decoded.
    case unsupportedContentCoding
    /// Content that is not the gzip file it is said to be.
    case malformedGzip(isTruncated: Bool)
    /// Content that is larger than the limit, in bytes, when it is decompressed.
    case decompressedTooLarge(limit: Int)
    /// Content that is more than so many times larger when it is decompressed.
    case expandsTooMuch(ratio: Int)
    /// No key, or a wrong one.
    case unauthorized(isWrong: Bool)
    /// The address has shown too many wrong keys; in this many seconds it may show another.
    case tooManyWrongKeys(seconds: Int)
    /// The client asks too often; in this many seconds it may come back.
    case rateLimited(seconds: Int)
    /// There are as many connections as there may be, in all or of this client.
    case tooManyConnections
    /// As many images wait as may wait.
    case queueFull
    /// Waiting requests hold as many bytes as they may.
    case queueBytesFull
    /// There is no model yet.
    case loading
    /// The service is about to end.
    case draining
    /// The request could not be processed in time.
    case deadlineExceeded
    /// The client has gone; nobody will read this.
    case clientClosedRequest
    /// Our own failure.
    case internalFailure
}
