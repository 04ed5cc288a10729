import Archives
import Images
import ModelFiles
import MultiBox
import Engine
import Networks

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
            run(model)
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

    static func onnx(_ bytes: [UInt8]) {
        do throws(ModelFileError) {
            let detector = try ONNXDetector(ONNXFile(bytes: bytes))
            let network = detector.network
            precondition(
                network[detector.scores].shape.dimensions[0] == network[detector.locations].shape.dimensions[0])
        } catch {
            precondition(!error.description.isEmpty)
        }
    }

    /// A detector that sidecars describe.
    private static let described: DetectionModel? = {
        guard let file = try? Seeds.of(.safetensors).last else { return nil }
        return try? ModelFile.safetensors(file)
    }()

    static func sidecar(_ bytes: [UInt8]) {
        guard var model = described else { preconditionFailure("the last seed of our own format is a detector") }
        do throws(ModelFileError) {
            try Sidecar(bytes: bytes, path: "model.json").apply(to: &model)
            precondition((try? ModelFile.bytes(of: model)) != nil, "what fits cannot be written")
            run(model)
        } catch {
            precondition(!error.description.isEmpty)
        }
    }

    /// Runs a detector that is small enough for it.
    private static func run(_ model: DetectionModel) {
        let configuration = EngineConfiguration(maximumBatchSize: 1)
        guard let memory = try? InferenceEngine.memory(of: model, configuration: configuration), memory.peak < 32 << 20,
            model.network.multiplyAdds < 1 << 22, let engine = try? InferenceEngine(model: model)
        else { return }
        precondition(engine.memory.weights >= memory.weights, "it needs less than was said")
        let input = engine.makeInput()
        input.withUnsafeMutableBytes { for index in $0.indices { $0[index] = UInt8(truncatingIfNeeded: index &* 7) } }
        let found = engine.detect([input], options: [DetectionOptions(scoreThreshold: 0)])
        precondition(found.detections.count == 1 && found.detections[0].allSatisfy { $0.score.isFinite })
    }

    static func zip(_ bytes: [UInt8]) {
        let growth = 1 << 20
        do throws(ZipError) {
            let archive = try ZipArchive(bytes)
            for name in archive.names {
                do throws(ZipError) {
                    let count = try archive.file(name, limit: growth).count
                    precondition(count <= growth, "a file is over its limit")
                } catch { precondition(!error.description.isEmpty) }
            }
            let (contents, members) = try archive.uncompressed(maximumGrowth: growth)
            precondition(contents.count <= bytes.count + growth, "files are over their limit")
            precondition(Set(members.keys) == Set(archive.names), "a file is lost")
            for (name, range) in members {
                precondition(range.lowerBound >= 0 && range.upperBound <= contents.count, "a file lies outside")
                guard let file = try? archive.file(name, limit: growth) else { continue }
                precondition(contents[range].elementsEqual(file), "a file has two contents")
            }
        } catch {
            precondition(!error.description.isEmpty)
        }
    }

    static func pth(_ bytes: [UInt8]) {
        do throws(ModelFileError) {
            let archive = try TorchArchive(bytes: bytes)
            for tensor in archive.tensors.values {
                let values = archive.floats(of: tensor)
                // Of a deflated archive these are the bytes that it comes to.
                precondition(values.count == tensor.count && values.count <= archive.bytes.count)
                precondition(archive.bytes.count <= bytes.count + 32 << 20)
                guard tensor.shape.count == 4 else { continue }
                precondition(archive.floats(of: tensor.permuted([0, 2, 3, 1])).count == values.count)
            }
            _ = try TorchDetector(archive)
        } catch {
            precondition(!error.description.isEmpty)
        }
    }
}
