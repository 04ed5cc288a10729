import MultiBox
import Networks

/// What the parts of a detector must be for a model file to hold it, checked before it is written and after it is read.
enum ModelConsistency {
    /// The most entries of a provenance, and the most bytes of a name or a value.
    private static let maximumProvenance = (entries: 256, bytes: 1 << 16)

    /// Checks that the parts fit together and that every number of them can be written.
    static func check(_ model: DetectionModel) throws(ModelFileError) {
        do throws(DetectionModelError) { _ = try model.detectionOutput() } catch {
            switch error {
            case .postProcessing(let error): throw .postProcessing(error)
            case .input, .output, .normalization: throw .inconsistent(reason: error.description)
            }
        }
        if let limit = model.coder.maximumLogScale, !limit.isFinite {
            throw .postProcessing(.invalidVariance(limit))
        }
        let output = model.output
        guard model.labels.count == output.classCount, model.labels.hasBackground == (output.backgroundIndex == 0)
        else {
            throw .inconsistent(
                reason: "it has \(model.labels.count) labels, but scores \(output.classCount) classes")
        }
        for layer in model.network.layers {
            if case .l2Normalization(_, let epsilon) = layer.operation, !(epsilon >= 0 && epsilon.isFinite) {
                throw .network(
                    .invalidParameter(layer: layer.name, parameter: "epsilon", reason: "is negative or not finite"))
            }
        }
        try checkTexts(model)
    }

    private static func checkTexts(_ model: DetectionModel) throws(ModelFileError) {
        for text in [model.name, model.architecture] {
            let bytes = text.utf8.count
            guard bytes <= ModelMetadata.maximumNameBytes else {
                throw .tooMany(what: "bytes of name", found: bytes, limit: ModelMetadata.maximumNameBytes)
            }
            // They go everywhere: into logs, metrics and answers.
            guard !text.unicodeScalars.contains(where: PrintableText.isActive) else {
                throw .inconsistent(reason: "its name or architecture, “\(text.printable)”, has control characters")
            }
        }
        guard model.provenance.count <= maximumProvenance.entries else {
            throw .tooMany(
                what: "entries of provenance", found: model.provenance.count, limit: maximumProvenance.entries)
        }
        for entry in model.provenance {
            let bytes = max(entry.name.utf8.count, entry.value.utf8.count)
            guard bytes <= maximumProvenance.bytes else {
                throw .tooMany(what: "bytes of provenance", found: bytes, limit: maximumProvenance.bytes)
            }
        }
    }
}
