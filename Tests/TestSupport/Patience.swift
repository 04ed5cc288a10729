import Foundation

/// How long tests wait for what must come: long, so that a loaded machine fails no test, and not for ever, so that a broken
/// server does.
package enum Patience {
    package static let seconds = 60

    package static var end: Date { Date(timeIntervalSinceNow: TimeInterval(seconds)) }
}
