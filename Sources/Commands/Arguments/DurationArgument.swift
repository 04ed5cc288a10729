import ArgumentParser
import Settings

/// A duration on the command line: `500ms`, `5s`, `2m`.
struct DurationArgument: Sendable, CustomStringConvertible {
    let duration: Duration

    init(_ duration: Duration) { self.duration = duration }

    /// Why a text is none.
    struct Invalid: Error, CustomStringConvertible {
        let description = "a duration is a number and a unit, such as 5s, 500ms or 2m"
    }

    /// Reads an argument, with a reason where it cannot: digits, with a fraction if you like, and a unit, at most 24 h.
    @Sendable static func parse(_ text: String) throws -> DurationArgument {
        guard let duration = Duration(settingText: text) else { throw Invalid() }
        return DurationArgument(duration)
    }

    /// As it would be written.
    var description: String { duration.settingText ?? "" }
}
