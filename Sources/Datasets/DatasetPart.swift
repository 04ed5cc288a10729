import Platform
import MultiBox

/// Some photos of a dataset.
public struct DatasetPart: DetectionDataset {
    /// The photos, in the dataset's order.
    public let photos: [DatasetPhoto]
    private let whole: any DetectionDataset

    /// The photos of a dataset at some places, in ascending order.
    public init(of whole: any DetectionDataset, at indices: [Int]) {
        self.whole = whole
        photos = indices.sorted().map { whole.photos[$0] }
    }

    /// Those of the whole.
    public var labels: LabelMap { whole.labels }
    /// Those of the whole.
    public var problems: [DatasetProblem] { whole.problems }
    /// Those of the whole.
    public var errors: [DatasetError] { whole.errors }
    /// Those of the whole.
    public var annotationFiles: [String] { whole.annotationFiles }
    /// As of the whole.
    public var numbersPhotos: Bool { whole.numbersPhotos }
    /// As of the whole.
    public func categoryID(ofClass index: Int) -> Int { whole.categoryID(ofClass: index) }
}

extension DetectionDataset {
    /// The photos in two parts: those left, and a share that is held out to judge by, at least one of them.
    ///
    /// Which are held out follows from the seed and from how many photos there are. No class loses its last photo: those that
    /// show one that no photo left shows are put back.
    ///
    /// - Parameter share: Above 0, below 1; there are two photos or more.
    public func holdingOut(_ share: Float, seed: UInt64) -> (left: DatasetPart, heldOut: DatasetPart) {
        precondition(share > 0 && share < 1 && photos.count >= 2, "a part of several photos")
        var generator = SplitMix64(seed: seed)
        let order = photos.indices.shuffled(using: &generator)
        let count = min(max(1, Int((Float(photos.count) * share).rounded())), photos.count - 1)
        func classes(_ photo: Int) -> Set<Int> {
            Set(photos[photo].objects.filter { !$0.isCrowd }.map(\.classIndex))
        }
        var left = Array(order[count...])
        var known = left.reduce(into: Set<Int>()) { $0.formUnion(classes($1)) }
        var heldOut: [Int] = []
        for photo in order[..<count] {
            let shown = classes(photo)
            if shown.isSubset(of: known) || heldOut.isEmpty && photo == order[count - 1] {
                heldOut.append(photo)
            } else {
                left.append(photo)
                known.formUnion(shown)
            }
        }
        return (DatasetPart(of: self, at: left), DatasetPart(of: self, at: heldOut))
    }
}
