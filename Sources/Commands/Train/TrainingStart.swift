import Networks
import Training

/// What a run begins with and what is trained: decided once, from what was asked for and from how many photos there are.
struct TrainingStart {
    /// What stands for random weights.
    static let none = "none"

    /// What is trained.
    let architecture: SSDArchitecture
    /// The model whose weights it begins with, as it was named; nil for random ones.
    let initialModel: String?
    /// That model, where it had to be read to know what is trained.
    private let read: TrainingOrigin?
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
        if initialModel == nil, architecture == nil, isFew, let builtIn = TrainingOrigin.builtIn {
            (self.initialModel, read) = (ModelArguments.builtIn, builtIn)
        } else {
            self.initialModel = initialModel == Self.none ? nil : initialModel
            read = try architecture == nil ? self.initialModel.map(TrainingOrigin.init) : nil
        }
        var found = architecture
        if found == nil, let name = self.initialModel { found = try read?.architecture(of: name) }
        self.architecture = found ?? .smallSSD300
        teachesFewPhotos = isFew && self.initialModel != nil
    }

    /// The model whose weights it begins with, read once; nil for random ones.
    ///
    /// - Throws: that it cannot be read.
    func origin() throws -> TrainingOrigin? { try read ?? initialModel.map(TrainingOrigin.init) }
}
