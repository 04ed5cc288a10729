/// How a detector that knows much is taught a few photos: with its early layers as they are, the others slowly, and no longer
/// than photos that are held out gain by it. Trained as many photos are, it would know these by heart and no others.
public enum FewPhotosRecipe {
    /// The most photos that are few.
    public static let photos = 400
    /// The share of them that is held out.
    public static let holdOut: Float = 0.2
    /// The fewest photos of which some are held out.
    public static let leastPhotosHeldOut = 10
    /// Photos of a step.
    public static let batchSize = 16
    /// Steps of a run that is not ended earlier.
    public static let steps = 300
    /// Steps over which the learning rate rises.
    public static let warmup = 30
    /// How gradients become steps, and by which rate and decay.
    public static let optimizer = Optimizer.Kind.adamW
    /// The learning rate of layers that begin anew.
    public static let learningRate: Float = 1e-3
    /// What it is multiplied by for those that were begun with.
    public static let initializedRate: Float = 0.25
    /// The weight decay.
    public static let weightDecay: Float = 0.02
    /// The decay of the running average.
    public static let averageDecay: Float = 0.98
    /// The largest canvas a photo is put on, by its side over the photo's.
    public static let zoomOut: Float = 1.5
    /// The smallest crop, by its √area over the photo's.
    public static let cropScale: Float = 0.5
    /// Evaluations of a run.
    public static let evaluations = 15
    /// Evaluations without a better one after which it ends.
    public static let patience = 5
}
