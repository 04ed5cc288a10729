import ArgumentParser
import Detectors
import Foundation
import Images
import Engine
import Networks
import Quantization

/// The options that say how a float model becomes an 8-bit one.
struct QuantizationArguments: ParsableArguments {
    /// Photos that calibration takes, unless another number is given.
    static let defaultPhotos = 100

    /// The share of the multiply-adds that may stay float for agreement's sake, unless another is given.
    static let defaultMaximumFloat = 0.25

    /// Agreement below this is worth a hint at what can be done about it.
    static let modestAgreement = 0.9

    /// How much agreement with the float model Winograd's method may cost, in AP of 0...1, to be chosen.
    static let winogradTolerance = 0.01

    @Option(
        help: ArgumentHelp("With int8: a folder of photos, or a dataset's.", valueName: "dir"),
        completion: .directory)
    var calibration: String?

    @Option(help: "With int8: how many of the photos are taken, evenly spread. Default: \(Self.defaultPhotos).")
    var calibrationImages: Int?

    @Option(
        help: """
            With int8: how ranges are chosen. auto tries the others and takes the one that finds most of what the float \
            model finds in the photos. Default: auto.
            """)
    var range: RangeChoice?

    @Option(
        help: """
            With int8: whether dense 3×3 convolutions are computed by Winograd's method, about 1.8 times faster and with \
            about twice the rounding error. auto tries it and takes it if AP with what the float model finds in the \
            photos falls by at most \(Self.winogradTolerance.fixed(2)). Default: auto.
            """)
    var winograd: WinogradChoice?

    @Option(
        help: ArgumentHelp(
            "With int8: convolutions that stay float, by name; * stands for any characters. May be repeated.",
            valueName: "pattern"))
    var keepFloat: [String] = []

    @Option(
        help: ArgumentHelp(
            """
            With int8: the AP to reach with the float model's detections in the photos for truth, such as 0.95. Where it is \
            less, the convolutions that bear bytes worst stay float, as few as that takes, each having been measured by \
            itself; nothing is written if they do not do.
            """, valueName: "ap"))
    var agreement: Double?

    @Option(
        help: ArgumentHelp(
            """
            With --agreement: the share of the multiply-adds that may stay float for its sake, 0 to 1. Default: \
            \(Self.defaultMaximumFloat).
            """, valueName: "share"))
    var maxFloat: Double?

    /// The photos that are going to be read.
    func photoFiles() throws -> [String] { try calibration.map { try photos(in: $0).map(\.name) } ?? [] }

    /// Checks the options against the precision that was asked for.
    func validate(_ precision: Convert.TargetPrecision) throws {
        guard precision == .int8 else {
            let isGiven =
                calibration != nil || calibrationImages != nil || range != nil || winograd != nil || !keepFloat.isEmpty
                || agreement != nil || maxFloat != nil
            guard isGiven else { return }
            throw ValidationError(
                "--calibration, --calibration-images, --range, --winograd, --keep-float, --agreement and --max-float go "
                    + "with --precision int8.")
        }
        guard calibration != nil else { throw ValidationError("--precision int8 needs --calibration, photos.") }
        if let calibrationImages, !(1...100_000).contains(calibrationImages) {
            throw ValidationError("--calibration-images is a number from 1 to 100000.")
        }
        if let agreement, !(agreement > 0 && agreement <= 1) {
            throw ValidationError("--agreement is a number above 0, at most 1.")
        }
        guard let maxFloat else { return }
        guard agreement != nil else { throw ValidationError("--max-float goes with --agreement.") }
        guard maxFloat >= 0, maxFloat <= 1 else { throw ValidationError("--max-float is a number from 0 to 1.") }
    }

    /// How it was done, for the model's provenance.
    func description(of result: QuantizedModel) -> String {
        var text = "int8, range by \(result.range.rawValue), \(result.photos) photos"
        if result.usesWinograd { text += ", 3×3 convolutions by Winograd's method" }
        let float = keepFloat + (result.kept?.layers ?? [])
        if !float.isEmpty { text += ", float: " + float.joined(separator: " ") }
        return text
    }

    /// The 8-bit model.
    func quantized(_ model: DetectionModel, threads: Int) throws -> QuantizedModel {
        guard let calibration else { throw Failure.usage("--precision int8 needs --calibration, photos") }
        for pattern in keepFloat where !model.network.layers.contains(where: { matches($0, pattern) }) {
            throw Failure("no convolution of \(model.name) is called \(pattern)")
        }
        let photos = try photos(in: calibration)
        do {
            let quantizer = try ModelQuantizer(
                model, instructionSet: InferenceEngine.instructionSet(), threads: threads)
            let preparer = InputPreparer(model.preprocessing)
            let decoder = ImageDecoder(limits: .ofOwnFiles)
            var progress = Progress(title: "photos", total: photos.count)
            var samples: [InferenceInput] = []
            for (index, photo) in photos.enumerated() {
                let input = quantizer.makeInput()
                do {
                    preparer.prepare(try decoder.decode(try photo.bytes(), for: preparer.size), into: input)
                } catch let error as ImageError { throw Failure("\(photo.name): \(error)") }
                quantizer.observe(input)
                // Evenly spread, as the photos are.
                let isSample = index * FloatLayerSearch.sampleCount / photos.count == samples.count
                if agreement != nil, isSample { samples.append(input) }
                progress.update(done: index + 1)
            }
            progress.finish()
            let agreement = try DetectionAgreement(original: model, photos: photos, threads: threads)
            var result = try best(quantizer, agreement, photos: photos.count)
            let choice = winograd ?? .auto
            if choice == .on { try takeWinograd(&result, quantizer, agreement) }
            if let target = self.agreement {
                guard let figures = result.figures else {
                    throw Failure("\(model.name) finds nothing in these photos, so that there is no agreement to reach")
                }
                if figures.averagePrecision < target {
                    let search = FloatLayerSearch(
                        quantizer: quantizer, agreement: agreement, samples: samples, range: result.range,
                        winograd: result.usesWinograd, staysFloat: staysFloat)
                    let outcome = try search.run(
                        target: target, maximumCost: maxFloat ?? Self.defaultMaximumFloat, before: figures)
                    (result.model, result.figures, result.kept) = (outcome.model, outcome.figures, outcome.kept)
                }
            }
            if choice == .auto { try takeWinograd(&result, quantizer, agreement, unlessBelow: self.agreement) }
            return result
        } catch let failure as Failure { throw failure } catch {
            throw Failure("\(model.name) cannot be quantized: \(error)")
        }
    }

    /// Whether a convolution stays float by wish.
    private func staysFloat(_ name: String) -> Bool { keepFloat.contains { Self.matches(name, $0) } }

    /// The model whose ranges are chosen in the best of the ways to try.
    private func best(
        _ quantizer: ModelQuantizer, _ agreement: DetectionAgreement, photos: Int
    ) throws -> QuantizedModel {
        var tried: [(model: DetectionModel, range: CalibrationRange, figures: DetectionAgreement.Figures?)] = []
        for range in (range ?? .auto).candidates {
            let candidate = try quantizer.quantized(range: range, winograd: false, staysFloat: staysFloat)
            tried.append((candidate, range, try agreement.figures(of: candidate, title: range.rawValue)))
        }
        // Where nothing can be compared, the way that clamps nothing. Of equals the first.
        func rank(_ index: Int) -> Double {
            tried[index].figures?.averagePrecision ?? (tried[index].range == .minmax ? 0 : -1)
        }
        guard let best = tried.indices.max(by: { (rank($0), $1) < (rank($1), $0) }) else {
            preconditionFailure("there is a way to try")
        }
        return QuantizedModel(
            model: tried[best].model, range: tried[best].range, photos: photos, figures: tried[best].figures,
            agreements: tried.map { ($0.range, $0.figures) })
    }

    /// Has 3×3 convolutions computed by Winograd's method where there are such.
    ///
    /// - Parameter unlessBelow: the AP below which that is not worth its speed, besides one that falls by more than
    ///   `winogradTolerance`; nil with `--winograd on`, or where no AP has to be reached.
    private func takeWinograd(
        _ result: inout QuantizedModel, _ quantizer: ModelQuantizer, _ agreement: DetectionAgreement,
        unlessBelow target: Double? = nil
    ) throws {
        let kept = Set(result.kept?.layers ?? [])
        let faster = try quantizer.quantized(range: result.range, winograd: true) {
            staysFloat($0) || kept.contains($0)
        }
        guard faster.network.usesWinograd else { return }
        let figures = try agreement.figures(of: faster, title: "Winograd")
        result.winograd = QuantizedModel.Winograd(with: figures, without: result.figures)
        let isWorthIt =
            loss(result.figures, figures) <= Self.winogradTolerance
            && (figures?.averagePrecision ?? 0) >= (target ?? 0)
        guard winograd == .on || isWorthIt else { return }
        (result.model, result.figures, result.usesWinograd) = (faster, figures, true)
    }

    /// What AP falls by; infinite where there is nothing to compare.
    private func loss(_ plain: DetectionAgreement.Figures?, _ faster: DetectionAgreement.Figures?) -> Double {
        guard let plain, let faster else { return .infinity }
        return plain.averagePrecision - faster.averagePrecision
    }

    private func photos(in folder: String) throws -> [PhotoSource] {
        // Of a dataset, the photos and not what else may look like some.
        let places = ["images", "JPEGImages"].map { (folder as NSString).appendingPathComponent($0) } + [folder]
        let all = try PhotoSource.all([places.first(where: FileManager.default.fileExists(atPath:)) ?? folder])
        let wanted = min(all.count, calibrationImages ?? Self.defaultPhotos)
        return (0..<wanted).map { all[$0 * all.count / wanted] }
    }

    private func matches(_ layer: Layer, _ pattern: String) -> Bool {
        guard case .convolution = layer.operation else { return false }
        return Self.matches(layer.name, pattern)
    }

    private static func matches(_ name: String, _ pattern: String) -> Bool { fnmatch(pattern, name, 0) == 0 }
}
