/// A feature map with zeros between its rows and columns: pixel (y, x) goes to (y · strideY, x · strideX), all others are 0.
///
/// A transposed convolution is this before a convolution of stride 1 whose kernel is turned by half a turn (Dumoulin and Visin
/// 2016, "A guide to convolution arithmetic for deep learning", arXiv 1603.07285, section 4).
package struct ZeroInsertion: PlainOperation {
    package static let kind = "zero_insertion"
    package static let roles: [ParameterRole] = []

    /// Pixels from one to the next, 1 to `Window.maximumExtent`.
    package var strideY: Int, strideX: Int
    package var parameters: [ParameterID] = []
    package var keepsQuantization: Bool { true }

    package init(strideY: Int, strideX: Int) { (self.strideY, self.strideX) = (strideY, strideX) }

    package func shape(of input: TensorShape, layer: String) throws(NetworkError) -> TensorShape {
        guard [strideY, strideX].allSatisfy({ (1...Window.maximumExtent).contains($0) }) else {
            throw .invalidParameter(
                layer: layer, parameter: "stride", reason: "is not within 1 and \(Window.maximumExtent) pixels")
        }
        return try TensorShape(
            height: (input.height - 1) * strideY + 1, width: (input.width - 1) * strideX + 1, channels: input.channels)
    }

    package init<Fields: OperationFieldReader>(from fields: inout Fields) throws(Fields.Failure) {
        let strides = try fields.integers("stride", count: 2, in: 1...Window.maximumExtent)
        (strideY, strideX) = (strides[0], strides[1])
    }

    package func write<Fields: OperationFieldWriter>(to fields: inout Fields) {
        fields.integers("stride", [strideY, strideX])
    }
}

extension NetworkBuilder {
    /// Adds zeros between the rows and columns of a feature map.
    package mutating func zeroInsertion(
        _ x: TensorID, strideY: Int, strideX: Int, name: String
    ) throws(NetworkError) -> TensorID {
        let operation = ZeroInsertion(strideY: strideY, strideX: strideX)
        return try plain(x, operation, parameters: [], element: self[x].element, name: name)
    }
}
