import Images
import MultiBox
import Networks
import Synchronization

/// Makes batches: which photos, in which variations, as inputs and targets.
///
/// All of it follows from the seed and the step: a photo's variation from (seed, epoch, its place in the dataset), so that
/// neither threads nor an interruption change anything. Photos left over at the end of an epoch sit it out.
struct BatchLoader: Sendable {
    let dataset: any DetectionDataset
    let encoder: MultiBoxTargetEncoder
    let preprocessing: Preprocessing
    let configuration: TrainerConfiguration
    private let cache = PhotoCache()

    init(
        dataset: any DetectionDataset, encoder: MultiBoxTargetEncoder, preprocessing: Preprocessing,
        configuration: TrainerConfiguration
    ) {
        self.dataset = dataset
        self.encoder = encoder
        self.preprocessing = preprocessing
        self.configuration = configuration
    }

    /// Steps of an epoch.
    var stepsPerEpoch: Int { dataset.photos.count / configuration.batchSize }

    /// The photos of a step, by their place in the dataset.
    func photos(ofStep step: Int) -> [Int] {
        let (epoch, index) = (step / stepsPerEpoch, step % stepsPerEpoch)
        // The first index sets the order's stream apart from those of the photos.
        var random = RandomStream(seed: configuration.seed, 0, epoch)
        let order = random.permutation(of: dataset.photos.count)
        return Array(order[index * configuration.batchSize..<(index + 1) * configuration.batchSize])
    }

    /// Writes the inputs of a step and gives its targets.
    func load(step: Int, into input: UnsafeMutableBufferPointer<Float>) throws(TrainerError) -> [MultiBoxTargets] {
        let photos = photos(ofStep: step)
        let size = input.count / photos.count
        let results = Mutex([Result<MultiBoxTargets, TrainerError>?](repeating: nil, count: photos.count))
        ParallelRanges(threads: configuration.threads).run(photos.count) { range, _ in
            for slot in range {
                let target = UnsafeMutableBufferPointer(rebasing: input[slot * size..<(slot + 1) * size])
                let result = Result { () throws(TrainerError) in
                    try load(photos[slot], epoch: step / stepsPerEpoch, into: target)
                }
                results.withLock { $0[slot] = result }
            }
        }
        var targets: [MultiBoxTargets] = []
        for result in results.withLock({ $0 }) {
            if let result { targets.append(try result.get()) }
        }
        return targets
    }

    private func load(
        _ index: Int, epoch: Int, into target: UnsafeMutableBufferPointer<Float>
    ) throws(TrainerError) -> MultiBoxTargets {
        let photo = dataset.photos[index]
        let pixels: PixelImage
        do {
            pixels = try cache.photo(index) { () throws(DatasetError) in try dataset.pixels(of: photo) }
        } catch { throw .dataset(error) }
        var random = RandomStream(seed: configuration.seed, 1, epoch, index)
        let normalization = PixelNormalization(preprocessing)
        // The colour that becomes 0.
        let fill = (SIMD3<Float>.zero - normalization.bias) / normalization.scale
        let isReversed = normalization.order == .bgr
        func byte(_ channel: Int) -> UInt8 {
            UInt8(min(max(fill[isReversed ? 2 - channel : channel], 0), 255).rounded())
        }
        let window = configuration.augmentation(
            pixels, objects: photo.objects, fill: SIMD3(byte(0), byte(1), byte(2)), using: &random)
        window.warp(
            width: preprocessing.width, height: preprocessing.height, normalization: normalization, into: target)
        do { return try encoder.targets(for: window.objects) } catch { throw .targets(photo: photo.path, error) }
    }
}
