/// Images, categories and annotated boxes: COCO's `instances_*.json`. Outlines are passed over.
public struct COCOInstances: Sendable, Hashable {
    /// The largest file that is read, in bytes; COCO's own largest (train2017) has 470 MB.
    public static let maximumBytes = 1 << 30
    /// The largest image side, in pixels.
    public static let maximumImageSide = 1 << 16

    /// A listed image.
    public struct Image: Sendable, Hashable {
        /// Its number.
        public var id: Int
        /// Its file, relative to the folder of images.
        public var fileName: String
        /// Its width, in pixels.
        public var width: Int
        /// Its height, in pixels.
        public var height: Int
    }

    /// A class of objects.
    public struct Category: Sendable, Hashable {
        /// Its number; numbers need not be contiguous.
        public var id: Int
        /// Its name.
        public var name: String
    }

    /// An object in an image.
    public struct Annotation: Sendable, Hashable {
        /// Its number.
        public var id: Int
        /// The image it is in.
        public var imageID: Int
        /// What it is, where and how large.
        public var truth: GroundTruth
        /// How sure whoever annotated it was, above 0 and at most 1, where that was a machine; not COCO's own.
        public var score: Double?
    }

    /// The images, in the file's order.
    public let images: [Image]
    /// The classes, in the file's order.
    public let categories: [Category]
    /// The objects, in the file's order.
    public let annotations: [Annotation]

    /// The truths of each image that has any, in the file's order.
    public var groundTruthsByImage: [Int: [GroundTruth]] {
        Dictionary(grouping: annotations, by: \.imageID).mapValues { $0.map(\.truth) }
    }

    /// Parses a file.
    ///
    /// - Throws: where and how the file is not sound. A box without extent is let through, as COCO has some; without an
    ///   `area`, that of the box is taken; without `iscrowd`, 0.
    public init(parsing bytes: [UInt8]) throws(COCOFileError) {
        let file = try COCODecoding.decode(File.self, from: bytes, limit: Self.maximumBytes)
        var imageIDs: Set<Int> = []
        var imagesByName: [String: Int] = [:]
        for image in file.images {
            guard imageIDs.insert(image.id).inserted else { throw .duplicateImage(image.id) }
            let sides = 1...Self.maximumImageSide
            guard sides.contains(image.width), sides.contains(image.height) else {
                throw .invalidImageSize(
                    image: image.id, width: image.width, height: image.height, limit: Self.maximumImageSide)
            }
            guard Self.staysInFolder(image.file_name) else { throw .invalidFileName(image: image.id) }
            if let other = imagesByName.updateValue(image.id, forKey: image.file_name) {
                throw .duplicateFile(images: [other, image.id], name: image.file_name)
            }
        }
        var categoryIDs: Set<Int> = []
        for category in file.categories where !categoryIDs.insert(category.id).inserted {
            throw .duplicateCategory(category.id)
        }
        var annotations: [Annotation] = []
        annotations.reserveCapacity(file.annotations.count)
        for annotation in file.annotations {
            guard imageIDs.contains(annotation.image_id) else {
                throw .unknownImage(annotation: annotation.id, image: annotation.image_id)
            }
            guard categoryIDs.contains(annotation.category_id) else {
                throw .unknownCategory(annotation: annotation.id, category: annotation.category_id)
            }
            guard let box = COCODecoding.box(annotation.bbox), (annotation.area ?? 0) >= 0,
                (annotation.area ?? box.area).isFinite
            else { throw .invalidBox(annotation: annotation.id) }
            if let score = annotation.score, !(score > 0 && score <= 1) {
                throw .invalidAnnotationScore(annotation: annotation.id)
            }
            annotations.append(
                Annotation(
                    id: annotation.id, imageID: annotation.image_id,
                    truth: GroundTruth(
                        box: box, categoryID: annotation.category_id, area: annotation.area,
                        isCrowd: annotation.iscrowd ?? 0 != 0), score: annotation.score))
        }
        images = file.images.map { Image(id: $0.id, fileName: $0.file_name, width: $0.width, height: $0.height) }
        categories = file.categories.map { Category(id: $0.id, name: $0.name) }
        self.annotations = annotations
    }

    /// Whether a relative path names something in its folder or below.
    private static func staysInFolder(_ path: String) -> Bool {
        !path.isEmpty && !path.hasPrefix("/") && !path.utf8.contains(0)
            && !path.split(separator: "/").contains("..")
    }

    // Names are the file's own: they are the keys.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    private struct File: Decodable {
        struct Image: Decodable {
            var id: Int
            var file_name: String
            var width: Int
            var height: Int
        }
        struct Category: Decodable {
            var id: Int
            var name: String
        }
        struct Annotation: Decodable {
            var id: Int
            var image_id: Int
            var category_id: Int
            var bbox: [Double]
            var area: Double?
            var iscrowd: Int?
            var score: Double?
        }
        var images: [Image]
        var categories: [Category]
        var annotations: [Annotation]
    }
}
