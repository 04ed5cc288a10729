import Evaluation
import Foundation
import MultiBox
import Reports
import Training

/// What an evaluation prints.
struct EvaluationReport {
    /// A service that was measured.
    struct Service {
        let url: ServiceURL
        let model: ServiceModel
        /// Requests at the same time.
        let concurrency: Int
        /// How often it turned a request away.
        let refusals: Int
        let latency: LatencySummary
    }

    let evaluation: DetectorEvaluation
    let labels: LabelMap
    /// How long all photos took.
    let seconds: Double
    /// What was measured, if it is not a model.
    var service: Service?

    private var photosPerSecond: Double { Double(evaluation.photos.count) / max(seconds, 1e-9) }

    /// The report in a metric, as text or as one JSON object.
    func text(_ metric: Evaluate.Metric, json: Bool) throws -> String {
        do {
            switch metric {
            case .coco: return coco(json: json)
            case .voc07: return try voc(.elevenPoint, title: "VOC07 mAP", key: "mAP_voc07", json: json)
            case .voc: return try voc(.allPoint, title: "VOC mAP", key: "mAP_voc", json: json)
            }
        } catch let error as EvaluationError { throw Failure("\(error)") }
    }

    /// Precision over recall of each class, at an overlap of one half, as an SVG drawing.
    var precisionRecallChart: LineChart { LineChart.precisionRecall(evaluation.coco) { labels.title(of: $0) } }

    private func coco(json: Bool) -> String {
        let (summary, errors) = (evaluation.coco, evaluation.errors)
        if json {
            return object { object in
                for figure in summary.figures { object[figure.name] = figure.value.map { $0 as Any } ?? NSNull() }
                var classes: [String: Any] = [:]
                for category in summary.categories where category.positives[0] > 0 {
                    classes[name(of: category.categoryID)] = category.averagePrecision().map { $0 as Any } ?? NSNull()
                }
                object["AP_per_class"] = classes
                object["AP50_lost"] = lost { errors.gain($0) }
                object["AP50_lost_per_class"] = Dictionary(
                    errors.gainsByCategory.map { (name(of: $0.key), $0.value) }.map { name, gains in
                        (name, lost { gains[$0] })
                    }
                ) { first, _ in first }
            }
        }
        var text = head
        for figure in summary.figures { text += row(figure.name, figure.value, width: 8) }
        text += "\nAP and AP50 of each class, with its objects\n"
        let classes = summary.categories.filter { $0.positives[0] > 0 }
        let width = classes.map { name(of: $0.categoryID).count }.max() ?? 0
        for category in classes {
            let label = name(of: category.categoryID)
            text += label + String(repeating: " ", count: width - label.count)
            text += "  " + figure(category.averagePrecision()) + "  " + figure(category.averagePrecision50)
            text += "  \(category.positives[0])\n"
        }
        text += "\nAP50 that each kind of mistake costs\n"
        for kind in DetectionErrorKind.allCases { text += row(kind.rawValue, errors.gain(kind), width: 14) }
        return text
    }

    /// What was measured: how many photos, and how fast.
    private var head: String {
        var text = "\(evaluation.photos.count) photos, \(photosPerSecond.fixed(1)) a second\n"
        if let service {
            text = "\(service.model.name) at \(service.url), \(service.concurrency) requests at a time\n" + text
            text += "milliseconds a request: "
            text += service.latency.figures.map { "\($0.title) \($0.milliseconds.fixed(1))" }.joined(separator: ", ")
            text += "\n"
            if service.refusals > 0 { text += "turned away for a while: \(service.refusals) times\n" }
        }
        return text + "\n"
    }

    /// A figure for each kind of mistake, under the names of the text.
    private func lost(_ gain: (DetectionErrorKind) -> Double?) -> [String: Any] {
        Dictionary(
            uniqueKeysWithValues: DetectionErrorKind.allCases.map { kind in
                (kind.rawValue, gain(kind).map { $0 as Any } ?? NSNull())
            })
    }

    private func voc(_ kind: AveragePrecision, title: String, key: String, json: Bool) throws -> String {
        let summary = try evaluation.voc(kind)
        let classes = summary.categories.filter { $0.positives > 0 }
        if json {
            return object { object in
                object[key] = summary.meanAveragePrecision.map { $0 as Any } ?? NSNull()
                var values: [String: Any] = [:]
                for category in classes {
                    values[name(of: category.categoryID)] = category.averagePrecision.map { $0 as Any } ?? NSNull()
                }
                object["AP_per_class"] = values
            }
        }
        var text = head
        text += row(title, summary.meanAveragePrecision, width: title.count) + "\n"
        let width = classes.map { name(of: $0.categoryID).count }.max() ?? 0
        for category in classes { text += row(name(of: category.categoryID), category.averagePrecision, width: width) }
        return text
    }

    private func name(of category: Int) -> String { labels.title(of: category) }

    private func row(_ name: String, _ value: Double?, width: Int) -> String {
        name + String(repeating: " ", count: max(0, width - name.count)) + "  " + figure(value) + "\n"
    }

    /// A figure, or a dash where there is no ground truth to measure it on.
    private func figure(_ value: Double?) -> String { value.map { $0.fixed(4) } ?? "     –" }

    private func object(_ fill: (inout [String: Any]) -> Void) -> String {
        var object: [String: Any] = [
            "images": evaluation.photos.count, "detections": evaluation.photos.reduce(0) { $0 + $1.detections.count },
            "images_per_second": (photosPerSecond * 100).rounded() / 100,
        ]
        if let service {
            object["service"] = "\(service.url)"
            object["model"] = ["name": service.model.name, "version": service.model.version]
            object["concurrency"] = service.concurrency
            object["turned_away"] = service.refusals
            object["latency_ms"] = Dictionary(
                uniqueKeysWithValues: service.latency.figures.map {
                    ($0.key, ($0.milliseconds * 1000).rounded() / 1000)
                })
        }
        fill(&object)
        // The dictionary holds strings, finite numbers and nulls alone, which always serialise.
        let data =
            (try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .prettyPrinted])) ?? Data()
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}
