import ModelFiles
import Networks
import Platform
import Training

/// What a run begins with and what is trained: decided once, from what was asked for and from how many photos there are.
struct TrainingStart {
    /// What stands for random weights.
    static let none = "none"

    /// What is trained.
    let architecture: SSDArchitecture
    /// The model whose weights it begins with; nil for random ones.
    let initialModel: String?
    /// Whether a model that knows much is taught few photos.
    let teachesFewPhotos: Bool

    /// Decides.
    ///
    /// - Parameters:
    ///   - architecture: The one that was named.
    ///   - initialModel: The one that was named, a file, the folder of a run, `built-in` or `none`.
    ///   - photos: The photos of the data.
    /// - Throws: that the model that was named cannot be read, or has an architecture that is none of ours.
    init(architecture: SSDArchitecture?, initialModel: String?, photos: Int) throws {
        let isFew = photos <= FewPhotosRecipe.photos
        var (architecture, initial) = (architecture, initialModel == Self.none ? nil : initialModel)
        if initialModel == nil, architecture == nil, isFew, let builtIn = Self.builtInArchitecture {
            (architecture, initial) = (builtIn, ModelArguments.builtIn)
        }
        if architecture == nil, let initial { architecture = try Self.architecture(of: initial) }
        self.architecture = architecture ?? .smallSSD300
        self.initialModel = initial
        teachesFewPhotos = isFew && initial != nil
    }

    /// The architecture of the built-in detector, if one is built in and can be trained.
    private static var builtInArchitecture: SSDArchitecture? {
        (try? EmbeddedModel.load()).flatMap { SSDArchitecture(rawValue: $0.architecture) }
    }

    /// The architecture of a model, of a run, or of the detector that is made of a classifier.
    private static func architecture(of path: String) throws -> SSDArchitecture {
        // A run's folder may have the name of a model.
        guard case .file = try ModelReference(path, folderCounts: true) else {
            return try known(ModelArguments.load(path, labels: nil).architecture, of: path)
        }
        do {
            if let settings = try RunDirectory(path: path).settings() {
                return try known(settings.architecture, of: path)
            }
        } catch let error as CheckpointError { throw Failure("\(error)") }
        let backbone: TorchBackbone?
        do { backbone = try ModelFile.backbone(path: path, memory: AvailableMemory.bytes) } catch {
            throw Failure("\(path): \(error)")
        }
        if let first = backbone?.architectures.first { return first }
        return try known(ModelArguments.load(path, labels: nil).architecture, of: path)
    }

    private static func known(_ name: String, of path: String) throws -> SSDArchitecture {
        guard let architecture = SSDArchitecture(rawValue: name) else {
            throw Failure(
                "\(path) is a detector of the architecture \(name.printable), which cannot be trained; --architecture names "
                    + "one that can: \(SSDArchitecture.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return architecture
    }
}
