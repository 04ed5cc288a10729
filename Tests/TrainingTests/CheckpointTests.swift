import Foundation
import TestSupport
import Testing
import Training

/// Checkpoints and the folder of a run.
@Suite struct CheckpointTests {
    private static let state: TrainingState = {
        let parameters = [
            TrainingParameter(
                name: "a.weight", shape: [2, 1, 1, 2], treatment: .weight,
                values: [1.5, -0.0, .greatestFiniteMagnitude, 3]),
            TrainingParameter(
                name: "a.mean", shape: [2], treatment: .statistic, values: [0.1, .leastNonzeroMagnitude]),
        ]
        var optimizer = Optimizer(.momentum, parameters: parameters, momentum: 0.9, weightDecay: 0.000_5)
        var average = ExponentialMovingAverage(parameters: parameters, decay: 0.7)
        var moved = parameters
        optimizer.step(&moved, gradients: [[0.1, 0.2, 0.3, 0.4], []], learningRate: 0.1, factors: [1, 1])
        average.update(moved)
        return TrainingState(step: 12_345, parameters: moved, optimizer: optimizer, average: average)
    }()

    @Test func `what is read is what was written, bit for bit`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/c.safetensors"
        try Checkpoint.write(Self.state, to: path)
        let read = try Checkpoint.read(path)
        #expect(read == Self.state)
        #expect(read.parameters[0].values.map(\.bitPattern) == Self.state.parameters[0].values.map(\.bitPattern))
        var adam = Self.state
        adam.optimizer = Optimizer(.adamW, parameters: adam.parameters, momentum: 0.8, weightDecay: 0.02)
        adam.optimizer.step(
            &adam.parameters, gradients: [[0.1, 0.2, 0.3, 0.4], []], learningRate: 0.1, factors: [0.5, 1])
        try Checkpoint.write(adam, to: path)
        #expect(try Checkpoint.read(path) == adam)
        var plain = Self.state
        plain.average = nil
        // A second write takes the first one's place and leaves nothing beside it.
        try Checkpoint.write(plain, to: path)
        #expect(try Checkpoint.read(path) == plain)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["c.safetensors"])
    }

    @Test func `it is a safetensors file`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/c.safetensors"
        try Checkpoint.write(Self.state, to: path)
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        #expect(length % 8 == 0)
        let header = try #require(
            try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + length])) as? [String: Any])
        let entry = try #require(header["parameter/a.weight"] as? [String: Any])
        #expect(entry["dtype"] as? String == "F32" && entry["shape"] as? [Int] == [2, 1, 1, 2])
        // Offsets cover the rest of the file without gaps.
        let ranges = header.filter { $0.key != "__metadata__" }
            .compactMap { ($0.value as? [String: Any])?["data_offsets"] as? [Int] }.sorted { $0[0] < $1[0] }
        #expect(ranges.first?[0] == 0 && ranges.last?[1] == bytes.count - 8 - length)
        #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0[1] == $1[0] })
    }

    @Test func `files that are none are refused`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/c.safetensors"
        #expect(throws: CheckpointError.file(.unreadable(path: path, reason: "No such file or directory"))) {
            try Checkpoint.read(path)
        }
        #expect(throws: CheckpointError.file(.unwritable(path: "/nowhere/c", reason: "No such file or directory"))) {
            try Checkpoint.write(Self.state, to: "/nowhere/c")
        }
        try Checkpoint.write(Self.state, to: path)
        let original = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        for count in [0, 7, 8, 100, original.count - 1] {
            try folder.write("c.safetensors", Array(original[..<count]))
            #expect(throws: CheckpointError.self) { try Checkpoint.read(path) }
        }
        var generator = SeededGenerator(seed: 4)
        let header = original[..<8].reversed().reduce(0) { $0 << 8 | Int($1) } + 8
        var valid = 0
        for _ in 0..<2000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                bytes[Int.random(in: 0..<header, using: &generator)] = UInt8.random(in: 32...126, using: &generator)
            }
            try folder.write("c.safetensors", bytes)
            guard let state = try? Checkpoint.read(path) else { continue }
            valid += 1
            // What is still read has the shapes it says.
            #expect(state.parameters.allSatisfy { $0.shape.reduce(1, *) == $0.values.count })
        }
        #expect((20...1980).contains(valid), "\(valid) of 2000 are read")
    }

    /// A checkpoint with a changed header.
    private func file(_ header: String) -> Data {
        let original = Checkpoint.bytes(of: Self.state)
        return Data(little(UInt64(header.utf8.count)) + Array(header.utf8)) + original[(8 + Self.headerLength)...]
    }

    private static let headerLength = Checkpoint.bytes(of: state)[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }

    private static let header = String(
        decoding: Checkpoint.bytes(of: state)[8..<8 + headerLength], as: UTF8.self)

    @Test func `any number may stand in it`() throws {
        #expect(try Checkpoint.state(of: file(Self.header)) == Self.state)
        for variant in ExtremeNumbers.variants(of: Self.header) {
            guard let state = try? Checkpoint.state(of: file(variant)) else { continue }
            #expect(state.step < 1 << 49 && (state.average?.updates ?? 0) < 1 << 49, "the next step would overflow")
        }
    }

    @Test func `a header may not nest without end`() {
        for unit in ["[", "{\"a\":"] {
            let header = String(repeating: unit, count: 200_000)
            #expect(throws: Checkpoint.Malformed.self) { try Checkpoint.state(of: file(header)) }
        }
    }

    @Test(arguments: ["velocity", "average"])
    func `what belongs to a parameter has its shape`(kind: String) throws {
        var header = Self.header
        header.replace(try Regex(#"("\#(kind)/[^"]*":\{[^}]*"shape":)\[2,1,1,2\]"#)) { match in
            "\(match.output[1].substring ?? "")[1,2,2,1]"
        }
        #expect(header != Self.header)
        #expect(throws: Checkpoint.Malformed.self) { try Checkpoint.state(of: file(header)) }
    }

    @Test func `tensors share no bytes`() throws {
        var header = Self.header
        // Every tensor of two numbers is said to lie where the first one does.
        header.replace(/"data_offsets":\[\d+,\d+\],"dtype":"F32","shape":\[2\]/) { _ in
            #""data_offsets":[0,8],"dtype":"F32","shape":[2]"#
        }
        header.replace(/"data_offsets":\[\d+,\d+\],"dtype":"F32","shape":\[2,1,1,2\]/) { _ in
            #""data_offsets":[0,16],"dtype":"F32","shape":[2,1,1,2]"#
        }
        #expect(header != Self.header)
        // As many bytes as there are do no harm.
        #expect(throws: Never.self) { try Checkpoint.state(of: file(header)) }
        let half = file(header).dropLast(32)
        #expect(throws: Checkpoint.Malformed.self) { try Checkpoint.state(of: half) }
    }

    @Test func `metrics that no run can have are passed over`() {
        let lines = [
            #"{"step":9223372036854775807,"loss":1}"#, #"{"step":-1,"loss":1}"#, #"{"step":1,"loss":1e300}"#,
            #"{"step":2,"images_per_second":-1e300}"#, #"{"step":3,"loss":1.5,"images_per_second":7}"#,
        ]
        let metrics = RunMetrics(parsing: Data(lines.joined(separator: "\n").utf8))
        #expect(metrics.loss == [SIMD2(3, 1.5)] && metrics.medianImagesPerSecond == 7)
    }

    @Test func `metrics are lines of JSON, and a resumed run drops those it will write again`() throws {
        let folder = try TemporaryFolder()
        let run = RunDirectory(path: folder.path + "/runs/one")
        #expect(try run.checkpoint() == nil)
        #expect(!FileManager.default.fileExists(atPath: run.path), "nothing is written before there is a reason")
        try run.create()
        try run.dropMetrics(fromStep: 0)
        for step in 0..<5 { try run.append(step: step, [("loss", 1.5), ("epoch", 2), ("bad", .nan)]) }
        let text = try String(contentsOfFile: run.metricsPath, encoding: .utf8)
        #expect(text.split(separator: "\n").count == 5)
        #expect(text.hasPrefix("{\"epoch\":2,\"loss\":1.5,\"step\":0}\n"))
        try run.save(Self.state)
        #expect(try run.checkpoint() == Self.state)
        // An interruption has left half a line.
        try folder.write("runs/one/metrics.jsonl", text + "{\"step\":")
        try run.dropMetrics(fromStep: 3)
        let kept = try String(contentsOfFile: run.metricsPath, encoding: .utf8)
        #expect(kept.split(separator: "\n").count == 3 && kept.hasSuffix("\"step\":2}\n"))
        try run.append(step: 3, [])
        #expect(try String(contentsOfFile: run.metricsPath, encoding: .utf8).hasSuffix("{\"step\":3}\n"))
    }
}
