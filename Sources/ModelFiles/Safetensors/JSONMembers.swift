import JSON
import Platform

/// Takes the members of a JSON object out of it one by one. What is missing, of the wrong kind or left over is an error
/// that says where it stands.
struct JSONMembers {
    /// Where the object stands: `network.layers[3]`.
    let place: String
    private var rest: [String: JSONValue] = [:]
    /// The names that were asked for, in order.
    private var asked: [String] = []

    /// The members of `value`.
    init(_ value: JSONValue, place: String) throws(ModelFileError) {
        self.place = place
        guard case .object(let members) = value else {
            throw .metadata(place: place, reason: "is not an object")
        }
        for (name, value) in members { rest[name] = value }
    }

    /// An error about a member.
    func wrong(_ name: String, _ reason: String) -> ModelFileError {
        .metadata(place: "\(place).\(name)", reason: reason)
    }

    /// Checks that nothing is left over.
    func finish() throws(ModelFileError) {
        guard let name = rest.keys.min() else { return }
        let nearest = NearestName.among(asked, to: name).map { "; did you mean \($0)?" } ?? ""
        throw wrong(name, "is not known" + nearest)
    }

    /// Whether there is a member of this name that was not taken yet.
    mutating func has(_ name: String) -> Bool {
        asked.append(name)
        return rest[name] != nil
    }

    // MARK: Values

    /// A member that must be there.
    mutating func value(_ name: String) throws(ModelFileError) -> JSONValue {
        asked.append(name)
        guard let value = rest.removeValue(forKey: name) else { throw wrong(name, "is missing") }
        return value
    }

    /// The members of a member that is an object.
    mutating func members(_ name: String) throws(ModelFileError) -> JSONMembers {
        try JSONMembers(try value(name), place: "\(place).\(name)")
    }

    /// A member that is an array.
    mutating func array(_ name: String) throws(ModelFileError) -> [JSONValue] {
        guard case .array(let elements) = try value(name) else { throw wrong(name, "is not an array") }
        return elements
    }

    /// A member that is a text.
    mutating func text(_ name: String) throws(ModelFileError) -> String {
        guard let text = try value(name).text else { throw wrong(name, "is not a text") }
        return text
    }

    /// A member that is `true` or `false`.
    mutating func boolean(_ name: String, default fallback: Bool) throws(ModelFileError) -> Bool {
        guard has(name) else { return fallback }
        guard case .boolean(let value) = try value(name) else { throw wrong(name, "is not true or false") }
        return value
    }

    /// A member that is an integer.
    mutating func integer(_ name: String) throws(ModelFileError) -> Int {
        guard case .number(let text) = try value(name), let value = Int(text) else {
            throw wrong(name, "is not an integer")
        }
        return value
    }

    /// A member that is an integer, if it is there.
    mutating func optionalInteger(_ name: String) throws(ModelFileError) -> Int? {
        has(name) ? try integer(name) : nil
    }

    /// A member that is an array of integers.
    mutating func integers(_ name: String) throws(ModelFileError) -> [Int] {
        var result: [Int] = []
        for element in try array(name) {
            guard case .number(let text) = element, let value = Int(text) else {
                throw wrong(name, "is not an array of integers")
            }
            result.append(value)
        }
        return result
    }

    /// A member that is an array of `count` integers; absent, it stands for `fallback`.
    mutating func integers(
        _ name: String, count: Int, default fallback: [Int]
    ) throws(ModelFileError) -> [Int] {
        guard has(name) else { return fallback }
        let result = try integers(name)
        guard result.count == count else { throw wrong(name, "is not an array of \(count) integers") }
        return result
    }

    /// A member that is a number.
    mutating func float(_ name: String) throws(ModelFileError) -> Float {
        guard let value = Self.float(try value(name)) else { throw wrong(name, "is not a number") }
        return value
    }

    /// A member that is a number, in double precision.
    mutating func double(_ name: String) throws(ModelFileError) -> Double {
        guard case .number(let text) = try value(name), let value = Double(text), value.isFinite else {
            throw wrong(name, "is not a number")
        }
        return value
    }

    /// A member that is a number, if it is there.
    mutating func optionalFloat(_ name: String) throws(ModelFileError) -> Float? {
        has(name) ? try float(name) : nil
    }

    /// A member that is an array of numbers; absent, it stands for `fallback`.
    mutating func floats(_ name: String, default fallback: [Float]) throws(ModelFileError) -> [Float] {
        has(name) ? try floats(name) : fallback
    }

    /// A member that is an array of numbers.
    mutating func floats(_ name: String) throws(ModelFileError) -> [Float] {
        var result: [Float] = []
        for element in try array(name) {
            guard let value = Self.float(element) else { throw wrong(name, "is not an array of numbers") }
            result.append(value)
        }
        return result
    }

    /// A member that is a number or an array of numbers.
    mutating func floatOrFloats(_ name: String) throws(ModelFileError) -> [Float] {
        if case .number? = rest[name] { return [try float(name)] }
        return try floats(name)
    }

    /// Whether a member is null, which takes it then.
    mutating func isNull(_ name: String) -> Bool {
        guard rest[name] == .null else { return false }
        rest[name] = nil
        return true
    }

    private static func float(_ value: JSONValue) -> Float? {
        guard case .number(let text) = value else { return nil }
        // Digits beyond the largest float make it infinite.
        return Float(text).flatMap { $0.isFinite ? $0 : nil }
    }

    /// A member that is one of the names of `Choice`.
    mutating func choice<Choice: RawRepresentable<String>>(
        _ name: String, _ type: Choice.Type
    ) throws(ModelFileError) -> Choice {
        let text = try text(name)
        guard let choice = Choice(rawValue: text) else { throw wrong(name, "is an unknown “\(text)”") }
        return choice
    }

    /// A member that is one of the names of `Choice`, which follows.
    mutating func choice<Choice: RawRepresentable<String>>(_ name: String) throws(ModelFileError) -> Choice {
        try choice(name, Choice.self)
    }
}
