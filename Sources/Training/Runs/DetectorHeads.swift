import MultiBox
import Networks

/// The heads of a detector: the convolutions behind its outputs, a pair for each source map, and the boxes of a cell. They say
/// which output channel of one detector's head means what a channel of another's does.
struct DetectorHeads {
    /// What a head predicts of each box.
    enum Kind {
        case locations
        case scores
    }

    /// The heads of a source map. Channel b · columns + c is column c of the row of the cell's box b.
    struct Map {
        /// The layer of offsets and that of scores.
        var locations: String, scores: String
        /// Width and height of the boxes of a cell in the middle of the map, as shares of the image.
        var boxes: [SIMD2<Float>]
    }

    /// The source maps, in the order of the outputs.
    let maps: [Map]
    /// The classes by their names in lower case: which column each is of a score row, the background's under "".
    private let columns: [String: Int]
    private let classCount: Int
    private let coder: BoxCoder

    /// How much boxes may differ, as a share of the image, that are the same but for rounding.
    private static let tolerance: Float = 1e-4

    /// The heads of a detector; nil where its outputs are more than joined rows of convolutions, or its scores no softmax with
    /// a background first.
    init?(_ model: DetectionModel) {
        let network = model.network
        guard let boxes = try? model.defaultBoxes.boxes(), model.labels.hasBackground,
            model.output.activation == .softmax, model.output.backgroundIndex == 0,
            let locations = Self.convolutions(before: model.locations, of: network),
            let scores = Self.convolutions(before: model.scores, of: network), locations.count == scores.count
        else { return nil }
        var (maps, first) = ([Map](), 0)
        for (location, score) in zip(locations, scores) {
            let (shape, scoreShape) = (network[location.output].shape, network[score.output].shape)
            guard shape.isFeatureMap, scoreShape.isFeatureMap, shape.channels.isMultiple(of: 4) else { return nil }
            let boxesPerCell = shape.channels / 4
            let end = first + shape.pixels * boxesPerCell
            guard scoreShape.pixels == shape.pixels, scoreShape.channels == boxesPerCell * model.labels.count,
                end <= boxes.count
            else { return nil }
            let middle = first + (shape.height / 2 * shape.width + shape.width / 2) * boxesPerCell
            maps.append(
                Map(
                    locations: location.name, scores: score.name,
                    boxes: boxes[middle..<middle + boxesPerCell].map { SIMD2($0.w, $0.h) }))
            first = end
        }
        guard first == boxes.count else { return nil }
        self.maps = maps
        var columns = ["": 0]
        for (index, name) in model.labels.names.enumerated() { if let name { columns[name.lowercased()] = index } }
        self.columns = columns
        (classCount, coder) = (model.labels.count, model.coder)
    }

    /// The convolutions whose outputs a tensor joins, through reshapes and joins alone, in order; nil for anything else.
    private static func convolutions(before tensor: TensorID, of network: Network) -> [Layer]? {
        let makers = Dictionary(network.layers.map { ($0.output, $0) }) { first, _ in first }
        var (found, waiting) = ([Layer](), [tensor])
        // No layer is behind an output twice.
        for _ in 0...network.layers.count {
            guard let next = waiting.popLast() else { return found }
            guard let layer = makers[next] else { return nil }
            switch layer.operation {
            case .reshape: waiting.append(layer.inputs[0])
            case .concatenation: waiting += layer.inputs.reversed()
            case .convolution: found.append(layer)
            default: return nil
            }
        }
        return waiting.isEmpty ? found : nil
    }

    /// The layer of one of a map's heads.
    func layer(_ kind: Kind, ofMap map: Int) -> String {
        kind == .scores ? maps[map].scores : maps[map].locations
    }

    /// The source map of another detector that is one of these: by the name of its heads, which a detector with a map more
    /// keeps, else by its place.
    func counterpart(ofMap map: Int, in other: DetectorHeads) -> Int? {
        other.maps.firstIndex { $0.locations == maps[map].locations } ?? (map < other.maps.count ? map : nil)
    }

    /// For each output channel of a head here, the channel of another detector's head that means the same: of a box of the
    /// same size in the map `otherMap`, the same class by its name, or the same offset coded alike; nil where there is none.
    func channels(of kind: Kind, ofMap map: Int, in other: DetectorHeads, _ otherMap: Int) -> [Int?] {
        let boxes = maps[map].boxes.map { box in
            other.maps[otherMap].boxes.firstIndex { candidate in
                abs(candidate.x - box.x) <= Self.tolerance && abs(candidate.y - box.y) <= Self.tolerance
            }
        }
        let (pairs, otherCount): ([Int?], Int)
        switch kind {
        case .locations: (pairs, otherCount) = (coder == other.coder ? [0, 1, 2, 3] : [nil, nil, nil, nil], 4)
        case .scores:
            var found = [Int?](repeating: nil, count: classCount)
            for (name, column) in columns { found[column] = other.columns[name] }
            (pairs, otherCount) = (found, other.classCount)
        }
        return boxes.flatMap { box in
            pairs.map { column in
                guard let box, let column else { return nil }
                return box * otherCount + column
            }
        }
    }

    /// Whether another detector has a class of this name.
    func shares(_ name: String, with other: DetectorHeads) -> Bool { other.columns[name.lowercased()] != nil }
}
