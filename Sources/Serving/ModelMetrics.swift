import Metrics
import MultiBox
import Synchronization

/// The metrics of a model in service, under its name. They are those of whatever has the name: a model that takes the place
/// of another one counts on.
final class ModelMetrics: Sendable {
    /// What is counted once a model is there.
    private struct Shown {
        /// Name, version, architecture, precision and instruction set of the model in use.
        var model: [String]?
        /// By class; what later models have beside these is counted as `other`.
        var detections: MetricFamily<Counter>?
    }

    let decode = Histogram()
    let queueWait = Histogram()
    let inference = Histogram()
    let postprocess = Histogram()
    let batchSize: Histogram
    let images: MetricFamily<Counter>
    private let shown = Mutex(Shown())

    init(maximumBatchSize: Int) {
        batchSize = Histogram(buckets: .powersOfTwo(through: maximumBatchSize))
        images = MetricFamily(labels: LabelSet(.init("outcome", ImageOutcome.allCases.map(\.rawValue)))) { Counter() }
    }

    /// Counts an image.
    func count(_ outcome: ImageOutcome) { images[outcome.rawValue].increment() }

    /// Name, version, architecture, precision and instruction set of the model in use; nil until there is one.
    var model: [String]? { shown.withLock { $0.model } }

    /// What was found, by class; nil until there is a model.
    var detections: MetricFamily<Counter>? { shown.withLock { $0.detections } }

    /// Shows a model; returns the counters of its classes, by score column.
    func show(model info: [String], labels: LabelMap) -> [Counter] {
        let names = (0..<labels.count).map { labels.name(of: $0) ?? Self.otherClass }
        let family = shown.withLock { shown -> MetricFamily<Counter> in
            shown.model = info
            if let family = shown.detections { return family }
            // Names that differ in nothing but their case are one in a label map, so none occurs twice.
            let label = LabelSet.Label("class", names.filter { $0 != Self.otherClass }, otherwise: Self.otherClass)
            let family = MetricFamily(labels: LabelSet(label)) { Counter() }
            shown.detections = family
            return family
        }
        return names.map { family[$0] }
    }

    private static let otherClass = "other"
}
