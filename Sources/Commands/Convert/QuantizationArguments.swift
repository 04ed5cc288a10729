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

    /// The photos that are going to be read.
    func photoFiles() throws -> [String] { try calibration.map { try photos(in: $0).map(\.name) } ?? [] }

    /// Checks the options against the precision that was asked for.
    func validate(_ precision: Convert.TargetPrecision) throws {
        guard precision == .int8 else {
            if calibration != nil || calibrationImages != nil || range != nil || winograd != nil || !keepFloat.isEmpty {
                throw ValidationError(
                    "--calibration, --calibration-images, --range, --winograd and --keep-float go with --precision int8."
                )
            }
            return
        }
        guard calibration != nil else { throw ValidationError("--precision int8 needs --calibration, photos.") }
        if let calibrationImages, !(1...100_000).contains(calibrationImages) {
            throw ValidationError("--calibration-images is a number from 1 to 100000.")
        }
    }

    /// How it was done, for the model's provenance.
    func description(of result: QuantizedModel) -> String {
        var text = "int8, range by \(result.range.rawValue), \(result.photos) photos"
        if result.usesWinograd { text += ", 3×3 convolutions by Winograd's method" }
        if !keepFloat.isEmpty { text += ", float: " + keepFloat.joined(separator: " ") }
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
            for (index, photo) in photos.enumerated() {
                let input = quantizer.makeInput()
                do {
                    preparer.prepare(try decoder.decode(try photo.bytes(), for: preparer.size), into: input)
                } catch let error as ImageError { throw Failure("\(photo.name): \(error)") }
                quantizer.observe(input)
                progress.update(done: index + 1)
            }
            progress.finish()
            let agreement = try DetectionAgreement(original: model, photos: photos, threads: threads)
            func candidate(_ range: CalibrationRange, winograd: Bool) throws -> DetectionModel {
                try quantizer.quantized(range: range, winograd: winograd) { name in
                    keepFloat.contains { Self.matches(name, $0) }
                }
            }
            var tried: [(model: DetectionModel, range: CalibrationRange, figures: DetectionAgreement.Figures?)] = []
            for range in (range ?? .auto).candidates {
                let candidate = try candidate(range, winograd: false)
                tried.append((candidate, range, try agreement.figures(of: candidate, title: range.rawValue)))
            }
            // Where nothing can be compared, the way that clamps nothing. Of equals the first.
            func rank(_ index: Int) -> Double {
                tried[index].figures?.averagePrecision ?? (tried[index].range == .minmax ? 0 : -1)
            }
            guard let best = tried.indices.max(by: { (rank($0), $1) < (rank($1), $0) }) else {
                preconditionFailure("there is a way to try")
            }
            var result = QuantizedModel(
                model: tried[best].model, range: tried[best].range, photos: photos.count,
                agreements: tried.map { ($0.range, $0.figures) })
            let choice = winograd ?? .auto
            guard choice != .off else { return result }
            let faster = try candidate(result.range, winograd: true)
            guard faster.network.usesWinograd else { return result }
            let figures = try agreement.figures(of: faster, title: "Winograd")
            result.winogradFigures = figures
            if choice == .on || loss(tried[best].figures, figures) <= Self.winogradTolerance {
                (result.model, result.usesWinograd) = (faster, true)
            }
            return result
        } catch let failure as Failure { throw failure } catch {
            throw Failure("\(model.name) cannot be quantized: \(error)")
        }
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
