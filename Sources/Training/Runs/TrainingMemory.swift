import Datasets
import Networks

/// About how much memory a training run takes at its peak, in bytes, known before any of it is taken.
public struct TrainingMemory: Sendable, Hashable {
    /// The parameters and what has their size: gradient, moments, running average, what is evaluated or written.
    public let parameters: Int
    /// The values and gradients of all tensors for the photos that are computed at a time.
    public let tensors: Int
    /// Photos: those that are kept decoded, and two batches of inputs.
    public let photos: Int
    /// What the kernels pack and sum in, and the program itself.
    public let rest: Int

    /// Bytes of the program with its threads, before it does anything.
    private static let program = 64 << 20
    /// Bytes that a thread's kernels take.
    private static let kernel = 4 << 20

    /// All of it.
    public var total: Int { parameters + tensors + photos + rest }

    /// The memory of training a detector on some photos.
    ///
    /// - Throws: that the network cannot be trained.
    public init(
        _ detector: TrainableDetector, on dataset: any DetectionDataset, _ configuration: TrainerConfiguration
    ) throws(NetworkError) {
        let network = detector.model.network
        let (size, trained) = (network.parameters.size, detector.parameters.filter(\.treatment.isTrained))
        let trainedSize = trained.reduce(0) { $0 + 4 * $1.values.count }
        let average = configuration.averageDecay == nil ? 0 : size
        let moments = trainedSize * (configuration.optimizer == .adamW ? 2 : 1)
        // A gradient, and with several parts that of one more.
        let gradients = trainedSize * (configuration.accumulation > 1 ? 2 : 1)
        // For a moment: a detector, folded, and its packed weights.
        let moment = 3 * size
        parameters = 2 * size + average + moments + gradients + moment
        let images = configuration.batchSize / configuration.accumulation
        let outputs = network.outputs.reduce(0) { $0 + 4 * network[$1].shape.elementCount }
        tensors = images * (try StepMemory(network, frozen: detector.frozen).bytesPerImage + outputs)
        let decoded = dataset.photos.reduce(0) { $0 + 3 * $1.size.width * $1.size.height }
        photos =
            min(decoded, PhotoCache.defaultBytes)
            + 2 * 4 * configuration.batchSize * network[network.input].shape.elementCount
        let largest = network.parameters.all.map { 4 * $0.values.count }.max() ?? 0
        rest = 3 * largest + configuration.threads * Self.kernel + Self.program
    }
}
