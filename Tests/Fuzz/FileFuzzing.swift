import Images
import ModelFiles

/// Laws of what is read from files.
enum FileFuzzing {
    private static let decoder = ImageDecoder(
        limits: ImageLimits(maximumPixels: 1 << 18, maximumScans: 16, maximumScanSamples: 1 << 21))

    static func image(_ bytes: [UInt8]) {
        let info = try? decoder.inspect(bytes)
        guard let image = try? decoder.decode(bytes) else { return }
        precondition(info != nil, "what cannot be inspected was decoded")
        precondition(image.pixels.count == 3 * image.width * image.height && image.width * image.height <= 1 << 18)
    }

    static func safetensors(_ bytes: [UInt8]) {
        do throws(ModelFileError) {
            let model = try ModelFile.safetensors(bytes)
            guard let written = try? ModelFile.bytes(of: model), let again = try? ModelFile.safetensors(written) else {
                preconditionFailure("what was read cannot be written")
            }
            precondition((try? ModelFile.bytes(of: again)) == written, "it is written otherwise the second time")
        } catch {
            precondition(!error.description.isEmpty)
        }
    }

    static func tflite(_ bytes: [UInt8]) {
        do throws(ModelFileError) {
            let detector = try TFLiteDetector(TFLiteFile(bytes: bytes))
            let network = detector.network
            precondition(
                network[detector.scores].shape.dimensions[0] == network[detector.locations].shape.dimensions[0])
        } catch {
            precondition(!error.description.isEmpty)
        }
    }
}
