import Foundation
import MultiBox
import Platform

/// A state of training as a file in the safetensors format: 8 bytes with the length of a JSON header, the header, then the
/// tensors' numbers, little-endian and without gaps.
///
/// Tensors are `parameter/NAME`, `velocity/NAME` (of AdamW `mean/NAME` and `square/NAME`) and `average/NAME`; treatments and plain numbers are in the metadata, floats
/// among them as the bits of their 32-bit pattern, so that reading gives back exactly what was written.
public enum Checkpoint {
    /// The largest file, in bytes.
    public static let maximumBytes = 4 << 30
    /// The largest header, in bytes.
    static let maximumHeaderBytes = 16 << 20
    /// The most steps of a run that a file may tell of: some centuries of them, and far from overflowing.
    private static let maximumSteps = 1 << 48
    private static let format = "multibox-checkpoint-1"

    /// Writes a state: to a file beside it first, which then takes its place, so that an interruption leaves the old
    /// checkpoint or the new one and never half of one.
    public static func write(_ state: TrainingState, to path: String) throws(CheckpointError) {
        do { try OutputFile.write(parts: parts(of: state), to: path, existing: .replace, isDurable: true) } catch {
            throw .file(error)
        }
    }

    /// Reads a state.
    public static func read(_ path: String) throws(CheckpointError) -> TrainingState {
        let data: Data
        do { data = Data(try InputFile.bytes(path, limit: maximumBytes)) } catch { throw .file(error) }
        do { return try state(of: data) } catch { throw .malformed(path: path, reason: error.reason) }
    }

    // MARK: Writing

    package static func bytes(of state: TrainingState) -> Data { parts(of: state).reduce(into: Data()) { $0 += $1 } }

    /// The bytes in parts, of which the numbers of a tensor are one: made one by one, they take no memory to speak of.
    private static func parts(of state: TrainingState) -> some Sequence<Data> {
        var header: [String: Header.Entry] = [:]
        var (numbers, size) = ([[Float]](), 0)
        func add(_ name: String, _ shape: [Int], _ values: [Float]) {
            let first = size
            size += 4 * values.count
            numbers.append(values)
            header[name] = .init(dtype: "F32", shape: shape, data_offsets: [first, size])
        }
        let moments = state.optimizer.moments
        for (index, parameter) in state.parameters.enumerated() {
            add("parameter/" + parameter.name, parameter.shape, parameter.values)
            if parameter.treatment.isTrained {
                for (name, values) in moments { add(name + "/" + parameter.name, parameter.shape, values[index]) }
            }
            if let average = state.average { add("average/" + parameter.name, parameter.shape, average.values[index]) }
        }
        var metadata = [
            "format": format, "step": String(state.step),
            "parameters": state.parameters.map { "\($0.treatment.rawValue) \($0.name)" }.joined(separator: "\n"),
            "momentum": String(state.optimizer.momentum.bitPattern),
            "weight_decay": String(state.optimizer.weightDecay.bitPattern),
        ]
        if case .adamW(let descent) = state.optimizer {
            metadata["optimizer"] = Optimizer.Kind.adamW.rawValue
            metadata["optimizer_steps"] = String(descent.steps)
        }
        if let average = state.average {
            metadata["average_decay"] = String(average.decay.bitPattern)
            metadata["average_updates"] = String(average.updates)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json: Data
        do { json = try encoder.encode(Header(metadata: metadata, tensors: header)) } catch {
            preconditionFailure("a header of strings and integers: \(error)")
        }
        // Blanks bring the numbers to a multiple of 8 bytes.
        let padding = (8 - json.count % 8) % 8
        var data = Data()
        withUnsafeBytes(of: UInt64(json.count + padding).littleEndian) { data.append(contentsOf: $0) }
        data.append(json)
        data.append(contentsOf: [UInt8](repeating: 0x20, count: padding))
        return (0...numbers.count).lazy.map { [data, numbers] in
            $0 == 0 ? data : numbers[$0 - 1].map { $0.bitPattern.littleEndian }.withUnsafeBytes { Data($0) }
        }
    }

    // MARK: Reading

    /// Why data is no checkpoint, as the end of a sentence.
    package struct Malformed: Error {
        package let reason: String
    }

    package static func state(of data: Data) throws(Malformed) -> TrainingState {
        let (header, numbers) = try split(data)
        let metadata = header.metadata
        guard metadata["format"] == format else { throw Malformed(reason: "another format") }
        func number<T: FixedWidthInteger>(_ key: String, _ type: T.Type) throws(Malformed) -> T {
            guard let text = metadata[key], let value = T(text), value >= 0 else {
                throw Malformed(reason: "\(key) is missing or no number")
            }
            return value
        }
        func count(_ key: String) throws(Malformed) -> Int {
            let value = try number(key, Int.self)
            guard value <= maximumSteps else { throw Malformed(reason: "\(key) is out of range") }
            return value
        }
        // Tensors that share bytes would make a small file large.
        var unread = numbers.count
        func tensor(_ name: String) throws(Malformed) -> (shape: [Int], values: [Float]) {
            guard let entry = header.tensors[name] else { throw Malformed(reason: "\(name) is missing") }
            let values = try values(entry, numbers, name)
            unread -= values.count * 4
            guard unread >= 0 else { throw Malformed(reason: "\(name) shares bytes with another tensor") }
            return (entry.shape, values)
        }
        var parameters: [TrainingParameter] = []
        // The first version knew one optimizer.
        guard let kind = Optimizer.Kind(rawValue: metadata["optimizer"] ?? Optimizer.Kind.momentum.rawValue) else {
            throw Malformed(reason: "another optimizer")
        }
        var moments: [[Float]] = []
        var squares: [[Float]] = []
        var averages: [[Float]] = []
        let hasAverage = metadata["average_decay"] != nil
        var names: Set<Substring> = []
        for line in (metadata["parameters"] ?? "").split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2, let treatment = TrainingParameter.Treatment(rawValue: String(words[0])),
                names.insert(words[1]).inserted
            else { throw Malformed(reason: "the list of parameters") }
            let (shape, values) = try tensor("parameter/" + words[1])
            func numbers(_ kind: String) throws(Malformed) -> [Float] {
                let (other, values) = try tensor("\(kind)/\(words[1])")
                guard other == shape else { throw Malformed(reason: "the shape of \(kind)/\(words[1])") }
                return values
            }
            parameters.append(
                TrainingParameter(name: String(words[1]), shape: shape, treatment: treatment, values: values))
            moments.append(treatment.isTrained ? try numbers(kind == .adamW ? "mean" : "velocity") : [])
            if kind == .adamW { squares.append(treatment.isTrained ? try numbers("square") : []) }
            if hasAverage { averages.append(try numbers("average")) }
        }
        func float(_ key: String, below limit: Float) throws(Malformed) -> Float {
            let value = Float(bitPattern: try number(key, UInt32.self))
            guard value >= 0, value < limit else { throw Malformed(reason: "\(key) is out of range") }
            return value
        }
        let (momentum, decay) = (try float("momentum", below: 1), try float("weight_decay", below: .infinity))
        let optimizer: Optimizer =
            switch kind {
            case .momentum:
                .momentum(StochasticGradientDescent(momentum: momentum, weightDecay: decay, velocities: moments))
            case .adamW:
                .adamW(
                    AdamW(
                        momentum: momentum, weightDecay: decay, steps: try count("optimizer_steps"), means: moments,
                        squares: squares))
            }
        var average: ExponentialMovingAverage?
        if hasAverage {
            average = ExponentialMovingAverage(
                decay: try float("average_decay", below: 1), updates: try count("average_updates"),
                values: averages)
        }
        return TrainingState(
            step: try count("step"), parameters: parameters, optimizer: optimizer, average: average)
    }

    private static func split(_ data: Data) throws(Malformed) -> (Header, Data) {
        guard data.count >= 8 else { throw Malformed(reason: "it is too short") }
        let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(maximumHeaderBytes), length <= UInt64(data.count - 8) else {
            throw Malformed(reason: "its header has \(length) bytes")
        }
        let start = data.startIndex + 8
        do {
            let header = try JSONDecoder().decode(Header.self, from: data[start..<start + Int(length)])
            return (header, data[(start + Int(length))...])
        } catch {
            throw Malformed(reason: "its header is not one")
        }
    }

    private static func values(_ entry: Header.Entry, _ numbers: Data, _ name: String) throws(Malformed) -> [Float] {
        guard let count = CheckedArithmetic.product(entry.shape) else {
            throw Malformed(reason: "the shape of \(name)")
        }
        guard entry.dtype == "F32", entry.data_offsets.count == 2, count <= maximumBytes / 4,
            entry.data_offsets[0] >= 0, entry.data_offsets[0] <= entry.data_offsets[1],
            entry.data_offsets[1] - entry.data_offsets[0] == count * 4, entry.data_offsets[1] <= numbers.count
        else { throw Malformed(reason: "the extent of \(name)") }
        let first = numbers.startIndex + entry.data_offsets[0]
        return numbers[first..<first + count * 4].withUnsafeBytes { bytes in
            (0..<count).map { index in
                let pattern = bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)
                return Float(bitPattern: UInt32(littleEndian: pattern))
            }
        }
    }
}

/// The JSON header of a safetensors file.
private struct Header: Codable {
    // Names are the format's own.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    struct Entry: Codable {
        var dtype: String
        var shape: [Int]
        var data_offsets: [Int]
    }

    var metadata: [String: String]
    var tensors: [String: Entry]

    init(metadata: [String: String], tensors: [String: Entry]) {
        self.metadata = metadata
        self.tensors = tensors
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private static let metadataKey = "__metadata__"

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        (metadata, tensors) = ([:], [:])
        for key in container.allKeys {
            if key.stringValue == Self.metadataKey {
                metadata = try container.decode([String: String].self, forKey: key)
            } else {
                tensors[key.stringValue] = try container.decode(Entry.self, forKey: key)
            }
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(metadata, forKey: Key(stringValue: Self.metadataKey))
        for (name, entry) in tensors { try container.encode(entry, forKey: Key(stringValue: name)) }
    }
}
