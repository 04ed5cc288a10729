import Foundation

/// How long tests wait for what must come: long, so that a loaded machine fails no test, and not for ever, so that a broken
/// server does.
enum Patience {
    static let seconds = 60

    static var end: Date { Date(timeIntervalSinceNow: TimeInterval(seconds)) }
}

/// What did not come, or came otherwise.
struct Unexpected: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
