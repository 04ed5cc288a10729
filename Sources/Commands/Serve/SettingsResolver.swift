import ArgumentParser
import Foundation
import Settings

/// Settles each setting from where it may be given: flag, environment variable `MULTIBOX_NAME`, configuration file,
/// default, in this order.
struct SettingsResolver {
    /// Where a value came from, the one that is heeded first being the least.
    enum Source: Int, Comparable {
        case flag, environment, file, `default`

        static func < (left: Source, right: Source) -> Bool { left.rawValue < right.rawValue }
    }

    /// A settled setting, for `--print-config`.
    struct Effective {
        let name: String
        let value: String
        let source: Source
    }

    private let environment: [String: String]
    private let file: [String: String]
    private let filePath: String?
    private(set) var effective: [Effective] = []

    /// - Parameter path: the configuration file: YAML, one `name: value` a line.
    init(configurationFile path: String?, environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        self.environment = environment
        filePath = path
        file = try path.map(Self.read) ?? [:]
    }

    /// A setting that has a value even if nobody gives one.
    mutating func value<Value: ExpressibleByArgument>(
        _ name: String, flag: Value?, default fallback: Value, in range: ClosedRange<Value>? = nil
    ) throws -> Value where Value: Comparable {
        let value = try optional(name, flag: flag, in: range, default: fallback)
        return value ?? fallback
    }

    /// A setting without an order, such as a name or a duration.
    mutating func value<Value: ExpressibleByArgument>(
        _ name: String, flag: Value?, default fallback: Value
    ) throws -> Value {
        let (value, source) = try find(name, flag: flag)
        note(name, value ?? fallback, source)
        return value ?? fallback
    }

    /// A setting that may be absent; a default, where there is one, is for the listing.
    mutating func optional<Value: ExpressibleByArgument & Comparable>(
        _ name: String, flag: Value?, in range: ClosedRange<Value>? = nil, default fallback: Value? = nil
    ) throws -> Value? {
        let (value, source) = try find(name, flag: flag)
        if let value, let range, !range.contains(value) {
            throw Failure.usage(
                "\(origin(name, source)): \(value) is not between \(range.lowerBound) and \(range.upperBound)")
        }
        if let shown = value ?? fallback { note(name, shown, source) }
        return value
    }

    /// A setting without an order that may be absent.
    mutating func optional<Value: ExpressibleByArgument>(_ name: String, flag: Value?) throws -> Value? {
        let (value, source) = try find(name, flag: flag)
        if let value { note(name, value, source) }
        return value
    }

    /// Where a setting comes from, read by itself or not.
    func source(_ name: String, isFlag: Bool) -> Source {
        if isFlag { return .flag }
        if let text = environment[Self.variable(name)], !text.isEmpty { return .environment }
        return file[name] == nil ? .default : .file
    }

    /// Refuses a file that says something no setting understands. Called when all were settled.
    func refuseUnknownKeys(known: Set<String>) throws {
        let unknown = Set(file.keys).subtracting(known).sorted()
        guard let first = unknown.first, let filePath else { return }
        throw Failure.usage("\(filePath): there is no setting \(first)")
    }

    private func find<Value: ExpressibleByArgument>(_ name: String, flag: Value?) throws -> (Value?, Source) {
        let source = source(name, isFlag: flag != nil)
        switch source {
        case .flag: return (flag, source)
        case .environment: return (try environment[Self.variable(name)].map { try parse($0, name, source) }, source)
        case .file: return (try file[name].map { try parse($0, name, source) }, source)
        case .default: return (nil, source)
        }
    }

    private func parse<Value: ExpressibleByArgument>(_ text: String, _ name: String, _ source: Source) throws -> Value {
        guard let value = Value(argument: text) else {
            throw Failure.usage("\(origin(name, source)): \"\(text)\" is not a value for it")
        }
        return value
    }

    private mutating func note(_ name: String, _ value: some ExpressibleByArgument, _ source: Source) {
        effective.append(Effective(name: name, value: value.defaultValueDescription, source: source))
    }

    private func origin(_ name: String, _ source: Source) -> String {
        switch source {
        case .environment: Self.variable(name)
        case .file: "\(filePath ?? "the configuration file"), \(name)"
        case .flag, .default: "--\(name)"
        }
    }

    private static func variable(_ name: String) -> String {
        "MULTIBOX_" + name.uppercased().replacingOccurrences(of: "-", with: "_")
    }

    private static func read(_ path: String) throws -> [String: String] {
        let bytes = try FileReading.bytes(path, limit: SettingsFile.maximumBytes)
        do { return try SettingsFile(parsing: bytes).values } catch { throw Failure.usage("\(path): \(error)") }
    }
}
