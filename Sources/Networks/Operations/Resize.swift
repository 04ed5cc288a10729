/// A feature map of another height and width.
package struct Resize: PlainOperation {
    package static let kind = "resize"
    package static let roles: [ParameterRole] = []

    /// The most rows or columns that it makes: far above any detector's, low enough that what is worked out for each is small.
    package static let maximumExtent = 1 << 14

    /// How a pixel is made of those around the place that it comes from.
    package enum Mode: String, Sendable, CaseIterable {
        /// The pixel that the place lies in.
        case nearest
        /// The four pixels around it, each weighed by how near it is.
        case bilinear
    }

    /// Where the pixel of index i comes from, `scale` being input over output.
    package enum Coordinates: String, Sendable, CaseIterable {
        /// (i + ½) · scale − ½: pixels are squares and the images' edges meet.
        case halfPixel = "half_pixel"
        /// i · scale.
        case asymmetric
    }

    /// Rows and columns of the result.
    package var height: Int, width: Int
    package var mode: Mode
    package var coordinates: Coordinates
    package var parameters: [ParameterID] = []
    package var keepsQuantization: Bool { true }

    package init(height: Int, width: Int, mode: Mode, coordinates: Coordinates) {
        (self.height, self.width) = (height, width)
        (self.mode, self.coordinates) = (mode, coordinates)
    }

    package func shape(of input: TensorShape, layer: String) throws(NetworkError) -> TensorShape {
        guard (1...Self.maximumExtent).contains(height), (1...Self.maximumExtent).contains(width) else {
            throw .invalidParameter(
                layer: layer, parameter: "size", reason: "is not within 1 and \(Self.maximumExtent) pixels")
        }
        return try TensorShape(height: height, width: width, channels: input.channels)
    }

    package init<Fields: OperationFieldReader>(from fields: inout Fields) throws(Fields.Failure) {
        let size = try fields.integers("size", count: 2, in: 1...Self.maximumExtent)
        self.init(
            height: size[0], width: size[1], mode: try fields.choice("mode", Mode.self),
            coordinates: try fields.choice("coordinates", Coordinates.self))
    }

    package func write<Fields: OperationFieldWriter>(to fields: inout Fields) {
        fields.integers("size", [height, width])
        fields.choice("mode", mode.rawValue)
        fields.choice("coordinates", coordinates.rawValue)
    }

    /// A pixel of one axis: the two that it is made of, and the second one's weight.
    package struct Sample: Sendable, Hashable {
        package let lower: Int, upper: Int
        package let fraction: Float
    }

    /// The samples of an axis of `input` pixels that becomes one of `output`.
    package func samples(input: Int, output: Int) -> [Sample] {
        (0..<output).map { index in
            // Exact: a fraction over twice the output's extent.
            let double =
                coordinates == .halfPixel
                ? (2 * index + 1) * input - (mode == .bilinear ? output : 0) : 2 * index * input
            guard mode == .bilinear else {
                let nearest = min(double / (2 * output), input - 1)
                return Sample(lower: nearest, upper: nearest, fraction: 0)
            }
            let place = max(double, 0)
            let lower = min(place / (2 * output), input - 1)
            let upper = min(lower + 1, input - 1)
            let rest = place - lower * 2 * output
            return Sample(
                lower: lower, upper: upper, fraction: upper == lower ? 0 : Float(Double(rest) / Double(2 * output)))
        }
    }
}

extension NetworkBuilder {
    /// Adds a change of a feature map's height and width.
    package mutating func resize(
        _ x: TensorID, height: Int, width: Int, mode: Resize.Mode, coordinates: Resize.Coordinates, name: String
    ) throws(NetworkError) -> TensorID {
        let resize = Resize(height: height, width: width, mode: mode, coordinates: coordinates)
        return try plain(x, resize, parameters: [], element: self[x].element, name: name)
    }
}
