import Detectors
import HTTP
import JSON
import MultiBox

/// The options of a detection, wherever a request gives them: query, form field or JSON member.
///
/// An option may be repeated, since tools do so, but not with another value: nobody could tell which one is meant.
struct RequestedOptions: Sendable, Equatable {
    /// The most detections that can be asked for.
    static let maximumDetections = counts.upperBound
    /// The numbers of detections that can be asked for.
    static let counts = 1...1000
    /// Thresholds.
    static let shares: ClosedRange<Float> = 0...1
    /// The longest value of an option, in bytes: what fits a request line. A list of names made of commas alone would
    /// take fifty times its length.
    static let maximumTextBytes = 8 << 10

    private(set) var model: String?
    /// The lowest scores that are reported.
    var threshold: ScoreThresholds?
    private(set) var iouThreshold: Float?
    private(set) var maxDetections: Int?
    private(set) var classes: Set<Int>?
    private(set) var coordinates: BoxCoordinates?
    private(set) var format: FormatOption?
    /// Where objects are wanted; nil for the whole photo.
    var regions: [PhotoRegion]?
    /// Whether regions must hold the whole box of an object.
    var covers: Bool?
    /// Into which parts photos are cut; nil for none.
    private(set) var tiling: Tiling?

    /// No options.
    init() {}

    /// The options of a query.
    init(query: QueryItems, labels: LabelMap) throws(ServiceError) {
        for item in query { try add(item.name, item.value, labels: labels) }
    }

    /// Adds an option that is given as text.
    mutating func add(_ name: String, _ value: String, labels: LabelMap) throws(ServiceError) {
        guard let option = OptionName(rawValue: name) else { throw .unknownOption(name: name) }
        switch option {
        case .model: try set(\.model, option, value)
        case .threshold: try set(\.threshold, option, ScoreThresholds(value, labels: labels))
        case .iouThreshold: try set(\.iouThreshold, option, Self.share(value, option))
        case .maxDetections:
            guard let count = DecimalNumber(value.utf8)?.integer, Self.counts.contains(count) else {
                throw .invalidOption(
                    name: name, expected: "a whole number from \(Self.counts.lowerBound) to \(Self.maximumDetections)")
            }
            try set(\.maxDetections, option, count)
        case .classes:
            let names = value.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            try set(\.classes, option, Self.classes(names.map { String(decoding: $0, as: UTF8.self) }, labels))
        case .coordinates: try set(\.coordinates, option, Self.word(value, option))
        case .format: try set(\.format, option, Self.word(value, option))
        case .region: try set(\.regions, option, RequestedRegions.parse(value))
        case .covers: try set(\.covers, option, Self.truth(value, option))
        case .tile:
            guard let tiling = Tiling(value) else { throw .invalidOption(name: name, expected: Tiling.expected) }
            try set(\.tiling, option, tiling)
        }
    }

    /// Adds an option that is given as a member of a JSON object: numbers as numbers or text, classes as text or as an
    /// array of names and numbers, thresholds of classes as text or as an object, regions as text or as arrays.
    mutating func add(_ name: String, _ value: JSONValue, labels: LabelMap) throws(ServiceError) {
        guard let option = OptionName(rawValue: name) else { throw .unknownOption(name: name) }
        switch value {
        case .number(let text): try add(name, text, labels: labels)
        case .array(let elements) where option == .classes:
            var names: [String] = []
            for element in elements {
                switch element {
                case .number(let text): names.append(text)
                case .string(let text) where text.maximumCount <= Self.maximumTextBytes:
                    guard let name = text.text else { throw Self.unknownClass }
                    names.append(name)
                default: throw Self.unknownClass
                }
            }
            try set(\.classes, option, Self.classes(names, labels))
        case .object(let members) where option == .threshold:
            try set(\.threshold, option, ScoreThresholds(members, labels: labels))
        case .array(let elements) where option == .region:
            try set(\.regions, option, RequestedRegions.parse(elements))
        case .boolean(let value) where option == .covers: try set(\.covers, option, value)
        case .string(let string) where string.maximumCount <= Self.maximumTextBytes:
            guard let text = string.text else { throw .invalidOption(name: name, expected: "text in UTF-8") }
            try add(name, text, labels: labels)
        default:
            throw .invalidOption(
                name: name, expected: "a number, or a string of at most \(Self.maximumTextBytes) bytes")
        }
    }

    /// The text of a member of JSON; nil for what is none, or too long for an option.
    static func text(of value: JSONValue) -> String? {
        switch value {
        case .number(let text): text
        case .string(let text) where text.maximumCount <= maximumTextBytes: text.text
        default: nil
        }
    }

    private mutating func set<Value: Equatable>(
        _ path: WritableKeyPath<RequestedOptions, Value?>, _ option: OptionName, _ value: Value
    ) throws(ServiceError) {
        if let earlier = self[keyPath: path], earlier != value { throw .conflictingOption(name: option.rawValue) }
        self[keyPath: path] = value
    }

    /// A number as people write it: `.5` too, which JSON's grammar does not know.
    static func number(_ text: String) -> Float? {
        DecimalNumber((text.utf8.first == UInt8(ascii: ".") ? "0" + text : text).utf8)?.float
    }

    private static func truth(_ text: String, _ option: OptionName) throws(ServiceError) -> Bool {
        guard let value = Bool(text) else {
            throw .invalidOption(name: option.rawValue, expected: "“true” or “false”")
        }
        return value
    }

    private static func share(_ text: String, _ option: OptionName) throws(ServiceError) -> Float {
        guard let value = number(text), Self.shares.contains(value) else {
            throw .invalidOption(name: option.rawValue, expected: "a number from 0 to 1")
        }
        return value
    }

    private static func word<Word: RawRepresentable<String> & CaseIterable>(
        _ text: String, _ option: OptionName
    ) throws(ServiceError) -> Word {
        guard let word = Word(rawValue: text) else {
            let words = Word.allCases.map { "“\($0.rawValue)”" }.joined(separator: " or ")
            throw .invalidOption(name: option.rawValue, expected: words)
        }
        return word
    }

    private static let unknownClass = ServiceError.invalidOption(
        name: OptionName.classes.rawValue, expected: "names or numbers of the model's classes, separated by commas")

    private static func classes(_ names: [String], _ labels: LabelMap) throws(ServiceError) -> Set<Int> {
        var classes: Set<Int> = []
        for name in names {
            var name = name[...]
            while name.first == " " { name.removeFirst() }
            while name.last == " " { name.removeLast() }
            guard let index = labels.index(matching: String(name)) else { throw unknownClass }
            classes.insert(index)
        }
        guard !classes.isEmpty else { throw unknownClass }
        return classes
    }

    /// What the engine is asked for; what the request leaves open is the service's or the model's to say, within the limit
    /// that requests have too. Where regions choose among what it finds, it is asked for as much as they may.
    func detectionOptions(defaultThreshold: Float, output: DetectionOutputConfiguration) -> DetectionOptions {
        DetectionOptions(
            scoreThreshold: threshold?.ofOthers ?? defaultThreshold, classThresholds: threshold?.ofClasses ?? [:],
            iouThreshold: iouThreshold,
            maxDetections: regions == nil ? mostDetections(output) : Self.maximumDetections, classes: classes)
    }

    /// What of that is reported of a photo; nil for all.
    func selection(of photo: TiledPhoto, output: DetectionOutputConfiguration) -> DetectionSelection? {
        guard regions != nil || photo.inputs.count > 1 else { return nil }
        let limit = maxDetections ?? photo.defaultMaximum(ofWhole: Self.defaultMaximum(output))
        return DetectionSelection(
            regions: regions ?? [], coversBoxes: covers ?? false, maxDetections: min(limit, Self.maximumDetections))
    }

    private func mostDetections(_ output: DetectionOutputConfiguration) -> Int {
        maxDetections ?? Self.defaultMaximum(output)
    }

    /// The most detections where a request names no number.
    static func defaultMaximum(_ output: DetectionOutputConfiguration) -> Int {
        min(output.maxDetections, maximumDetections)
    }
}
