import Images
import ModelFiles

/// Laws of what is read from files.
enum FileFuzzing {
    /// A decoder that finds another picture's memory, full of one value.
    private static func decoder(_ size: ImageSize, memoryOf value: UInt8) -> ImageDecoder {
        let memory = PixelMemory(maximumIdle: 1)
        let pixels = min(size.width * size.height, limits.maximumPixels)
        memory.reuse(PixelImage(width: pixels, height: 1, filledWith: SIMD3(repeating: value)))
        return ImageDecoder(limits: limits, memory: memory)
    }

    private static let limits = ImageLimits(maximumPixels: 1 << 18, maximumScans: 16, maximumScanSamples: 1 << 21)

    /// What is decoded has the announced size and comes from the file, whatever the memory held before.
    static func image(_ bytes: [UInt8]) {
        guard let info = try? ImageDecoder(limits: limits).inspect(bytes) else {
            precondition(
                (try? ImageDecoder(limits: limits).decode(bytes)) == nil, "what cannot be inspected was decoded")
            return
        }
        let decoded = try? decoder(info.storedSize, memoryOf: 0).read(bytes)
        precondition(
            decoded == (try? decoder(info.storedSize, memoryOf: 255).read(bytes)), "it depends on what was in memory")
        guard let decoded else { return }
        precondition(
            ((try? ImageDecoder(limits: limits, isStrict: true).decode(bytes)) != nil) == decoded.warnings.isEmpty,
            "what is refused is not what is warned of")
        let image = decoded.image
        precondition(image.size == info.uprightSize && image.width * image.height <= limits.maximumPixels)
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
