/// A small SSD as an ONNX file: 16 × 8 photos, two feature maps of 4 × 2 and 2 × 1 cells, two boxes a cell.
package enum ONNXDetectorFile {
    /// How boxes leave the graph.
    package enum Form: CaseIterable, Sendable {
        /// Edges as shares of the photo, as in files that are exported for use.
        case edges
        /// Centre and sides in pixels.
        case centersInPixels
        /// y before x, as in the TensorFlow family.
        case swappedEdges
        /// Raw offsets: nothing says how they become boxes.
        case raw
    }

    /// Its default boxes: centre and sides, as shares.
    package static let boxes: [[Float]] = (0..<20).map { index in
        let (cell, size) = index < 16 ? (index / 2, 0.25) : ((index - 16) / 2, 0.5)
        let (columns, rows): (Int, Int) = index < 16 ? (4, 2) : (2, 1)
        let ratio: Float = index % 2 == 0 ? 1 : 1.5
        return [
            (Float(cell % columns) + 0.5) / Float(columns), (Float(cell / columns) + 0.5) / Float(rows),
            Float(size) * ratio, Float(size) / ratio,
        ]
    }
    /// The factors of the coder.
    package static let variances: [Float] = [0.1, 0.1, 0.2, 0.2]
    /// The columns of scores.
    package static let columns = 3

    /// The file.
    ///
    /// - Parameters:
    ///   - suppression: Overlap and score of a suppression at the end; nil for none.
    ///   - clipping: The operators that hold boxes within the photo, in the order in which they are applied.
    ///   - candidates: The best of each class that go into the suppression, chosen as torch traces it: of as many as there
    ///     are, however many that is; nil for all.
    ///   - batch: What a batch of any size is called; nil for one photo.
    package static func file(
        _ form: Form = .edges, activation: String = "Softmax", suppression: (Float, Float)? = nil,
        candidates: Int? = nil, operatorSet: Int = 17, batch: String? = nil, clipping: [String] = []
    ) -> [UInt8] {
        var writer = ONNXWriter()
        var random = SeededGenerator(seed: 77)
        func numbers(_ count: Int, _ scale: Float) -> [Float] {
            (0..<count).map { _ in Float.random(in: -scale...scale, using: &random) }
        }
        writer.input("photo", [1, 3, 8, 16], batch: batch)
        func convolution(_ x: String, _ inputs: Int, _ outputs: Int, stride: Int, _ name: String) -> String {
            let w = writer.constant(name + ".weight", [outputs, inputs, 3, 3], numbers(outputs * inputs * 9, 0.3))
            let b = writer.constant(name + ".bias", [outputs], numbers(outputs, 0.5))
            return writer.node(
                "Conv", [x, w, b],
                [
                    ("kernel_shape", .integers([3, 3])), ("pads", .integers([1, 1, 1, 1])),
                    ("strides", .integers([stride, stride])),
                ])
        }
        let stem = writer.node("Relu", [convolution("photo", 3, 8, stride: 2, "stem")])
        let first = writer.node("Relu", [convolution(stem, 8, 8, stride: 2, "first")])
        let second = writer.node("Relu", [convolution(first, 8, 8, stride: 2, "second")])
        var heads: [[String]] = [[], []]
        for (index, map) in [first, second].enumerated() {
            for (head, width) in [4, columns].enumerated() {
                let y = convolution(map, 8, 2 * width, stride: 1, "head\(head)\(index)")
                let moved = writer.node("Transpose", [y], [("perm", .integers([0, 2, 3, 1]))])
                let shape = writer.constant("shape\(head)\(index)", [3], whole: [1, -1, width])
                heads[head].append(writer.node("Reshape", [moved, shape]))
            }
        }
        let offsets = writer.node("Concat", heads[0], [("axis", .integer(1))])
        let logits = writer.node("Concat", heads[1], [("axis", .integer(1))])
        let scores =
            activation == "Softmax"
            ? writer.node("Softmax", [logits], [("axis", .integer(2))], output: "scores")
            : writer.node(activation, [logits], output: "scores")
        guard form != .raw else { return writer.bytes(outputs: [offsets, scores], operatorSet: operatorSet) }
        var decoded = decode(&writer, offsets, form)
        if !clipping.isEmpty {
            writer.constant("lowest", [], [0])
            writer.constant("highest", [], [1])
        }
        for kind in clipping {
            switch kind {
            case "Max": decoded = writer.node(kind, [decoded, "lowest"])
            case "Min": decoded = writer.node(kind, ["highest", decoded])
            default: decoded = writer.node(kind, [decoded, "lowest", "highest"])
            }
        }
        guard let (overlap, score) = suppression else {
            return writer.bytes(outputs: [decoded, scores], operatorSet: operatorSet)
        }
        let turned = writer.node("Transpose", [scores], [("perm", .integers([0, 2, 1]))])
        writer.constant("most", [], whole: [50])
        writer.constant("overlap", [], [overlap])
        writer.constant("score", [], [score])
        let kept = writer.node("NonMaxSuppression", [decoded, turned, "most", "overlap", "score"], output: "kept")
        var outputs = [kept, decoded, scores]
        if let candidates {
            writer.constant("candidates", [1], whole: [candidates])
            writer.constant("last", [], whole: [2])
            writer.constant("zero", [1], whole: [0])
            writer.constant("one", [1], whole: [1])
            let boxes = writer.node("Gather", [writer.node("Shape", [turned]), "last"], [("axis", .integer(0))])
            let counts = writer.node(
                "Concat", ["candidates", writer.node("Unsqueeze", [boxes, "zero"])], [("axis", .integer(0))])
            let least = writer.node(
                "Reshape", [writer.node("ReduceMin", [counts], [("keepdims", .integer(0))]), "one"])
            outputs += writer.node(
                "TopK", [turned, least], [("axis", .integer(2))], outputs: ["best", "places of best"])
        }
        return writer.bytes(outputs: outputs, operatorSet: operatorSet)
    }

    /// The nodes that make boxes of offsets.
    private static func decode(_ writer: inout ONNXWriter, _ offsets: String, _ form: Form) -> String {
        writer.constant("places", [1, boxes.count, 2], boxes.flatMap { $0[..<2] })
        writer.constant("sizes", [1, boxes.count, 2], boxes.flatMap { $0[2...] })
        writer.constant("v.place", [], [variances[0]])
        writer.constant("v.size", [], [variances[2]])
        writer.constant("half", [], [0.5])
        func part(_ x: String, _ range: Range<Int>, _ name: String) -> String {
            let start = writer.constant(name + ".start", [1], whole: [range.lowerBound])
            let end = writer.constant(name + ".end", [1], whole: [range.upperBound])
            let axis = writer.constant(name + ".axis", [1], whole: [2])
            return writer.node("Slice", [x, start, end, axis])
        }
        let moved = writer.node("Mul", [writer.node("Mul", [part(offsets, 0..<2, "xy"), "v.place"]), "sizes"])
        let centers = writer.node("Add", [moved, "places"])
        let grown = writer.node("Exp", [writer.node("Mul", [part(offsets, 2..<4, "wh"), "v.size"])])
        let sizes = writer.node("Mul", [grown, "sizes"])
        if form == .centersInPixels {
            writer.constant("photo.size", [2], [16, 8])
            return writer.node(
                "Concat",
                [writer.node("Mul", [centers, "photo.size"]), writer.node("Mul", [sizes, "photo.size"])],
                [("axis", .integer(2))])
        }
        let halves = writer.node("Mul", [sizes, "half"])
        let edges = writer.node(
            "Concat", [writer.node("Sub", [centers, halves]), writer.node("Add", [centers, halves])],
            [("axis", .integer(-1))])
        guard form == .swappedEdges else { return edges }
        writer.constant("order", [4], whole: [1, 0, 3, 2])
        return writer.node("Gather", [edges, "order"], [("axis", .integer(2))])
    }
}
