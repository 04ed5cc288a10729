import Networks
import MultiBox

/// The memory of one stream of an engine.
///
/// `@unchecked Sendable`: the engine reaches it only with the stream's lock held.
final class InferenceStream: @unchecked Sendable {
    let workspace: Workspace
    private var detectionWorkspace: DetectionOutput.Workspace

    init(plan: Plan, output: DetectionOutput, configuration: EngineConfiguration) throws(NetworkError) {
        workspace = try Workspace(
            plan: plan, capacity: configuration.maximumBatchSize, threads: configuration.threadsPerStream)
        detectionWorkspace = output.makeWorkspace()
    }

    /// The detections of an image of the batch that ran last.
    func detections(
        of image: Int, model: DetectionModel, output: DetectionOutput, options: DetectionOptions
    ) -> [Detection] {
        output.detections(
            loc: floats(model.locations, image, model), conf: floats(model.scores, image, model), options: options,
            workspace: &detectionWorkspace)
    }

    /// The detections in raw outputs.
    func detections(in raw: RawOutputs, output: DetectionOutput, options: DetectionOptions) -> [Detection] {
        raw.locations.withUnsafeBufferPointer { loc in
            raw.scores.withUnsafeBufferPointer { conf in
                output.detections(loc: loc, conf: conf, options: options, workspace: &detectionWorkspace)
            }
        }
    }

    /// The raw outputs of an image of the batch that ran last.
    func rawOutputs(of image: Int, model: DetectionModel) -> RawOutputs {
        RawOutputs(
            locations: Array(floats(model.locations, image, model)), scores: Array(floats(model.scores, image, model)))
    }

    private func floats(_ tensor: TensorID, _ image: Int, _ model: DetectionModel) -> UnsafeBufferPointer<Float> {
        let address = UnsafeRawPointer(workspace.address(of: tensor, image: image))
        return UnsafeBufferPointer(
            start: address.assumingMemoryBound(to: Float.self), count: model.network[tensor].shape.elementCount)
    }
}
