import MultiBox
import Platform

/// How the nodes after a head turn raw offsets into boxes, found out by what they make of some offsets: offsets of 0 give the
/// default boxes, others the factors of the coder. What is found is held against the nodes on offsets drawn at random.
struct ONNXBoxDecoding {
    /// The default boxes, as shares of the photo's sides.
    let defaultBoxes: [CenterBox]
    let coder: BoxCoder

    /// Offsets that tell the factors apart: within what any coder takes, all different.
    private static let probe: SIMD4<Float> = [0.5, 0.25, 0.375, 0.125]
    /// The largest number that is a share of a side and no number of pixels.
    private static let largestShare: Float = 4
    /// The rows that are held against the nodes.
    private static let checkedRows = 512
    /// The most numbers that the nodes make of some offsets, which are kept for three of them at a time: 16 MiB each. SSD512's
    /// boxes take half of it.
    private static let maximumNumbers = 1 << 22
    /// An offset beyond any limit of a logarithm.
    private static let beyondLimits: Float = 1e4

    /// Finds the decoding; nil where no value is one.
    ///
    /// - Parameters:
    ///   - nodes: those after the heads, in an order in which they can run.
    ///   - constants: what they read beside heads, by name.
    ///   - heads: the names of the offsets, with the shape each has.
    ///   - count: the default boxes.
    ///   - size: the rows and columns of the network's input, for boxes in pixels.
    init?(
        _ nodes: [ONNXNode], constants: [String: ONNXTensor], heads: [(name: String, shape: [Int])], count: Int,
        size: (height: Int, width: Int), operatorSet: Int
    ) {
        let arithmetic = Arithmetic(nodes, constants: constants, heads: heads, operatorSet: operatorSet)
        guard !arithmetic.nodes.isEmpty, (1...DefaultBoxes.maximumCount / 4).contains(count) else { return nil }
        func repeated(_ offsets: SIMD4<Float>) -> [Float] {
            (0..<count).flatMap { _ in [offsets.x, offsets.y, offsets.z, offsets.w] }
        }
        var random = SplitMix64(seed: 1)
        let drawn = (0..<count * 4).map { _ in Float(random.next() % 4001) / 2000 - 1 }
        let (still, moved, other) = (
            arithmetic.values(of: repeated(.zero)), arithmetic.values(of: repeated(Self.probe)),
            arithmetic.values(of: drawn)
        )
        // The last is nearest to what the graph is for.
        for name in arithmetic.names.reversed() {
            guard let still = still[name], let moved = moved[name], let other = other[name],
                still.shape.last == 4, still.count == count * 4
            else { continue }
            for form in Form.all {
                guard let boxes = form.boxes(still, size: size, largestShare: Self.largestShare),
                    Self.goesAlongRows(boxes),
                    let first = form.boxes(moved, size: size, largestShare: Self.largestShare)?.first,
                    let expected = form.corners(other, size: size, isPixels: form.isPixels(still, Self.largestShare))
                else { continue }
                for order in [BoxCoder.Order.xywh, .yxhw] {
                    guard var coder = Self.coder(from: boxes[0], to: first, order),
                        Self.agrees(coder, boxes, drawn, expected)
                    else { continue }
                    let far = arithmetic.values(of: repeated(SIMD4(repeating: Self.beyondLimits)))[name]
                    coder.maximumLogScale = far.flatMap { form.boxes($0, size: size, largestShare: .infinity)?.first }
                        .flatMap { box in
                            let scale = form.isPixels(still, Self.largestShare) ? Float(size.width) : 1
                            let limit = log(box.w / scale / boxes[0].w)
                            return limit.isFinite ? limit : nil
                        }
                    (defaultBoxes, self.coder) = (boxes, coder)
                    return
                }
            }
        }
        return nil
    }

    /// Whether boxes follow each other along rows, as heads make them: with x for y everything else would fit as well.
    private static func goesAlongRows(_ boxes: [CenterBox]) -> Bool {
        guard let next = boxes.first(where: { abs($0.cx - boxes[0].cx) > 1e-4 || abs($0.cy - boxes[0].cy) > 1e-4 })
        else { return true }
        return abs(next.cx - boxes[0].cx) > abs(next.cy - boxes[0].cy)
    }

    /// The factors by which an offset moved the first box.
    private static func coder(from box: CenterBox, to moved: CenterBox, _ order: BoxCoder.Order) -> BoxCoder? {
        let offsets = order == .xywh ? probe : [probe.y, probe.x, probe.w, probe.z]
        let factors = [
            (moved.cx - box.cx) / (offsets.x * box.w), (moved.cy - box.cy) / (offsets.y * box.h),
            log(moved.w / box.w) / offsets.z, log(moved.h / box.h) / offsets.w,
        ]
        guard factors.allSatisfy({ $0.isFinite && $0 > 1e-3 && $0 < 100 }) else { return nil }
        // Factors are decimal numbers of few digits; what is beyond them is rounding.
        let rounded = factors.map { ($0 * 1e4).rounded() / 1e4 }
        return BoxCoder(
            scaling: .variances(Variances(x: rounded[0], y: rounded[1], width: rounded[2], height: rounded[3])),
            order: order)
    }

    /// Whether a coder makes of drawn offsets what the nodes make.
    private static func agrees(
        _ coder: BoxCoder, _ boxes: [CenterBox], _ offsets: [Float], _ expected: [CornerBox]
    ) -> Bool {
        let step = max(1, boxes.count / checkedRows)
        return stride(from: 0, to: boxes.count, by: step).allSatisfy { row in
            let own = coder.decode(
                SIMD4(offsets[row * 4], offsets[row * 4 + 1], offsets[row * 4 + 2], offsets[row * 4 + 3]),
                relativeTo: boxes[row])
            let tolerance = 1e-3 * max(boxes[row].w, boxes[row].h) + 1e-5
            let box = expected[row]
            return abs(own.xmin - box.xmin) <= tolerance && abs(own.ymin - box.ymin) <= tolerance
                && abs(own.xmax - box.xmax) <= tolerance && abs(own.ymax - box.ymax) <= tolerance
        }
    }

    /// What the four numbers of a box are.
    private struct Form {
        /// Edges rather than centre and sides.
        var hasEdges: Bool
        /// y before x.
        var isSwapped: Bool

        static let all = [false, true].flatMap { swapped in
            [true, false].map { Form(hasEdges: $0, isSwapped: swapped) }
        }

        /// Whether boxes are in pixels.
        func isPixels(_ tensor: ONNXTensor, _ largestShare: Float) -> Bool {
            tensor.floats.contains { $0.magnitude > largestShare }
        }

        func corners(_ tensor: ONNXTensor, size: (height: Int, width: Int), isPixels: Bool) -> [CornerBox]? {
            let values = tensor.floats
            let (width, height) = isPixels ? (Float(size.width), Float(size.height)) : (1, 1)
            return stride(from: 0, to: values.count, by: 4).map { index in
                var four = SIMD4(values[index], values[index + 1], values[index + 2], values[index + 3])
                if isSwapped { four = [four.y, four.x, four.w, four.z] }
                four /= [width, height, width, height]
                return hasEdges
                    ? CornerBox(xmin: four.x, ymin: four.y, xmax: four.z, ymax: four.w)
                    : CornerBox(CenterBox(cx: four.x, cy: four.y, w: four.z, h: four.w))
            }
        }

        /// All boxes; nil where one has no extent.
        func boxes(
            _ tensor: ONNXTensor, size: (height: Int, width: Int), largestShare: Float
        ) -> [CenterBox]? {
            let boxes = corners(tensor, size: size, isPixels: isPixels(tensor, largestShare))?.map { CenterBox($0) }
            guard let boxes, boxes.allSatisfy({ $0.w > 0 && $0.h > 0 && $0.cx.isFinite && $0.cy.isFinite }) else {
                return nil
            }
            return boxes
        }
    }

    /// The nodes that need nothing but offsets and constants.
    private struct Arithmetic {
        private(set) var nodes: [ONNXNode] = []
        /// What they make, in order.
        private(set) var names: [String] = []
        private let constants: [String: ONNXTensor]
        private let heads: [(name: String, shape: [Int])]
        private let operatorSet: Int

        init(
            _ all: [ONNXNode], constants: [String: ONNXTensor], heads: [(name: String, shape: [Int])], operatorSet: Int
        ) {
            (self.constants, self.heads, self.operatorSet) = (constants, heads, operatorSet)
            var known = Set(heads.map(\.name))
            for node in all where node.isStandard {
                let inputs = node.inputs.filter { !$0.isEmpty }
                guard inputs.contains(where: known.contains),
                    inputs.allSatisfy({ known.contains($0) || constants[$0] != nil })
                else { continue }
                nodes.append(node)
                names += node.outputs
                known.formUnion(node.outputs)
            }
        }

        /// What the nodes make of offsets; without those of kinds that are not worked out, and what needs them.
        func values(of offsets: [Float]) -> [String: ONNXTensor] {
            var values: [String: ONNXTensor] = [:]
            for head in heads { values[head.name] = ONNXTensor(shape: head.shape, .floats(offsets)) }
            var evaluator = ONNXEvaluator(maximumWork: ONNXBoxDecoding.maximumNumbers)
            for node in nodes {
                let inputs = node.inputs.map { $0.isEmpty ? nil : values[$0] ?? constants[$0] }
                guard zip(node.inputs, inputs).allSatisfy({ $0.isEmpty || $1 != nil }),
                    let results = try? evaluator.evaluate(node, inputs, operatorSet: operatorSet)
                else { continue }
                for (name, result) in zip(node.outputs, results) { values[name] = result }
            }
            return values
        }
    }
}
