import ModelFiles
import Networks
import Platform
import Training

/// Where the first weights of a run come from, read once.
enum TrainingOrigin {
    /// A detector.
    case detector(DetectionModel)
    /// A run, where its last step left it, with what it trained; and how the best of its detectors sees a photo.
    case run(TrainingState, DetectionModel?, Preprocessing?)
    /// An image classifier.
    case backbone(TorchBackbone)

    /// Reads what `--init` names: a file, the folder of a run, `built-in`, or a model of the catalogue.
    ///
    /// - Throws: that it cannot be read.
    init(_ path: String) throws {
        // A run's folder may have the name of a model.
        guard case .file = try ModelReference(path, folderCounts: true) else {
            self = .detector(try ModelArguments.load(path, labels: nil))
            return
        }
        let run = RunDirectory(path: path)
        do {
            if let state = try run.checkpoint() {
                let best = try? ModelFile.load(path: run.bestPath, memory: AvailableMemory.bytes)
                self = .run(state, try run.settings()?.detectorWithoutWeights(), best?.preprocessing)
                return
            }
        } catch { throw Failure("\(error)") }
        let backbone: TorchBackbone?
        do { backbone = try ModelFile.backbone(path: path, memory: AvailableMemory.bytes) } catch {
            throw Failure("\(path): \(error)")
        }
        self = try backbone.map(Self.backbone) ?? .detector(ModelArguments.load(path, labels: nil))
    }

    /// The built-in detector, if one is built in and can be trained.
    static var builtIn: TrainingOrigin? {
        guard let model = try? EmbeddedModel.load(), SSDArchitecture(rawValue: model.architecture) != nil else {
            return nil
        }
        return .detector(model)
    }

    /// The architecture of what is trained with it, unless another is named.
    ///
    /// - Parameter path: What named it, for what is thrown.
    /// - Throws: that it is none that can be trained.
    func architecture(of path: String) throws -> SSDArchitecture {
        let name: String
        switch self {
        case .detector(let model): name = model.architecture
        case .run(_, let model?, _): name = model.architecture
        case .run(_, nil, _): throw Failure("\(path) does not say what was trained there; --architecture names it")
        case .backbone(let backbone):
            guard let first = backbone.architectures.first else { throw Failure("\(path) has no detector's backbone") }
            return first
        }
        guard let architecture = SSDArchitecture(rawValue: name) else {
            throw Failure(
                "\(path) is a detector of the architecture \(name.printable), which cannot be trained; --architecture names "
                    + "one that can: \(SSDArchitecture.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return architecture
    }

    /// A detector with what it takes of this.
    ///
    /// - Parameter path: What named it, for what is thrown.
    func initialization(
        of detector: TrainableDetector, from path: String
    ) throws -> TrainableDetector.Initialization {
        switch self {
        case .detector(let model): return try detector.initialized(from: model)
        case .run(let state, let earlier, let preprocessing):
            var start = detector.initialized(from: state, of: earlier)
            // How it saw a photo is in the detectors that it left.
            if let preprocessing { start.takePreprocessing(preprocessing) }
            return start
        case .backbone(let backbone):
            guard backbone.architectures.map(\.rawValue).contains(detector.model.architecture) else {
                throw Failure(
                    "\(path) is \(backbone.name), with which "
                        + "\(backbone.architectures.map(\.rawValue).joined(separator: " or ")) begins, not "
                        + detector.model.architecture)
            }
            let size = detector.model.preprocessing
            do {
                return try detector.initialized(
                    fromBackbone: backbone.parameters,
                    preprocessing: backbone.preprocessing(width: size.width, height: size.height))
            } catch { throw Failure("\(path): \(error)") }
        }
    }
}
