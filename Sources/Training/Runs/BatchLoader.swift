import Datasets
import Platform
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

    /// Threads that load while others compute: loading takes about a tenth of the time that computing does.
    private static func threads(beside threads: Int) -> Int { max(1, threads / 4) }

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
        ParallelRanges(threads: Self.threads(beside: configuration.threads)).run(photos.count) { range, _ in
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
        var random = RandomStream(seed: configuration.seed, 1, epoch, index)
        let objects: [AnnotatedObject]
        if let mosaic = configuration.augmentation.mosaic, mosaic.isDrawn(inEpoch: epoch, using: &random) {
            objects = try load(mosaic, beginningWith: index, into: target, using: &random)
        } else {
            let window = configuration.augmentation(
                try pixels(index), objects: configuration.objects(of: dataset.photos[index]), fill: fill, using: &random
            )
            window.warp(
                width: preprocessing.width, height: preprocessing.height, normalization: normalization, into: target)
            objects = window.objects
        }
        // Moved or mirrored, what was hardly anything may be nothing: the last of a crowd at the edge of a part. What is no
        // number is not passed over.
        let shown = objects.filter { $0.box.area > 0 || !$0.box.isFinite }
        do { return try encoder.targets(for: shown) } catch {
            throw .targets(photo: dataset.photos[index].path, error)
        }
    }

    /// Writes a mosaic of a photo and of others drawn from all, and gives its objects.
    private func load(
        _ mosaic: Mosaic, beginningWith first: Int, into target: UnsafeMutableBufferPointer<Float>,
        using random: inout RandomStream
    ) throws(TrainerError) -> [AnnotatedObject] {
        let (width, height) = (preprocessing.width, preprocessing.height)
        var objects: [AnnotatedObject] = []
        for (place, tile) in mosaic.tiles(width: width, height: height, using: &random).enumerated() {
            let index = place == 0 ? first : random.index(below: dataset.photos.count)
            let window = configuration.augmentation.tile(
                tile, of: mosaic, width: width, height: height, photo: try pixels(index),
                objects: configuration.objects(of: dataset.photos[index]), using: &random)
            objects += Mosaic.warp(window, to: tile, normalization: normalization, of: target, width: width)
        }
        return objects
    }

    private func pixels(_ index: Int) throws(TrainerError) -> PixelImage {
        do {
            return try cache.photo(index) { () throws(DatasetError) in try dataset.pixels(of: dataset.photos[index]) }
        } catch { throw .dataset(error) }
    }

    private var normalization: PixelNormalization { PixelNormalization(preprocessing) }

    /// The colour that becomes 0, red first.
    private var fill: SIMD3<UInt8> {
        let fill = (SIMD3<Float>.zero - normalization.bias) / normalization.scale
        let isReversed = normalization.order == .bgr
        func byte(_ channel: Int) -> UInt8 {
            UInt8(min(max(fill[isReversed ? 2 - channel : channel], 0), 255).rounded())
        }
        return SIMD3(byte(0), byte(1), byte(2))
    }
}
