/// What a request for detection wants to be told, apart from its images.
struct WantedAnswer: Sendable {
    /// The options.
    var options = RequestedOptions()
    /// What writes the answer.
    var writer: any AnswerWriter = DetectionAnswer()
}
