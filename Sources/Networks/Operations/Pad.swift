/// A feature map with zeros around it and beside its channels.
package struct Pad: PlainOperation {
    package static let kind = "pad"
    package static let roles: [ParameterRole] = []

    /// The most rows, columns or channels that are added at a side.
    package static let maximumExtent = 1 << 14

    /// Rows added before and after.
    package var top = 0, bottom = 0
    /// Columns added before and after.
    package var left = 0, right = 0
    /// Channels added before and after.
    package var front = 0, back = 0
    package var parameters: [ParameterID] = []
    package var keepsQuantization: Bool { true }

    package init(top: Int = 0, bottom: Int = 0, left: Int = 0, right: Int = 0, front: Int = 0, back: Int = 0) {
        (self.top, self.bottom, self.left, self.right) = (top, bottom, left, right)
        (self.front, self.back) = (front, back)
    }

    private var amounts: [Int] { [top, bottom, left, right, front, back] }

    package func shape(of input: TensorShape, layer: String) throws(NetworkError) -> TensorShape {
        guard amounts.allSatisfy({ (0...Self.maximumExtent).contains($0) }) else {
            throw .invalidParameter(
                layer: layer, parameter: "amounts", reason: "are not within 0 and \(Self.maximumExtent)")
        }
        return try TensorShape(
            height: top + input.height + bottom, width: left + input.width + right,
            channels: front + input.channels + back)
    }

    package init<Fields: OperationFieldReader>(from fields: inout Fields) throws(Fields.Failure) {
        let amounts = try fields.integers("amounts", count: 6, in: 0...Self.maximumExtent)
        self.init(
            top: amounts[0], bottom: amounts[1], left: amounts[2], right: amounts[3], front: amounts[4],
            back: amounts[5])
    }

    package func write<Fields: OperationFieldWriter>(to fields: inout Fields) { fields.integers("amounts", amounts) }
}

extension NetworkBuilder {
    /// Adds zeros around a feature map.
    package mutating func pad(_ x: TensorID, _ pad: Pad, name: String) throws(NetworkError) -> TensorID {
        try plain(x, pad, parameters: [], element: self[x].element, name: name)
    }
}
