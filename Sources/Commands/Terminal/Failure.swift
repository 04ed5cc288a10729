import MultiBox

/// A job that could not be done, in one sentence for the person who asked for it.
struct Failure: Error {
    /// The sentence, without a full stop.
    let message: String
    /// Whether the person asked for something that cannot be, rather than that it went wrong.
    let isUsage: Bool

    init(_ message: String) {
        self.message = message
        isUsage = false
    }

    /// Wrong usage: exit status 2.
    static func usage(_ message: String) -> Failure { Failure(message: message, isUsage: true) }

    private init(message: String, isUsage: Bool) {
        self.message = message
        self.isUsage = isUsage
    }

    /// The most characters of a sentence that are worth showing: it may quote a name from a file.
    static let maximumLength = 2000

    /// Writes the sentence to standard error, on one line whatever it quotes.
    func report() { StandardError.write("multibox: \(message.printable(limit: Self.maximumLength))\n") }
}
