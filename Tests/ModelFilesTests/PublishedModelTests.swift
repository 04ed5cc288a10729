import Platform
import Foundation
import Images
import ModelFiles
import MultiBox
import Engine
import Networks
import TestSupport
import Testing

/// Published model files, against what their own runtimes make of them.
@Suite("Published TensorFlow Lite models")
struct PublishedModelTests {
    static let coco = "models/coco-ssd-mobilenet-v1/detect.tflite"

    @Test(
        "COCO SSD MobileNet v1: input, layers, labels and options",
        .enabled(if: SharedFiles.exist(coco), "\(SharedFiles.absence)"))
    func cocoModel() throws {
        let model = try ModelFile.load(path: SharedFiles.path(Self.coco))
        #expect(model.name == "coco-ssd-mobilenet-v1")
        #expect(model.version == SHA256Digest(of: try SharedFiles.bytes(Self.coco)).hexadecimal.prefix(8))
        #expect(model.precision == .int8)
        let input = model.network[model.network.input]
        #expect(input.shape.dimensions == [300, 300, 3])
        #expect(input.element.quantization == Quantization(scale: 0.0078125, zeroPoint: 128))
        #expect(model.preprocessing.normalization == .bytes && model.preprocessing.channelOrder == .rgb)
        #expect(model.network[model.locations].shape.dimensions == [1917, 4])
        #expect(model.network[model.scores].shape.dimensions == [1917, 91])
        let kinds = Dictionary(grouping: model.network.layers, by: \.operation.kind).mapValues(\.count)
        // 5 + 5 conversions before the concatenations, where the first map's scale differs in one of them, and 2 outputs.
        #expect(
            kinds == [
                "convolution": 34, "depthwise": 13, "reshape": 13, "concatenation": 2, "activation": 1, "convert": 13,
            ])
        #expect(model.labels.names.count == 91 && model.labels.names[1] == "person" && model.labels.names[12] == nil)
        #expect(model.output.maxDetections == 10 && model.output.backgroundIndex == 0)
        #expect(model.output.iouThreshold == 0.6 && model.output.scoreThreshold == 1e-8)
        #expect(model.coder == .tflite)
    }

    @Test(
        "COCO SSD MobileNet v1: the stored default boxes",
        .enabled(
            if: SharedFiles.exist(coco) && SharedFiles.exist("golden/coco-ssd-mobilenet-v1_anchors_yxhw.npy"),
            "\(SharedFiles.absence)"))
    func cocoAnchors() throws {
        let boxes = try ModelFile.load(path: SharedFiles.path(Self.coco)).defaultBoxes.boxes()
        let expected = try Self.floats(npy: SharedFiles.bytes("golden/coco-ssd-mobilenet-v1_anchors_yxhw.npy"))
        #expect(boxes.flatMap { [$0.cy, $0.cx, $0.h, $0.w] } == expected)
    }

    /// The numbers of a NumPy file of little-endian floats in C order.
    private static func floats(npy bytes: [UInt8]) throws -> [Float] {
        try #require(bytes.starts(with: [0x93] + Array("NUMPY".utf8) + [1, 0]))
        let start = 10 + Int(bytes[8]) + Int(bytes[9]) << 8
        let header = String(decoding: bytes[10..<start], as: UTF8.self)
        try #require(header.contains("'<f4'") && header.contains("'fortran_order': False"))
        return stride(from: start, to: bytes.count, by: 4).map { offset in
            Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) })
        }
    }
}
