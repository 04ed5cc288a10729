import MultiBox
import Networks

/// The outputs of a graph that gives the offsets and the scores of each source map apart, as rows or as feature maps whose
/// channels are the boxes of a cell times 4 or the classes.
struct ONNXOutputsApart {
    /// The offsets and the scores of the maps, in the graph's order.
    private(set) var locations: [TensorID] = []
    private(set) var scores: [TensorID] = []
    let columns: Int
    let confidence: ONNXConfidence?
    /// The default boxes of all maps.
    let count: Int

    /// The most source maps.
    private static let maximumMaps = 64

    private struct Output {
        var id: TensorID
        var name: String
        /// The cells, or boxes, and what each has.
        var cells: Int
        var width: Int
        var confidence: ONNXConfidence?
    }

    /// Nil where the outputs are no pairs.
    init?(_ importer: borrowing ONNXImporter) {
        var outputs: [Output] = []
        guard importer.file.graph.output.count <= 2 * Self.maximumMaps else { return nil }
        for name in importer.file.graph.output.map(\.name) {
            let output: Output
            switch importer.value(named: name) {
            case .map(let id)?:
                let shape = importer.builder[id].shape
                output = Output(id: id, name: name, cells: shape.pixels, width: shape.channels)
            case .rows(let id, let shape)?:
                guard let width = shape.last, width > 0 else { return nil }
                output = Output(id: id, name: name, cells: shape.reduce(1, *) / width, width: width)
            case .confidences(let id, let shape, let confidence)?:
                guard let width = shape.last, width > 0 else { return nil }
                output = Output(
                    id: id, name: name, cells: shape.reduce(1, *) / width, width: width, confidence: confidence)
            default: return nil
            }
            outputs.append(output)
        }
        guard outputs.count >= 2, outputs.count % 2 == 0 else {
            return nil
        }
        // Pairs of as many cells; which of the two is which follows from the names, or from there being one number of
        // classes for all.
        var pairs: [(Output, Output)] = []
        while !outputs.isEmpty {
            let first = outputs.removeFirst()
            guard let other = outputs.firstIndex(where: { $0.cells == first.cells }) else { return nil }
            pairs.append((first, outputs.remove(at: other)))
        }
        func classes(_ locations: Output, _ scores: Output) -> Int? {
            guard locations.confidence == nil, locations.width % 4 == 0, scores.width % (locations.width / 4) == 0
            else {
                return nil
            }
            return scores.width / (locations.width / 4)
        }
        func isNamed(_ output: Output) -> Bool {
            let name = output.name.lowercased()
            return ["loc", "box", "reg", "offset"].contains { name.contains($0) }
        }
        let orders = [false, true].compactMap { isSwapped -> (pairs: [(Output, Output)], columns: Int)? in
            let ordered = pairs.map { isSwapped ? ($0.1, $0.0) : $0 }
            let found = Set(ordered.map { classes($0.0, $0.1) })
            guard found.count == 1, let columns = found.first ?? nil,
                (1...DetectionOutputConfiguration.maximumClassCount).contains(columns)
            else { return nil }
            return (ordered, columns)
        }
        let named = orders.first { $0.pairs.allSatisfy { isNamed($0.0) && !isNamed($0.1) } }
        guard let order = named ?? (orders.count == 1 ? orders[0] : nil),
            Set(order.pairs.map { $0.1.confidence }).count == 1
        else { return nil }
        locations = order.pairs.map { $0.0.id }
        scores = order.pairs.map { $0.1.id }
        columns = order.columns
        confidence = order.pairs[0].1.confidence
        count = order.pairs.reduce(0) { $0 + $1.0.cells * ($1.0.width / 4) }
    }
}
