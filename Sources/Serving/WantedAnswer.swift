import Images

/// What a request for detection wants to be told, apart from its images.
struct WantedAnswer: Sendable {
    /// The options.
    var options = RequestedOptions()
    /// The size of its images, where those are pixels and no files.
    var pixelSize: ImageSize?
    /// What writes the answer.
    var writer: any AnswerWriter = DetectionAnswer()
}
