import Foundation
import ModelFiles
import MultiBox
import Networks
import TestSupport
import Testing

/// Files of ten megabytes that are made to cost: looking into one takes at most twice its size and 64 MiB of memory, held by the
/// system, and less than a second.
@Suite(.endToEnd)
struct ModelFileBoundsTests {
    enum Case: String, CaseIterable {
        case remembered, texts, entries, tuples, storages, tensors, values, members, metadata, outputs, narrow, labels,
            empty
        case zipMembers, zipBomb, onnxNodes, onnxTail, onnxTensors, onnxInputs, onnxNumbers, tfliteOperators,
            tfliteTensors
        case randomPickle, randomZip, randomONNX, randomTFLite, randomTensors
    }

    private static let bytes = 10_000_000

    private func file(_ kind: Case) throws -> [UInt8] {
        let size = Self.bytes
        func pickle(_ start: [UInt8], _ unit: [UInt8], _ end: [UInt8] = []) -> [UInt8] {
            let room = size - start.count - end.count - 200
            var bytes: [UInt8] = [0x80, 2] + start
            bytes.reserveCapacity(size)
            for _ in 0..<room / unit.count { bytes += unit }
            return TorchWriter.zip([("a/data.pkl", bytes + end + [0x2E])])
        }
        func tensors(_ header: String, data: Int = 0) -> [UInt8] {
            little(UInt64(header.utf8.count)) + Array(header.utf8) + [UInt8](repeating: 0, count: data)
        }
        func list(_ element: (Int) -> String, bytes: Int) -> String {
            var (elements, count) = ([String](), 0)
            while count < bytes {
                let next = element(elements.count)
                count += next.utf8.count + 1
                elements.append(next)
            }
            return elements.joined(separator: ",")
        }
        switch kind {
        case .remembered: return pickle([0x7D], [0x94])
        case .texts:
            // Lists of texts too long to be kept in place.
            let unit: [UInt8] =
                [0x5D, 0x28] + (0..<16).flatMap { _ in [0x8C, 16] + [UInt8](repeating: 65, count: 16) } + [0x65]
            return pickle([0x5D], unit + [0x61])
        case .entries: return pickle([0x4E, 0x71, 0, 0x85, 0x7D], [0x68, 0, 0x68, 0, 0x73])
        case .tuples: return pickle([0x4E], [0x85])
        case .storages:
            return pickle([0x5D], Array("(X\u{7}\0\0\0storagectorch\nFloatStorage\nX\u{1}\0\0\0aNK\0tQa".utf8))
        case .tensors:
            let entry = #"":{"dtype":"I8","shape":[0],"data_offsets":[0,0]}"#
            return tensors("{" + list({ "\"tensor \($0)" + entry }, bytes: size - 100) + "}")
        case .values: return tensors("{\"a\":[" + list({ _ in "[0]" }, bytes: size - 100) + "]}")
        case .members: return tensors("{\"a\":[" + list({ _ in #"{"a":0}"# }, bytes: size - 100) + "]}")
        case .metadata:
            let inner = list({ _ in "{}" }, bytes: (size - 4000) / 2)
            return tensors(#"{"__metadata__":{"multibox_format":"1","network":"["# + inner + #"]"}}"#)
        case .outputs:
            var bytes = try ModelFile.bytes(of: try Self.narrow(layers: 4))
            let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
            let header = String(decoding: bytes[8..<8 + length], as: UTF8.self)
            let outputs = list({ _ in "1" }, bytes: 400_000)
            let changed = header.replacing(/\\"outputs\\":\[[0-9,]*\]/) { _ in "\\\"outputs\\\":[\(outputs)]" }
            #expect(changed != header)
            bytes.replaceSubrange(..<(8 + length), with: little(UInt64(changed.utf8.count)) + Array(changed.utf8))
            return bytes
        case .narrow: return try ModelFile.bytes(of: try Self.narrow(layers: 3600))
        case .labels: return Array(String(repeating: "\u{1B}\n", count: size / 2).utf8)
        case .zipMembers:
            let name = String(repeating: "n", count: 30)
            return TorchWriter.zip((0..<65_000).map { ("\(name)\($0)", []) })
        case .zipBomb:
            let zeros = [UInt8](repeating: 0, count: 40 << 20)
            return TorchWriter.zip([("a/data.pkl", zeros), ("a/data/0", zeros)], isDeflated: true)
        case .onnxNodes:
            var writer = ONNXWriter()
            writer.input("photo", [1, 3, 8, 8])
            var x = writer.constant("weights", [size / 12, 3, 1, 1], [Float](repeating: 1, count: size / 12 * 3))
            x = "photo"
            for _ in 0..<20_000 { x = writer.node("Relu", [x]) }
            return writer.bytes(outputs: [x])
        case .onnxTail:
            // What might make boxes of a million offsets, 20,000 times.
            var writer = ONNXWriter()
            writer.input("photo", [1, 3, 256, 256])
            var outputs: [String] = []
            for (name, columns) in [("offsets", 4), ("scores", 2)] {
                let weights = writer.constant(
                    name + " weights", [4 * columns, 3, 1, 1], [Float](repeating: 0.5, count: 12 * columns))
                let map = writer.node("Conv", ["photo", weights])
                let moved = writer.node("Transpose", [map], [("perm", .integers([0, 2, 3, 1]))])
                let shape = writer.constant(name + " shape", [3], whole: [1, -1, columns])
                outputs.append(writer.node("Reshape", [moved, shape]))
            }
            let scores = writer.node("Softmax", [outputs[1]], [("axis", .integer(2))])
            var box = outputs[0]
            for _ in 0..<20_000 { box = writer.node("Exp", [outputs[0]]) }
            return writer.bytes(outputs: [box, scores])
        case .onnxTensors:
            var writer = ONNXWriter()
            writer.input("photo", [1, 3, 8, 8])
            for index in 0..<40_000 {
                writer.constant("a constant of many\(index)", [1, 48], [Float](repeating: 1, count: 48))
            }
            return writer.bytes(outputs: [writer.node("Relu", ["photo"])])
        case .onnxInputs:
            var writer = ONNXWriter()
            writer.input("photo", [1, 3, 8, 8])
            writer.constant("weights", [size / 12, 3, 1, 1], [Float](repeating: 1, count: size / 12 * 3))
            var x = writer.constant("c", [1], whole: [1])
            for _ in 0..<100 {
                x = writer.node("Concat", [x] + [String](repeating: "c", count: 1000), [("axis", .integer(0))])
            }
            return writer.bytes(outputs: [x])
        case .onnxNumbers:
            let tensor = ONNXWriter.integer(2, 7) + ONNXWriter.message(7, [UInt8](repeating: 1, count: size))
            return ONNXWriter.integer(1, 8) + ONNXWriter.message(7, ONNXWriter.message(5, tensor))
        case .tfliteOperators:
            var writer = TFLiteWriter()
            let photo = writer.tensor("photo", [1, 8, 8, 3])
            _ = writer.tensor(
                "weights", [size - 3_000_000], .uint8, data: [UInt8](repeating: 1, count: size - 3_000_000))
            var x = photo
            for index in 0..<16_000 {
                let y = writer.tensor("y\(index)", [1, 8, 8, 3])
                writer.add(.relu, [x], y)
                x = y
            }
            return writer.bytes(inputs: [photo], outputs: [x])
        case .tfliteTensors:
            var writer = TFLiteWriter()
            let photo = writer.tensor("photo", [1, 8, 8, 3])
            let name = String(repeating: "n", count: 100)
            for index in 0..<32_000 { _ = writer.tensor("\(name)\(index)", [1, 8, 8, 3], data: [0, 0, 0, 0]) }
            return writer.bytes(inputs: [photo], outputs: [photo])
        case .randomPickle:
            return Self.random(after: [
                0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
            ])
        case .randomZip: return Self.random(after: [0x50, 0x4B, 3, 4])
        case .randomONNX: return Self.random(after: [8, 8, 0x3A, 0x80, 0x80, 0x80, 4])
        case .randomTFLite: return Self.random(after: [28, 0, 0, 0] + Array("TFL3".utf8))
        case .randomTensors: return Self.random(after: little(UInt64(size / 2)) + [0x7B])
        case .empty: return TorchWriter(tensors: [.init("a", [0], data: [], offset: 1 << 62, strides: [1])]).archive()
        }
    }

    private static func random(after start: [UInt8]) -> [UInt8] {
        var random = SeededGenerator(seed: 5)
        var bytes = start
        bytes.reserveCapacity(Self.bytes)
        while bytes.count < Self.bytes { bytes += little(random.next()) }
        return bytes
    }

    /// A detector whose weights, packed for vectors, are many times as large as they are.
    private static func narrow(layers: Int) throws -> DetectionModel {
        let channels = 640
        var builder = NetworkBuilder(input: try TensorShape(height: 1, width: 1, channels: 3), element: .float32)
        func convolution(_ builder: inout NetworkBuilder, _ x: TensorID, _ channels: Int, _ name: String) throws
            -> TensorID
        {
            let weights = [Float](repeating: 0.01, count: builder[x].shape.channels * channels)
            return try builder.convolution(
                x,
                Convolution(
                    window: Window(kernel: 1), grouping: .dense, outputChannels: channels,
                    parameters: builder.floats(weights: weights, bias: []), activation: .none), name: name)
        }
        var x = builder.inputTensor
        for index in 0..<layers { x = try convolution(&builder, x, index % 2 == 0 ? channels : 1, "l\(index)") }
        var outputs: [TensorID] = []
        for (name, columns) in [("locations", 4), ("scores", 2)] {
            let head = try convolution(&builder, x, columns, name)
            outputs.append(try builder.reshape(head, to: try TensorShape([1, columns]), name: name + " rows"))
        }
        let maps = [DefaultBoxConfiguration.SourceMap(size: 1, minimumSizes: [1])]
        return DetectionModel(
            name: "narrow", version: "0", architecture: "test", network: builder.build(outputs: outputs),
            locations: outputs[0], scores: outputs[1],
            preprocessing: Preprocessing(
                width: 1, height: 1, channelOrder: .rgb, normalization: .affine(scale: [1, 1, 1], bias: [0, 0, 0])),
            labels: try LabelMap(names: [nil, "a"], hasBackground: true),
            defaultBoxes: .generated(DefaultBoxConfiguration(imageWidth: 1, imageHeight: 1, maps: maps)),
            coder: .ssd, output: DetectionOutputConfiguration(classCount: 2))
    }

    /// What the program and its libraries need of their own, in KiB.
    private static let own = 32 << 10

    @Test(arguments: Case.allCases)
    func bounds(kind: Case) throws {
        let folder = try TemporaryFolder()
        let bytes = try file(kind)
        let path = try folder.write("hostile.bin", bytes)
        let limit = Self.own + (2 * bytes.count + (64 << 20)) >> 10
        let clock = ContinuousClock()
        let start = clock.now
        let process = try ChildProcess(
            "/bin/sh",
            ["-c", #"ulimit -d "$0"; exec "$@""#, String(limit), try Program.multibox, "models", "info", path],
            environment: ["SWIFT_BACKTRACE": "enable=no"])
        defer { process.end() }
        let exit = try process.wait()
        let time = start.duration(to: clock.now)
        let errors = String(decoding: try process.errors.allBytes(), as: UTF8.self)
        #expect(exit == .status(kind == .narrow ? 0 : 1), "\(kind): \(errors)")
        if kind != .narrow { #expect(errors.hasPrefix("multibox: ") && errors.utf8.count < 10_000, "\(errors)") }
        #if !DEBUG
            #expect(time < .seconds(1), "\(kind): \(time)")
        #endif
    }
}
