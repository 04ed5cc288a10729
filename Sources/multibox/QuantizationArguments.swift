import ArgumentParser
import Foundation
import Images
import Networks
import Serving

/// The options that say how a float model becomes an 8-bit one.
struct QuantizationArguments: ParsableArguments {
    /// Photos that calibration takes, unless another number is given.
    static let defaultPhotos = 100

    @Option(help: ArgumentHelp("With int8: a folder of photos, or of images/ with photos.", valueName: "dir"))
    var calibration: String?

    @Option(help: "With int8: how many of the photos are taken, evenly spread. Default: \(Self.defaultPhotos).")
    var calibrationImages: Int?

    @Option(help: "With int8: how ranges are chosen: percentile, entropy or minmax. Default: percentile.")
    var range: CalibrationRange?

    @Option(
        help: ArgumentHelp(
            "With int8: convolutions that stay float, by name; * stands for any characters. May be repeated.",
            valueName: "pattern"))
    var keepFloat: [String] = []

    /// Checks the options against the precision that was asked for.
    func validate(_ precision: Convert.TargetPrecision) throws {
        guard precision == .int8 else {
            if calibration != nil || calibrationImages != nil || range != nil || !keepFloat.isEmpty {
                throw ValidationError(
                    "--calibration, --calibration-images, --range and --keep-float go with --precision int8.")
            }
            return
        }
        guard calibration != nil else { throw ValidationError("--precision int8 needs --calibration, photos.") }
        if let calibrationImages, !(1...100_000).contains(calibrationImages) {
            throw ValidationError("--calibration-images is a number from 1 to 100000.")
        }
    }

    /// How it was done, for the model's provenance.
    var description: String {
        var text =
            "int8, range by \((range ?? .percentile).rawValue), \(calibrationImages ?? Self.defaultPhotos) photos"
        if !keepFloat.isEmpty { text += ", float: " + keepFloat.joined(separator: " ") }
        return text
    }

    /// The 8-bit model.
    func quantized(_ model: DetectionModel, threads: Int) throws -> DetectionModel {
        guard let calibration else { throw Failure.usage("--precision int8 needs --calibration, photos") }
        for pattern in keepFloat where !model.network.layers.contains(where: { matches($0, pattern) }) {
            throw Failure("no convolution of \(model.name) is called \(pattern)")
        }
        let photos = try photos(in: calibration)
        do {
            let quantizer = try ModelQuantizer(
                model, instructionSet: InferenceEngine.instructionSet(), threads: threads)
            let preparer = try InputPreparer(model.preprocessing)
            let decoder = ImageDecoder(scaling: .exact)
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
            return try quantizer.quantized(range: range ?? .percentile) { name in
                keepFloat.contains { Self.matches(name, $0) }
            }
        } catch let failure as Failure { throw failure } catch {
            throw Failure("\(model.name) cannot be quantized: \(error)")
        }
    }

    private func photos(in folder: String) throws -> [PhotoSource] {
        let images = (folder as NSString).appendingPathComponent("images")
        let all = try PhotoSource.all([FileManager.default.fileExists(atPath: images) ? images : folder])
        let wanted = min(all.count, calibrationImages ?? Self.defaultPhotos)
        return (0..<wanted).map { all[$0 * all.count / wanted] }
    }

    private func matches(_ layer: Layer, _ pattern: String) -> Bool {
        guard case .convolution = layer.operation else { return false }
        return Self.matches(layer.name, pattern)
    }

    private static func matches(_ name: String, _ pattern: String) -> Bool { fnmatch(pattern, name, 0) == 0 }
}
