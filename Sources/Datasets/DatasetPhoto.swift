import Evaluation
import Images
import MultiBox

/// A photo of a dataset and what it shows.
public struct DatasetPhoto: Sendable, Hashable {
    /// Its number, unique in the dataset.
    public var id: Int
    /// The file.
    public var path: String
    /// The upright photo's size, in pixels.
    public var size: ImageSize
    /// What it shows.
    public var objects: [AnnotatedObject]
    /// What it shows as evaluation takes it, in pixels, categories being the indices of the classes: boxes without extent
    /// too, which COCO counts and no detector can learn.
    public var truths: [GroundTruth]

    /// A photo; without truths of their own, its objects are what is evaluated.
    public init(
        id: Int, path: String, size: ImageSize, objects: [AnnotatedObject], truths: [GroundTruth]? = nil
    ) {
        self.id = id
        self.path = path
        self.size = size
        self.objects = objects
        self.truths =
            truths
            ?? objects.map { object in
                GroundTruth(
                    box: PixelBox(object.box, imageWidth: size.width, imageHeight: size.height),
                    categoryID: object.classIndex, isCrowd: object.isCrowd, isDifficult: object.isDifficult)
            }
    }
}
