import JSON
import MultiBox
import Networks
import Platform

/// A file beside a model that says what the model's own file does not, or says it otherwise: a JSON object whose members may
/// each be left out.
///
/// `labels` are class names by score column, null for those without; `preprocessing` is the input's size, channel order and
/// normalization, (byte − `mean`) · `scale` or byte · `scale` + `bias` of each channel, `interpolation` (bytes, antialiased or floats); `outputs` names the raw offsets and
/// the scores; `default_boxes` lists boxes or the source maps that they follow from; `box_coder` says how offsets describe
/// boxes, `detection_output` how scores become detections.
package struct Sidecar: Sendable {
    /// The largest file, in bytes: room for the default boxes of any published detector, one by one.
    package static let maximumBytes = 8 << 20
    /// The most JSON values.
    static let maximumValues = 1 << 18

    /// The names of the outputs that a detector is made of.
    struct Outputs: Sendable {
        var locations: String
        var scores: String
    }

    /// Where it was read.
    let path: String
    /// The names of its members, in order.
    private(set) var memberNames: [String] = []
    /// The class names.
    private(set) var labels: [String?]?
    /// The size of the input, in pixels.
    private(set) var inputSize: (width: Int, height: Int)?
    /// The order of the input's channels.
    private(set) var channelOrder: ChannelOrder?
    /// The factor of each channel, and its summand.
    private(set) var normalization: (scale: [Float], bias: [Float])?
    /// What is between pixels.
    private(set) var interpolation: Preprocessing.Interpolation?
    /// The outputs, by name.
    private(set) var outputs: Outputs?
    /// The default boxes.
    private(set) var defaultBoxes: DefaultBoxes?
    /// How offsets describe boxes.
    private(set) var coder: BoxCoder?
    /// What is other in how scores become detections.
    private(set) var output = SidecarOutput()

    /// The path of the sidecar of a model's file: its name with `.json` in the place of its extension.
    package static func path(besideModelAt path: String) -> String {
        let start = path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex
        guard let point = path[start...].lastIndex(of: "."), point > start else { return path + ".json" }
        return path[..<point] + ".json"
    }

    /// The sidecar of a model's file; nil if there is none.
    ///
    /// - Throws: what is wrong with it.
    package init?(besideModelAt model: String) throws(ModelFileError) {
        let path = Self.path(besideModelAt: model)
        guard path != model, FileStatus(path)?.kind == .regular else { return nil }
        try self.init(bytes: FileBytes.read(path, limit: Self.maximumBytes), path: path)
    }

    /// Reads a sidecar.
    ///
    /// - Throws: `sidecar` with what is wrong and where.
    package init(bytes: [UInt8], path: String) throws(ModelFileError) {
        self.path = path
        do throws(ModelFileError) { try read(bytes) } catch {
            switch error {
            case .metadata(let place, let reason): throw wrong("\(place.dropFirst(Self.root.count + 1)) \(reason)")
            default: throw error
            }
        }
    }

    /// An error about this file.
    func wrong(_ reason: String) -> ModelFileError { .sidecar(path: path, reason: reason) }

    /// What the object is called on the way to an error, which leaves it out.
    private static let root = "$"

    // MARK: Reading

    private mutating func read(_ bytes: [UInt8]) throws(ModelFileError) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONReader.parse(bytes[...], maximumValues: Self.maximumValues)
        } catch { throw wrong("it is not JSON: \(error)") }
        guard case .object(let named) = value else { throw wrong("it is not a JSON object") }
        memberNames = named.map(\.name)
        var members = try JSONMembers(value, place: Self.root)
        if members.has("labels") { labels = try Self.labels(members.array("labels"), members) }
        if members.has("preprocessing") { try readPreprocessing(members.members("preprocessing")) }
        if members.has("outputs") {
            var part = try members.members("outputs")
            outputs = Outputs(locations: try part.text("locations"), scores: try part.text("scores"))
            try part.finish()
        }
        if members.has("default_boxes") { defaultBoxes = try Self.defaultBoxes(members.members("default_boxes")) }
        if members.has("box_coder") {
            var part = try members.members("box_coder")
            coder = try DetectorMembers.coder(&part)
            try part.finish()
        }
        if members.has("detection_output") { output = try SidecarOutput(members.members("detection_output")) }
        try members.finish()
    }

    private static func labels(_ values: [JSONValue], _ members: JSONMembers) throws(ModelFileError) -> [String?] {
        var labels: [String?] = []
        for value in values {
            guard value == .null || value.text != nil else {
                throw members.wrong("labels", "is not an array of texts")
            }
            labels.append(value.text)
        }
        return labels
    }

    private mutating func readPreprocessing(_ part: JSONMembers) throws(ModelFileError) {
        var part = part
        if part.has("width") || part.has("height") {
            let size = (try part.integer("width"), try part.integer("height"))
            let sides = 1...DefaultBoxGenerator.maximumImageSide
            guard sides.contains(size.0), sides.contains(size.1) else {
                throw part.wrong("width", "or height is not a number of pixels up to \(sides.upperBound)")
            }
            inputSize = size
        }
        if part.has("channel_order") { channelOrder = try part.choice("channel_order") }
        if part.has("scale") || part.has("bias") || part.has("mean") {
            let scale = try Self.channels("scale", &part)
            guard !(part.has("bias") && part.has("mean")) else { throw part.wrong("bias", "goes without mean") }
            let mean = try part.has("mean") ? Self.channels("mean", &part) : [0, 0, 0]
            let bias =
                try part.has("bias") ? Self.channels("bias", &part) : zip(mean, scale).map { 0 - $0 * $1 }
            guard bias.allSatisfy(\.isFinite) else { throw part.wrong("mean", "is out of range") }
            normalization = (scale, bias)
        }
        if part.has("interpolation") { interpolation = try part.choice("interpolation") }
        try part.finish()
    }

    /// A number for each channel, or one for all.
    private static func channels(_ name: String, _ part: inout JSONMembers) throws(ModelFileError) -> [Float] {
        let values = try part.floatOrFloats(name)
        guard values.count == 1 || values.count == 3 else { throw part.wrong(name, "is not one number or three") }
        return values.count == 3 ? values : [values[0], values[0], values[0]]
    }

    private static func defaultBoxes(_ part: JSONMembers) throws(ModelFileError) -> DefaultBoxes {
        var part = part
        let boxes: DefaultBoxes
        if part.has("boxes") {
            boxes = .explicit(try DetectorMembers.boxes(&part, "boxes"))
        } else {
            boxes = .generated(
                try DetectorMembers.defaultBoxes(
                    &part, imageWidth: part.integer("image_width"), imageHeight: part.integer("image_height")))
        }
        try part.finish()
        do throws(MultiBoxError) { _ = try boxes.boxes() } catch {
            throw .metadata(place: part.place, reason: "are not possible: \(error)")
        }
        return boxes
    }

    /// Whether it says what the network's numbers are made of.
    var saysPreprocessing: Bool { normalization != nil }

    // MARK: Applying

    /// Makes a detector what this file says it is.
    ///
    /// - Throws: `sidecar` if it does not fit the detector's network.
    package func apply(to model: inout DetectionModel) throws(ModelFileError) {
        try applyPreprocessing(to: &model)
        if let defaultBoxes { model.defaultBoxes = defaultBoxes }
        if let coder { model.coder = coder }
        output.apply(to: &model.output)
        model.labels = try labels(for: model)
        // Of what was read it is said no more that it was guessed.
        model.provenance.append(("sidecar", memberNames.joined(separator: ", ")))
        do throws(DetectionModelError) { _ = try model.detectionOutput() } catch { throw wrong("\(error)") }
    }

    private func applyPreprocessing(to model: inout DetectionModel) throws(ModelFileError) {
        if let size = inputSize {
            let found = (width: model.preprocessing.width, height: model.preprocessing.height)
            guard size == found else {
                throw wrong(
                    "it says an input of \(size.width)×\(size.height) pixels, and the network's has "
                        + "\(found.width)×\(found.height)")
            }
        }
        if let channelOrder { model.preprocessing.channelOrder = channelOrder }
        if let interpolation {
            guard model.preprocessing.normalization != .bytes || interpolation != .floats else {
                throw wrong("it says interpolation in floats, and the network's input is bytes")
            }
            model.preprocessing.interpolation = interpolation
        }
        guard let normalization else { return }
        guard case .affine = model.preprocessing.normalization else {
            throw wrong("it says a scale, and the network's input is bytes")
        }
        model.preprocessing.normalization = .affine(scale: normalization.scale, bias: normalization.bias)
    }

    private func labels(for model: DetectionModel) throws(ModelFileError) -> LabelMap {
        let (count, background) = (model.output.classCount, model.output.backgroundIndex)
        do throws(LabelMapError) {
            if let labels {
                let first = labels.first.flatMap { $0?.lowercased() }
                let hasBackground = labels.first == .some(nil) || first == "background" || first == "???"
                return try LabelMap(names: labels, hasBackground: hasBackground).aligned(
                    classCount: count, backgroundIndex: background)
            }
            if let aligned = try? model.labels.aligned(classCount: count, backgroundIndex: background) {
                return aligned
            }
            return try .numbered(classCount: count, backgroundIndex: background)
        } catch { throw wrong("its labels: \(error.reason)") }
    }
}

extension LabelMap {
    /// `class 1`, `class 2`…, as nothing says what the classes are called.
    static func numbered(classCount: Int, backgroundIndex: Int?) throws(LabelMapError) -> LabelMap {
        let first = backgroundIndex == 0 ? 0 : 1
        let names = (0..<classCount).map { $0 == backgroundIndex ? nil : "class \($0 + first)" as String? }
        return try LabelMap(names: names, hasBackground: backgroundIndex == 0)
    }
}
