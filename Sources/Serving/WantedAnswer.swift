/// What a request for detection wants to be told, apart from its images.
struct WantedAnswer: Sendable {
    /// The options.
    var options = RequestedOptions()
    /// Whether the answer is a list, even of one.
    var isList = false
    /// What the answer is written as.
    var format = AnswerFormat.json
}
