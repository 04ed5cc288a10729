import Evaluation
import Foundation
import MultiBox
import Platform

/// The folder of a training run: `checkpoint.safetensors`, the newest state, and `metrics.jsonl`, a line of JSON for each
/// thing worth plotting.
///
/// A metrics line is written when it happens, a checkpoint now and then; a resumed run drops the lines from its
/// checkpoint's step on, since it will write them again.
public final class RunDirectory {
    /// The folder.
    public let path: String
    /// The newest state.
    public var checkpointPath: String { path + "/checkpoint.safetensors" }
    /// The metrics.
    public var metricsPath: String { path + "/metrics.jsonl" }

    /// The best detector of the run.
    public var bestPath: String { path + "/best.safetensors" }
    /// The best detector in bytes, of a run that simulated them.
    public var bestInBytesPath: String { path + "/best-int8.safetensors" }
    /// The detector at the end of the run.
    public var lastPath: String { path + "/last.safetensors" }
    /// The settings.
    public var settingsPath: String { path + "/settings.json" }
    /// The folder's own name.
    public var name: String { URL(fileURLWithPath: path).lastPathComponent.printable }

    /// A folder, which need not be there yet. A slash behind its name, as shells complete it, is none in the names of files.
    public init(path: String) {
        var path = path
        while path.utf8.count > 1, path.last == "/" { path.removeLast() }
        self.path = path
    }

    /// Makes the folder if there is none.
    public func create() throws(CheckpointError) {
        do { try OutputFolder.make(path) } catch { throw .file(error) }
    }

    /// Whether there is a state to go on from.
    public var hasCheckpoint: Bool { FileManager.default.fileExists(atPath: checkpointPath) }

    /// The state to go on from; nil in a folder without a checkpoint.
    public func checkpoint() throws(CheckpointError) -> TrainingState? {
        hasCheckpoint ? try Checkpoint.read(checkpointPath) : nil
    }

    /// The files that a run writes besides its settings and metrics.
    public static let results = [
        "checkpoint.safetensors", "best.safetensors", "best-int8.safetensors", "last.safetensors", "report.html",
        "loss.svg",
        "precision.svg", "precision-recall.svg",
    ]

    /// The files of the folder, with their paths, that a run would write and that are not known to be of one that ended
    /// before its first checkpoint: such a one leaves its settings and, perhaps, the beginning of its metrics.
    public var foreignFiles: [String] {
        var names = Self.results
        if (try? settings()) == nil { names += ["settings.json", "metrics.jsonl"] }
        return names.map { path + "/" + $0 }.filter { FileManager.default.fileExists(atPath: $0) }
    }

    /// Makes a state the newest.
    public func save(_ state: TrainingState) throws(CheckpointError) { try Checkpoint.write(state, to: checkpointPath) }

    /// Drops the lines of metrics from a step on.
    public func dropMetrics(fromStep step: Int) throws(CheckpointError) {
        guard let data = try contents(of: metricsPath, limit: Self.maximumMetricsBytes) else { return }
        var kept = Data()
        for line in data.split(separator: 0x0A) {
            // What is not a whole line of ours is left from an interruption.
            guard let metrics = try? JSONDecoder().decode(Step.self, from: line), metrics.step < step else { continue }
            kept.append(line)
            kept.append(0x0A)
        }
        try write(kept, to: metricsPath)
    }

    /// The longest file of metrics and of settings that is read, in bytes.
    private static let maximumMetricsBytes = 1 << 30
    private static let maximumSettingsBytes = 1 << 20

    /// The bytes of a file; nil if it is not there.
    private func contents(of path: String, limit: Int) throws(CheckpointError) -> Data? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do { return Data(try InputFile.bytes(path, limit: limit)) } catch { throw .file(error) }
    }

    private func write(_ data: Data, to path: String) throws(CheckpointError) {
        do { try OutputFile.write(data, to: path, existing: .replace, isDurable: true) } catch { throw .file(error) }
    }

    private struct Step: Decodable {
        var step: Int
    }

    /// Adds a line about a step: numbers by name. What is not finite is left out, as JSON has no word for it.
    public func append(step: Int, _ numbers: [(name: String, value: Double)]) throws(CheckpointError) {
        var values: [String: Double] = [:]
        for (name, value) in numbers where value.isFinite { values[name] = value }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        guard var line = try? encoder.encode(Line(step: step, values: values)) else {
            preconditionFailure("finite numbers by name")
        }
        line.append(0x0A)
        do { try OutputFile.append(line, to: metricsPath) } catch { throw .file(error) }
    }

    /// Adds a line about a step of training.
    public func append(_ result: StepResult, imagesPerSecond: Double) throws(CheckpointError) {
        try append(
            step: result.step,
            [
                ("epoch", Double(result.epoch)), ("loss", result.loss.total),
                ("confidence_loss", result.loss.confidence), ("localization_loss", result.loss.localization),
                ("positives", Double(result.loss.positives)), ("negatives", Double(result.loss.negatives)),
                ("gradient_norm", Double(result.gradientNorm)), ("learning_rate", Double(result.learningRate)),
                ("images_per_second", imagesPerSecond),
            ])
    }

    /// Adds a line about an evaluation, of the detector and of its form in bytes if there is one.
    public func append(
        _ evaluation: DetectorEvaluation, inBytes: DetectorEvaluation? = nil, labels: LabelMap, step: Int
    ) throws(CheckpointError) {
        var numbers = evaluation.coco.figures.compactMap { figure in figure.value.map { (figure.name, $0) } }
        numbers += evaluation.coco.categories.flatMap { category in
            let name = labels.title(of: category.categoryID)
            return [("AP/" + name, category.averagePrecision()), ("AP50/" + name, category.averagePrecision50)]
                .compactMap { entry in entry.1.map { (entry.0, $0) } }
        }
        if let inBytes {
            numbers += [("AP_int8", inBytes.averagePrecision), ("AP50_int8", inBytes.averagePrecision50)]
        }
        try append(step: step, numbers)
    }

    /// The evaluation of a run that found the best average precision.
    public struct BestEvaluation: Sendable, Hashable {
        /// The last step before it, from 0.
        public var step: Int
        /// COCO's average precision.
        public var averagePrecision: Double
        /// Evaluations after it.
        public var later = 0
    }

    /// The best evaluation that the metrics tell of, of equals the first; nil without one.
    public func bestEvaluation() throws(CheckpointError) -> BestEvaluation? {
        Self.best(of: try metrics().averagePrecision)
    }

    /// The same of the detector in bytes.
    func bestEvaluationInBytes() throws(CheckpointError) -> BestEvaluation? {
        Self.best(of: try metrics().averagePrecisionInBytes)
    }

    private static func best(of precisions: [SIMD2<Double>]) -> BestEvaluation? {
        var best: BestEvaluation?
        for point in precisions {
            if let found = best, point.y <= found.averagePrecision {
                best?.later += 1
            } else {
                best = BestEvaluation(step: Int(point.x), averagePrecision: point.y)
            }
        }
        return best
    }

    /// The metrics as curves.
    public func metrics() throws(CheckpointError) -> RunMetrics {
        RunMetrics(parsing: try contents(of: metricsPath, limit: Self.maximumMetricsBytes) ?? Data())
    }

    /// Writes a file of text.
    public func write(_ text: String, as name: String) throws(CheckpointError) {
        try write(Data(text.utf8), to: path + "/" + name)
    }

    /// Writes the settings, with which a run begins.
    public func write(_ settings: TrainingSettings) throws(CheckpointError) {
        try create()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard var json = try? encoder.encode(settings) else {
            throw .file(.unwritable(path: settingsPath, reason: "A setting is no number"))
        }
        json.append(0x0A)
        try write(json, to: settingsPath)
    }

    /// The settings that the run began with; nil in a folder without. What a run of an earlier version has no word for is
    /// as it was then.
    public func settings() throws(CheckpointError) -> TrainingSettings? {
        guard let json = try contents(of: settingsPath, limit: Self.maximumSettingsBytes) else { return nil }
        do { return try TrainingSettings.reading(json) } catch {
            throw .foreignSettings(path: settingsPath, reason: error.reason)
        }
    }

    private struct Line: Encodable {
        var step: Int
        var values: [String: Double]

        private struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init(_ name: String) { stringValue = name }
            init?(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(step, forKey: Key("step"))
            for (name, value) in values {
                // A whole number is written as one.
                if value.magnitude < 0x1p53, value == value.rounded() {
                    try container.encode(Int(value), forKey: Key(name))
                } else {
                    try container.encode(value, forKey: Key(name))
                }
            }
        }
    }
}
