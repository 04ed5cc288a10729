import MultiBox
import Networks
import Platform

/// The two outputs of a network that a detector is made of: raw offsets and scores of its default boxes.
struct DetectorHeads {
    /// An output of a network, without the batch.
    struct Output {
        var name: String
        var tensor: TensorID
        var shape: [Int]

        /// The numbers of a row.
        var columns: Int { shape.count > 1 ? shape[shape.count - 1] : 1 }
        /// The rows.
        var rows: Int { shape.reduce(1, *) / columns }
    }

    var locations: Output
    var scores: Output
    /// The published detector that has such an input and such outputs.
    var known: KnownDetector?

    /// Parts of the names that exporters give the two.
    private static let locationNames = ["loc", "box", "reg"]
    private static let scoreNames = ["conf", "cls", "class", "score"]

    /// Finds the two among a network's outputs: those that are named, else those of a published detector, else the only ones that
    /// fit each other.
    ///
    /// - Throws: `unknownDetector` if there are none or several.
    init(
        among outputs: [Output], input: TensorShape, named names: Sidecar.Outputs?
    ) throws(ModelFileError) {
        if let names {
            locations = try Self.output(names.locations, "locations", outputs)
            scores = try Self.output(names.scores, "scores", outputs)
            guard locations.rows == scores.rows, locations.columns >= 4 else {
                throw .unknownDetector(
                    found: "\(Self.description(locations)) as locations and \(Self.description(scores)) as scores")
            }
            known = Self.known(input, locations, scores)
            return
        }
        var pairs: [DetectorHeads] = []
        for location in outputs where location.columns >= 4 {
            for score in outputs where score.tensor != location.tensor && score.rows == location.rows {
                pairs.append(
                    DetectorHeads(location, score, Self.known(input, location, score)))
            }
        }
        let recognised = pairs.filter { $0.known != nil }
        let plain = pairs.filter { $0.locations.columns == 4 }
        // Offsets with key points behind them, where there are no others.
        var fitting = !recognised.isEmpty ? recognised : plain.isEmpty ? pairs : plain
        if fitting.count > 1 {
            fitting = fitting.filter { pair in
                Self.has(pair.locations.name, Self.locationNames) && Self.has(pair.scores.name, Self.scoreNames)
            }
        }
        guard fitting.count == 1 else {
            let found = outputs.isEmpty ? "none" : outputs.map(Self.description).joined(separator: " and ")
            throw .unknownDetector(found: "input \(input), outputs \(found)")
        }
        self = fitting[0]
    }

    private init(_ locations: Output, _ scores: Output, _ known: KnownDetector?) {
        (self.locations, self.scores, self.known) = (locations, scores, known)
    }

    private static func has(_ name: String, _ parts: [String]) -> Bool {
        let name = name.lowercased()
        return parts.contains { name.contains($0) }
    }

    private static func known(_ input: TensorShape, _ locations: Output, _ scores: Output) -> KnownDetector? {
        guard input.isFeatureMap else { return nil }
        return .matching(
            width: input.width, height: input.height, boxes: locations.rows, offsets: locations.columns,
            classes: scores.columns)
    }

    private static func output(
        _ name: String, _ role: String, _ outputs: [Output]
    ) throws(ModelFileError) -> Output {
        if let output = outputs.first(where: { $0.name == name }) { return output }
        let names = outputs.map(\.name)
        let nearest = NearestName.among(names, to: name).map { "; did you mean \($0)?" } ?? ""
        throw .unknownDetector(
            found: "no output \(name) for its \(role) among \(names.prefix(8).joined(separator: ", "))\(nearest)")
    }

    /// What an output is, for people.
    static func description(_ output: Output) -> String {
        output.shape.map(String.init).joined(separator: "×")
    }
}

extension NetworkBuilder {
    /// A raw output as a float matrix of one row a default box, and of its first `columns` columns.
    mutating func detectorRows(
        _ output: DetectorHeads.Output, columns: Int, name: String
    ) throws(NetworkError) -> TensorID {
        var x = output.tensor
        if self[x].element != .float32 { x = try convert(x, to: .float32, name: name + "/float") }
        if output.columns > columns {
            let map = try TensorShape(height: output.rows, width: 1, channels: output.columns)
            x = try choosingChannels(0..<columns, of: try reshape(x, to: map, name: name), name: name)
        }
        let rows = try TensorShape([output.rows, columns])
        return self[x].shape == rows ? x : try reshape(x, to: rows, name: name)
    }
}

extension Network {
    /// The SSD paper's default boxes on the maps that a matrix of offsets was made of, or on one map of one column where that
    /// cannot be told.
    func usualDefaultBoxes(of locations: TensorID, columns: Int) throws(ModelFileError) -> DefaultBoxConfiguration {
        let (image, count) = (self[input].shape, self[locations].shape.dimensions[0])
        var maps: [(rows: Int, columns: Int, boxes: Int)] = []
        for map in self.maps(behind: locations) where map.isFeatureMap && map.channels.isMultiple(of: columns) {
            maps.append((map.height, map.width, map.channels / columns))
        }
        if maps.reduce(0, { $0 + $1.rows * $1.columns * $1.boxes }) != count { maps = [(count, 1, 1)] }
        let configuration = DefaultBoxConfiguration.usual(
            imageWidth: image.width, imageHeight: image.height, maps: maps)
        do throws(MultiBoxError) { _ = try DefaultBoxGenerator(configuration) } catch { throw .postProcessing(error) }
        return configuration
    }

    /// The maps that a matrix is made of by reshaping and joining, in order.
    private func maps(behind matrix: TensorID) -> [TensorShape] {
        var makers: [TensorID: Layer] = [:]
        for layer in layers { makers[layer.output] = layer }
        var (maps, rest) = ([TensorShape](), [matrix])
        while let tensor = rest.popLast(), maps.count < NetworkBuilder.maximumInputs {
            guard let maker = makers[tensor] else { continue }
            switch maker.operation {
            case .reshape, .convert: rest.append(maker.inputs[0])
            case .concatenation: rest += maker.inputs.reversed()
            // A choice of columns, of a matrix as a map of one column.
            case .convolution where self[tensor].shape.width == 1 && self[tensor].shape.height > 1:
                rest.append(maker.inputs[0])
            default: maps.append(self[tensor].shape)
            }
        }
        return maps
    }
}

extension Network {
    /// What makes confidences of a tensor's numbers, where the network does that; nil if they are raw scores.
    func confidence(of tensor: TensorID) -> KnownDetector.Confidence? {
        var sought = tensor
        for layer in layers.reversed() where layer.output == sought {
            switch layer.operation {
            case .reshape, .convert, .concatenation: sought = layer.inputs[0]
            case .softmax: return .softmax
            case .activation(.sigmoid): return .sigmoid
            default: return nil
            }
        }
        return nil
    }
}
