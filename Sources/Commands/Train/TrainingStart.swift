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
    /// That model.
    let origin: TrainingOrigin?
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
            (self.initialModel, origin) = (ModelArguments.builtIn, builtIn)
        } else {
            self.initialModel = initialModel == Self.none ? nil : initialModel
            origin = try self.initialModel.map(TrainingOrigin.init)
        }
        var found = architecture
        if found == nil, let name = self.initialModel { found = try origin?.architecture(of: name) }
        self.architecture = found ?? .smallSSD300
        teachesFewPhotos = isFew && origin != nil
    }
}
