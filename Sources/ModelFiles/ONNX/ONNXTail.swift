import Networks

/// What the nodes after the heads say of thresholds and numbers of boxes: what our post-processing takes over.
struct ONNXTail {
    /// What a NonMaxSuppression is given; nil where that is no constant.
    struct Suppression {
        var overlap: Float?
        var score: Float?
        var boxes: Int?
    }

    /// The numbers of boxes that are believed.
    private static let counts = 1...1 << 20
    /// Nodes that are looked back over for a number.
    private static let reach = 12

    /// The first suppression, in the graph or in one that it runs under a condition.
    let suppression: Suppression?
    /// The score that scores are compared with.
    let scoreThreshold: Float?
    /// The best of a class that go into the suppression.
    let candidates: Int?
    /// The detections that come out at last.
    let maxDetections: Int?
    /// Whether boxes are held within the photo.
    let clipsToPhoto: Bool

    /// Looks over what was kept.
    init(_ importer: borrowing ONNXImporter) {
        let tail = importer.tail
        var producers: [String: ONNXNode] = [:]
        for node in tail { for name in node.outputs where producers[name] == nil { producers[name] = node } }
        var constants: [String: ONNXTensor] = [:]
        for node in tail {
            for (index, name) in node.inputs.enumerated()
            where constants[name] == nil && importer.isConstant(node, index) {
                constants[name] = try? importer.constant(node, index)
            }
        }
        func number(_ node: ONNXNode, _ input: Int, _ known: [String: ONNXTensor]) -> Float? {
            guard node.has(input), let tensor = known[node.inputs[input]], tensor.count == 1 else { return nil }
            return tensor.floats[0]
        }
        /// The least whole number above 1 that a value is made of, as in `min(boxes, 400)`; the nearest nodes first, and not
        /// beyond what takes one of a shape's extents, since its index is no number of boxes.
        func limit(_ name: String) -> Int? {
            var (names, found) = ([name], [Int]())
            for place in 0..<Self.reach where place < names.count {
                if let values = constants[names[place]]?.integers { found += values.filter { $0 > 1 } }
                guard let producer = producers[names[place]], !["Shape", "Gather", "Slice"].contains(producer.kind)
                else { continue }
                // No more than are looked at: a node may have a million.
                names += producer.inputs.prefix(Self.reach)
            }
            return found.filter(Self.counts.contains).min()
        }
        func share(_ value: Float?) -> Float? { value.flatMap { (0...1).contains($0) ? $0 : nil } }

        var suppression: Suppression?
        for (node, known) in Self.suppressions(tail, constants) where suppression == nil {
            let boxes = number(node, 2, known).flatMap { Int(exactly: $0.rounded()) }
            suppression = Suppression(
                overlap: share(number(node, 3, known)), score: share(number(node, 4, known)),
                boxes: boxes.flatMap { Self.counts.contains($0) ? $0 : nil })
        }
        self.suppression = suppression
        scoreThreshold =
            tail.first { $0.kind == "Greater" || $0.kind == "GreaterOrEqual" }
            .flatMap { share(number($0, 1, constants)) }
        candidates = tail.first { $0.kind == "TopK" && $0.inputs.count > 1 }.flatMap { limit($0.inputs[1]) }
        // The best so many of all: a Slice from the start, the last that there is.
        maxDetections =
            tail.reversed().lazy.filter { $0.kind == "Slice" && $0.inputs.count > 2 }
            .compactMap { node -> Int? in
                guard number(node, 1, constants) == 0,
                    let end = number(node, 2, constants).flatMap({ Int(exactly: $0) }),
                    Self.counts.contains(end), end > 4
                else { return nil }
                return end
            }.first
        let input = importer.builder[importer.builder.inputTensor].shape
        let edges = [1, Float(input.width), Float(input.height)]
        /// The number that a Min or a Max compares a value with, and the value.
        func bound(_ node: ONNXNode, _ kind: String) -> (number: Float, value: String)? {
            guard node.kind == kind, node.inputs.count == 2 else { return nil }
            if let found = number(node, 1, constants) { return (found, node.inputs[0]) }
            return number(node, 0, constants).map { ($0, node.inputs[1]) }
        }
        clipsToPhoto = tail.contains { node in
            // As torchvision's boxes are traced: min(max(x, 0), width), or the other way round.
            if let outer = bound(node, "Min"), edges.contains(outer.number), let inner = producers[outer.value] {
                return bound(inner, "Max")?.number == 0
            }
            if let outer = bound(node, "Max"), outer.number == 0, let inner = producers[outer.value] {
                return bound(inner, "Min").map { edges.contains($0.number) } == true
            }
            guard node.kind == "Clip" else { return false }
            let low = number(node, 1, constants) ?? (node.hasAttribute("min") ? node.float("min", default: 1) : nil)
            let high = number(node, 2, constants) ?? (node.hasAttribute("max") ? node.float("max", default: 0) : nil)
            return low == 0 && high.map(edges.contains) == true
        }
    }

    /// The suppressions among nodes and in the graphs that these run, each with the constants that it sees.
    private static func suppressions(
        _ nodes: [ONNXNode], _ constants: [String: ONNXTensor], depth: Int = 0
    ) -> [(ONNXNode, [String: ONNXTensor])] {
        var found: [(ONNXNode, [String: ONNXTensor])] = []
        for node in nodes {
            if node.kind == "NonMaxSuppression" { found.append((node, constants)) }
            guard depth < 4 else { continue }
            for graph in node.graphs {
                var known = constants
                for tensor in graph.initializer { known[tensor.name] = try? ONNXTensor(tensor) }
                let inner = graph.node.enumerated().map { ONNXNode($0.element, index: $0.offset) }
                for constant in inner where constant.kind == "Constant" && constant.outputs.count == 1 {
                    known[constant.outputs[0]] = try? constant.tensor("value")
                }
                found += suppressions(inner, known, depth: depth + 1)
            }
        }
        return found
    }
}
