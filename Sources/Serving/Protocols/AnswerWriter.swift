import HTTP

/// Writes the answer to a detection in the form that its request asked for.
protocol AnswerWriter: Sendable {
    /// Whether it shows photos, whose bytes are kept until then.
    var showsPhotos: Bool { get }

    /// The answer to a request whose images are all settled. On a worker.
    ///
    /// - Throws: why there is none, which may be the failure of an image.
    func response(to results: DetectionResults) throws(ServiceError) -> Response
}
