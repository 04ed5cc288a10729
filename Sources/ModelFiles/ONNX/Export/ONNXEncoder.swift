import JSON
import MultiBox
import Networks
import Platform
import SwiftProtobuf

/// Writes a detector as an ONNX file: what every runtime of ONNX computes, and in its metadata what only multibox needs to read
/// the file back as the same detector.
enum ONNXEncoder {
    /// The version of the operator set that is written; one that current runtimes and those of some years ago have.
    private static let operatorSet: Int64 = 17
    /// The version of the format that came with it.
    private static let version: Int64 = 8
    /// The names of raw outputs: what the post-processing begins with.
    private static let locations = "locations"

    /// The file of a detector; equal detectors give equal bytes.
    ///
    /// - Throws: if the parts of the detector do not fit together, or a layer has no counterpart in ONNX.
    static func bytes(of model: DetectionModel, _ outputs: ONNXOutputs) throws(ModelFileError) -> [UInt8] {
        try ModelConsistency.check(model)
        let (boxes, classes) = (model.network[model.locations].shape.height, model.output.classCount)
        let raw = outputs == .raw ? "scores" : "raw scores"
        var exporter = ONNXExporter(
            model.network, model.preprocessing, name: model.name,
            reserved: [locations, raw] + (outputs == .raw ? [] : ["boxes", "labels", "scores"]))
        exporter.name(model.locations, locations)
        exporter.name(model.scores, raw)
        try exporter.addLayers()
        // A tensor that stands for something else as well has the name of that.
        for (id, name) in [(model.locations, locations), (model.scores, raw)] where exporter.name(of: id) != name {
            exporter.writer.node("Identity", [exporter.name(of: id)], output: name)
        }
        var writer = exporter.writer
        let processing: ONNXPostProcessing
        do throws(MultiBoxError) {
            processing = try ONNXPostProcessing(model.output, model.coder, model.defaultBoxes)
        } catch { throw .postProcessing(error) }
        switch outputs {
        case .raw:
            writer.output(locations, .float, [.fixed(1), .fixed(boxes), .fixed(4)])
            writer.output(raw, .float, [.fixed(1), .fixed(boxes), .fixed(classes)])
        case .boxes:
            processing.addBoxes(locations, output: "boxes", isLast: true, to: &writer)
            processing.addConfidences(raw, output: "scores", to: &writer)
            writer.output("boxes", .float, [.fixed(1), .fixed(boxes), .fixed(4)])
            writer.output("scores", .float, [.fixed(1), .fixed(boxes), .fixed(classes)])
        case .detections:
            let (decoded, confidences) = (writer.unique("decoded boxes"), writer.unique("confidences"))
            processing.addBoxes(locations, output: decoded, isLast: false, to: &writer)
            processing.addConfidences(raw, output: confidences, to: &writer)
            processing.addSuppression(
                boxes: decoded, confidences: confidences, outputs: ("boxes", "labels", "scores"), to: &writer)
            writer.output("boxes", .float, [.named("detections"), .fixed(4)])
            writer.output("labels", .int64, [.named("detections")])
            writer.output("scores", .float, [.named("detections")])
        }
        var file = ONNXModelProto()
        file.irVersion = version
        file.producerName = "multibox"
        var operators = ONNXOperatorSetIdProto()
        operators.version = operatorSet
        file.opsetImport = [operators]
        file.graph = writer.graph
        file.metadataProps = try metadata(of: model, raw: raw)
        do { return try file.serializedBytes() } catch {
            throw .inconsistent(reason: "it is more than an ONNX file can hold, 2 GiB")
        }
    }

    /// What the file says of the detector, in the words of a file of our own format.
    private static func metadata(
        of model: DetectionModel, raw: String
    ) throws(ModelFileError) -> [ONNXStringStringEntryProto] {
        var texts = [
            ModelMetadata.formatVersion: ModelMetadata.currentVersion,
            ModelMetadata.name: model.name,
            ModelMetadata.architecture: model.architecture,
            ModelMetadata.provenance: ModelEncoder.provenance(model.provenance),
            ModelMetadata.labels: ModelEncoder.labels(model.labels),
            ModelMetadata.preprocessing: ModelEncoder.preprocessing(model.preprocessing),
            ModelMetadata.boxCoder: ModelEncoder.coder(model.coder),
            ModelMetadata.detectionOutput: ModelEncoder.output(model.output),
            ModelMetadata.outputs: ModelEncoder.object { json in
                json.member("locations", locations)
                json.member("scores", raw)
            },
            ONNXDescription.input: ModelEncoder.object { json in
                json.member("channel_order", ChannelOrder.rgb.rawValue)
                json.name("range")
                json.array { json in for limit in [0, 1] { json.integer(limit) } }
            },
        ]
        switch model.defaultBoxes {
        case .generated(let configuration):
            texts[ModelMetadata.defaultBoxes] = ModelEncoder.defaultBoxes(configuration)
        case .explicit(let boxes):
            guard boxes.count <= ONNXDescription.maximumBoxes else {
                throw .tooMany(
                    what: "default boxes for an ONNX file", found: boxes.count, limit: ONNXDescription.maximumBoxes)
            }
            texts[ModelMetadata.defaultBoxes] = ModelEncoder.object { json in
                json.name("boxes")
                json.array { json in
                    for box in boxes { for value in [box.cx, box.cy, box.w, box.h] { json.exact(value) } }
                }
            }
        }
        if let winograd = winograd(model.network) { texts[ONNXDescription.winograd] = winograd }
        return texts.sorted { $0.key < $1.key }.map { key, value in
            var entry = ONNXStringStringEntryProto()
            (entry.key, entry.value) = (key, value)
            return entry
        }
    }

    /// The factors of convolutions by Winograd's method, which ONNX has no word for: by their number among the convolutions.
    private static func winograd(_ network: Network) -> String? {
        let convolutions = network.layers.compactMap { layer in
            if case .convolution(let convolution) = layer.operation { convolution } else { nil }
        }
        guard convolutions.contains(where: { $0.winograd != nil }) else { return nil }
        return ModelEncoder.text { json in
            json.array { json in
                for (index, convolution) in convolutions.enumerated() {
                    guard let factors = convolution.winograd else { continue }
                    json.object { json in
                        json.member("convolution", index)
                        json.integers("factors", factors.values.map(Int.init))
                    }
                }
            }
        }
    }
}
