import Images
import MultiBox

/// What a dataset holds, in numbers.
public struct DatasetSummary: Sendable, Hashable {
    /// The numbers of one class.
    public struct Class: Sendable, Hashable {
        /// Its name.
        public var name: String
        /// Its objects, crowds left out.
        public var objects: Int
        /// Photos that show at least one of them.
        public var photos: Int
    }

    /// Number of photos.
    public let photos: Int
    /// Photos that show no object.
    public let photosWithoutObjects: Int
    /// Objects of all classes, crowds left out.
    public let objects: Int
    /// Objects marked difficult.
    public let difficultObjects: Int
    /// Crowds.
    public let crowds: Int
    /// The classes that have a name, in the order of the labels.
    public let classes: [Class]
    /// The least width and the least height of a photo, in pixels; nil without photos.
    public let smallestPhoto: ImageSize?
    /// The greatest width and the greatest height of a photo, in pixels; nil without photos.
    public let largestPhoto: ImageSize?
    /// The 10th, 50th and 90th percentile of the objects' √area, as a share of the photo's; empty without objects.
    public let objectSizePercentiles: [Float]
    /// What was wrong.
    public let problems: [DatasetProblem]

    /// Counts a dataset.
    public init(_ dataset: some DetectionDataset) {
        let all = dataset.photos.map { $0.objects.filter { !$0.isCrowd } }
        photos = all.count
        photosWithoutObjects = all.count { $0.isEmpty }
        objects = all.reduce(0) { $0 + $1.count }
        difficultObjects = all.joined().count { $0.isDifficult }
        crowds = dataset.photos.reduce(0) { $0 + $1.objects.count } - objects
        var counts = [(objects: Int, photos: Int)](repeating: (0, 0), count: dataset.labels.count)
        for objects in all {
            for object in objects { counts[object.classIndex].objects += 1 }
            for index in Set(objects.map(\.classIndex)) { counts[index].photos += 1 }
        }
        classes = dataset.labels.names.enumerated().compactMap { index, name in
            name.map { Class(name: $0, objects: counts[index].objects, photos: counts[index].photos) }
        }
        let widths = dataset.photos.map(\.size.width).sorted()
        let heights = dataset.photos.map(\.size.height).sorted()
        if let narrowest = widths.first, let lowest = heights.first, let widest = widths.last,
            let highest = heights.last
        {
            smallestPhoto = ImageSize(width: narrowest, height: lowest)
            largestPhoto = ImageSize(width: widest, height: highest)
        } else {
            (smallestPhoto, largestPhoto) = (nil, nil)
        }
        let sizes = all.joined().map { $0.box.area.squareRoot() }.sorted()
        objectSizePercentiles = sizes.isEmpty ? [] : [10, 50, 90].map { sizes[(sizes.count - 1) * $0 / 100] }
        problems = dataset.problems
    }
}

extension DatasetSummary: CustomStringConvertible {
    /// Lines for a person, the problems counted but not listed.
    public var description: String {
        var lines = ["\(photos) photos, \(objects) objects"]
        if photosWithoutObjects > 0 { lines.append("photos without objects: \(photosWithoutObjects)") }
        if difficultObjects > 0 { lines.append("difficult objects: \(difficultObjects)") }
        if crowds > 0 { lines.append("crowds, not trained on: \(crowds)") }
        if let a = smallestPhoto, let b = largestPhoto {
            lines.append("photo sizes: \(a.width)×\(a.height) to \(b.width)×\(b.height) pixels")
        }
        if !objectSizePercentiles.isEmpty {
            let percents = objectSizePercentiles.map { "\(Int(($0 * 100).rounded())) %" }
            lines.append(
                "object sizes, of the photo's (10th, 50th, 90th percentile): \(percents.joined(separator: ", "))")
        }
        for entry in classes where entry.objects > 0 {
            lines.append("\(entry.name): \(entry.objects) objects in \(entry.photos) photos")
        }
        let unused = classes.filter { $0.objects == 0 }.map(\.name)
        if !unused.isEmpty { lines.append("classes without objects: \(unused.joined(separator: ", "))") }
        let leftOut = problems.count { $0.isLeftOut }
        if !problems.isEmpty {
            lines.append("problems: \(leftOut) objects left out, \(problems.count - leftOut) cut off")
        }
        return lines.joined(separator: "\n")
    }
}
