import ArgumentParser

/// A duration on the command line or in a configuration: `500ms`, `5s`, `2m`.
struct DurationArgument: ExpressibleByArgument, Sendable, CustomStringConvertible {
    let duration: Duration

    init(_ duration: Duration) { self.duration = duration }

    /// Digits, with a fraction if you like, and a unit: ms, s, m or h. At most 24 h.
    init?(argument: String) {
        let units: [(suffix: String, milliseconds: Double)] = [("ms", 1), ("s", 1e3), ("m", 6e4), ("h", 3.6e6)]
        guard let unit = units.first(where: { argument.hasSuffix($0.suffix) }) else { return nil }
        let digits = argument.dropLast(unit.suffix.count)
        guard !digits.isEmpty, digits.allSatisfy({ ("0"..."9").contains($0) || $0 == "." }),
            let number = Double(digits), number * unit.milliseconds <= 8.64e7
        else { return nil }
        duration = .microseconds(Int64(number * unit.milliseconds * 1e3))
    }

    /// Why a text is none.
    struct Invalid: Error, CustomStringConvertible {
        let description = "a duration is a number and a unit, such as 5s, 500ms or 2m"
    }

    /// Reads an argument, with a reason where it cannot.
    @Sendable static func parse(_ text: String) throws -> DurationArgument {
        guard let duration = DurationArgument(argument: text) else { throw Invalid() }
        return duration
    }

    var defaultValueDescription: String { description }

    /// As it would be written: `5s`, `250ms`.
    var description: String {
        let milliseconds = duration.milliseconds
        return milliseconds >= 1000 && milliseconds.truncatingRemainder(dividingBy: 1000) == 0
            ? "\(Int(milliseconds / 1000))s" : "\(milliseconds.fixed(milliseconds == milliseconds.rounded() ? 0 : 3))ms"
    }
}
