import Platform
import Yams

/// What of a `data.yaml` is used, as it stands.
struct YOLOYaml {
    /// Why a file is none.
    struct Failure: Error {
        var reason: String

        static func malformed(_ reason: String) -> Failure { Failure(reason: reason) }
    }

    /// The largest file, in bytes; one of a thousand classes has 30 kB.
    static let maximumBytes = 256 << 10
    /// The deepest nesting of brackets, and the most dashes a line: the parser goes as deep as they do.
    private static let maximumDepth = 64
    /// The deepest indentation, in columns: each level of a block takes at least one.
    private static let maximumIndentation = 256
    /// The largest number of a class.
    private static let maximumClasses = 1 << 16

    /// The folder that the other paths are relative to.
    private(set) var path: String?
    /// The folders and lists of `train`, `val` and `test`.
    private(set) var splits: [String: [String]] = [:]
    /// The classes by number; nil where a number has none.
    private(set) var names: [String?] = []
    /// `nc`, the number of classes.
    private(set) var count: Int?
    /// Whether there is `kpt_shape`, the form of poses.
    private(set) var hasPoses = false

    /// Parses a file.
    init(_ bytes: [UInt8]) throws(Failure) {
        guard bytes.count <= Self.maximumBytes else { throw .malformed("it is larger than \(Self.maximumBytes) bytes") }
        let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .malformed("it is not UTF-8 text") }
        try Self.checkDepth(bytes)
        let node: Node?
        do { node = try Yams.compose(yaml: text) } catch { throw .malformed("it is not YAML: \(Self.reason(error))") }
        guard case .mapping(let mapping)? = node else { throw .malformed("it is not YAML of the form name: value") }
        for (key, value) in mapping {
            switch key.scalar?.string {
            case "path"?: path = try Self.text(value, "path")
            case "train"?: splits["train"] = try Self.paths(value, "train")
            case "val"?, "valid"?: splits["val"] = try Self.paths(value, "val")
            case "test"?: splits["test"] = try Self.paths(value, "test")
            case "names"?: names = try Self.names(value)
            case "nc"?:
                guard let number = value.int, (1...Self.maximumClasses).contains(number) else {
                    throw .malformed("nc is no number of classes")
                }
                count = number
            case "kpt_shape"?: hasPoses = true
            default: break
            }
        }
        // An empty line stands for a part that is not there.
        splits = splits.filter { !$0.value.isEmpty }
    }

    /// The parser calls itself for each level. Quotes are not looked at: brackets in them count, which leaves enough.
    private static func checkDepth(_ bytes: [UInt8]) throws(Failure) {
        var (depth, dashes, indentation, isAtStart) = (0, 0, 0, true)
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
            case 0x0A: (dashes, indentation, isAtStart) = (0, 0, true)
            case UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"): if isAtStart { dashes += 1 }
            case 0x20, 0x09: if isAtStart { indentation += 1 }
            default: isAtStart = false
            }
            guard depth <= maximumDepth, dashes <= maximumDepth, indentation <= maximumIndentation else {
                throw .malformed("it nests too deep")
            }
        }
    }

    private static func text(_ node: Node, _ name: String) throws(Failure) -> String {
        guard let text = node.scalar?.string, text.utf8.count <= 4096 else {
            throw .malformed("\(name) is not a path")
        }
        return text
    }

    private static func paths(_ node: Node, _ name: String) throws(Failure) -> [String] {
        guard case .sequence(let nodes) = node else {
            let path = try text(node, name)
            return path.isEmpty || path == "~" || path == "null" ? [] : [path]
        }
        guard nodes.count <= 1024 else { throw .malformed("\(name) names more than 1024 places") }
        var paths: [String] = []
        for node in nodes { paths.append(try text(node, name)) }
        return paths
    }

    /// A sequence of names, or a mapping from numbers to names.
    private static func names(_ node: Node) throws(Failure) -> [String?] {
        var names: [String?] = []
        func add(_ node: Node, at index: Int) throws(Failure) {
            guard let name = node.scalar?.string else { throw .malformed("the name of class \(index) is not text") }
            while names.count <= index { names.append(nil) }
            guard names[index] == nil else { throw .malformed("class \(index) has two names") }
            names[index] = name
        }
        switch node {
        case .sequence(let nodes):
            guard nodes.count < maximumClasses else { throw .malformed("there are more than \(maximumClasses) names") }
            for (index, node) in nodes.enumerated() { try add(node, at: index) }
        case .mapping(let mapping):
            for (key, value) in mapping {
                guard let index = key.int, (0..<maximumClasses).contains(index) else {
                    throw .malformed("names has a key that is no number of a class")
                }
                try add(value, at: index)
            }
        default: throw .malformed("names is neither a list nor a mapping from numbers")
        }
        return names
    }

    /// What the parser says, without the excerpt that it draws over several lines.
    private static func reason(_ error: any Error) -> String {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            "line \(mark.line): \(problem)"
        case .duplicatedKeysInMapping(let keys, _): "\(keys.first.map { "\($0)" } ?? "a key") is there twice"
        default: "it cannot be read"
        }
    }
}
