/// How default boxes follow from the sizes of the source feature maps (Liu et al. 2016, section 2.2).
public struct DefaultBoxConfiguration: Sendable, Hashable, Codable {
    /// What is clamped to the unit square; implementations differ.
    public enum Clip: String, Sendable, Hashable, Codable {
        /// Nothing: Caffe's released configurations.
        case none
        /// The corners: Caffe's `clip: true`.
        case corners
        /// cx, cy, w and h, each by itself: ssd.pytorch, Ultra-Light-Face.
        case centerForm
        /// w and h only: torchvision.
        case sizeOnly
    }

    /// The extents of a box, in pixels.
    public struct Shape: Sendable, Hashable, Codable {
        /// Its width.
        public var width: Float
        /// Its height.
        public var height: Float

        /// A shape from its extents.
        public init(width: Float, height: Float) {
            self.width = width
            self.height = height
        }
    }

    /// The boxes of one source map. A cell holds, for each minimum size s in order: (s, s); with a maximum size s′ also
    /// (√(s·s′), √(s·s′)); and for each ratio a: (s√a, s/√a), (s/√a, s√a). Then come the shapes that are listed.
    public struct SourceMap: Sendable, Hashable, Codable {
        /// Cells down.
        public var rows: Int
        /// Cells across.
        public var columns: Int
        /// Pixels between centres across; nil divides the image by the map.
        public var stepX: Float?
        /// Pixels between centres down; nil divides the image by the map.
        public var stepY: Float?
        /// Box sizes s, in pixels.
        public var minimumSizes: [Float]
        /// As many sizes s′, in pixels, or none.
        public var maximumSizes: [Float]
        /// Aspect ratios a other than 1; each gives two boxes, the second upright.
        public var aspectRatios: [Float]
        /// Boxes that follow from no size and ratio, in order.
        public var shapes: [Shape] = []
        /// Where in a cell its boxes have their centre: ½ is its middle.
        public var offset: Float = 0.5

        /// A source map of listed shapes.
        public init(
            rows: Int, columns: Int, stepX: Float? = nil, stepY: Float? = nil, offset: Float = 0.5, shapes: [Shape]
        ) {
            self.init(rows: rows, columns: columns, stepX: stepX, stepY: stepY, minimumSizes: [])
            self.shapes = shapes
            self.offset = offset
        }

        /// A source map from its parts.
        public init(
            rows: Int, columns: Int, stepX: Float? = nil, stepY: Float? = nil, minimumSizes: [Float],
            maximumSizes: [Float] = [], aspectRatios: [Float] = []
        ) {
            self.rows = rows
            self.columns = columns
            self.stepX = stepX
            self.stepY = stepY
            self.minimumSizes = minimumSizes
            self.maximumSizes = maximumSizes
            self.aspectRatios = aspectRatios
        }

        /// A square map of `size` cells a side.
        public init(
            size: Int, step: Float? = nil, minimumSizes: [Float], maximumSizes: [Float] = [], aspectRatios: [Float] = []
        ) {
            self.init(
                rows: size, columns: size, stepX: step, stepY: step, minimumSizes: minimumSizes,
                maximumSizes: maximumSizes, aspectRatios: aspectRatios)
        }

        /// The number of boxes of a cell, which is the number of channel blocks of the map's heads.
        public var boxesPerCell: Int {
            minimumSizes.count * (1 + 2 * aspectRatios.count) + maximumSizes.count + shapes.count
        }
    }

    /// The width of the network's input, in pixels.
    public var imageWidth: Int
    /// The height of the network's input, in pixels.
    public var imageHeight: Int
    /// The source maps, finest first, in the order in which the heads' outputs are concatenated.
    public var maps: [SourceMap]
    /// What is clamped.
    public var clip: Clip
    /// Whether sizes lose their fraction first, as Caffe's prior box layer keeps them in integers (SSD512: 35.84 → 35).
    public var truncatesSizes: Bool

    /// A configuration from its parts.
    public init(
        imageWidth: Int, imageHeight: Int, maps: [SourceMap], clip: Clip = .none, truncatesSizes: Bool = false
    ) {
        self.imageWidth = imageWidth
        self.imageHeight = imageHeight
        self.maps = maps
        self.clip = clip
        self.truncatesSizes = truncatesSizes
    }
}
