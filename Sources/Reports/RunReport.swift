import Training
import Datasets
import Evaluation
import Foundation
import Images
import MultiBox

/// A training run as a page for a person: its curves, its figures, and photos of what it gets wrong. Everything is in the
/// one file.
public struct RunReport {
    /// Mistakes shown of each kind.
    static let mistakesOfAKind = 12
    /// The side of a photo of a mistake, in pixels.
    static let cropSide = 240
    /// The score from which something counts as found, in the pictures of mistakes.
    static let threshold: Float = 0.5

    private let settings: TrainingSettings
    private let metrics: RunMetrics
    private let evaluation: DetectorEvaluation?
    private let dataset: (any DetectionDataset)?
    private let labels: LabelMap

    /// A report on a run's settings and metrics and, where there is a validation split, the evaluation of its best
    /// detector there.
    public init(
        settings: TrainingSettings, metrics: RunMetrics, evaluation: DetectorEvaluation?,
        dataset: (any DetectionDataset)?, labels: LabelMap
    ) {
        self.settings = settings
        self.metrics = metrics
        self.evaluation = evaluation
        self.dataset = dataset
        self.labels = labels
    }

    /// The charts, by the names of their files.
    public var charts: [(name: String, chart: LineChart)] {
        var charts = [("loss", lossChart)]
        if !metrics.averagePrecision.isEmpty { charts.append(("precision", precisionChart)) }
        if let evaluation {
            let chart = LineChart.precisionRecall(evaluation.coco) { labels.title(of: $0) }
            charts.append(("precision-recall", chart))
        }
        return charts
    }

    /// The page.
    public func html() -> String {
        var page = tiles()
        page += "<div class=\"charts\">\n" + charts.map { $0.chart.svg() }.joined() + "</div>\n"
        page += classTable()
        page += errorTable()
        page += mistakes()
        page += settingsTable()
        return ReportPage.html(title: title, summary: summary, body: page)
    }

    private var title: String {
        "\(URL(fileURLWithPath: settings.data).standardizedFileURL.lastPathComponent): \(settings.architecture)"
    }

    private var summary: String {
        let steps = metrics.loss.last.map { Int($0.x) + 1 } ?? 0
        var text = "\(steps) steps of \(settings.batchSize) photos on \u{201C}\(settings.split)\u{201D}"
        if let rate = metrics.medianImagesPerSecond { text += ", \(Int(rate.rounded())) photos a second" }
        if let split = settings.validationSplit, let evaluation {
            text += "; the best detector, evaluated on \(evaluation.photos.count) photos of \u{201C}\(split)\u{201D}"
        }
        return text + "."
    }

    /// The settings of the run by the names that they have in its `settings.json`.
    private func settingsTable() -> String {
        var table = "<h2>Settings</h2>\n<div class=\"table\"><table class=\"settings\">\n"
        for (name, text) in SettingsListing(settings).values {
            table += "<tr><td>\(LineChart.escaped(name))</td><td>\(LineChart.escaped(text))</td></tr>\n"
        }
        return table + "</table></div>\n"
    }

    // MARK: Charts

    private var lossChart: LineChart {
        LineChart(
            title: "Loss", xTitle: "step",
            series: [
                .init(name: "classes", points: RunMetrics.smoothed(metrics.confidenceLoss)),
                .init(name: "boxes", points: RunMetrics.smoothed(metrics.localizationLoss)),
            ], xRange: steps, yRange: 0...metrics.usualLoss, countsAlong: true)
    }

    /// The steps of the run, the same in each chart; nil where there are too few for a range.
    private var steps: ClosedRange<Double>? {
        guard let first = metrics.loss.first?.x, let last = metrics.loss.last?.x, first < last else { return nil }
        return first...last
    }

    private var precisionChart: LineChart {
        LineChart(
            title: "Average precision", xTitle: "step",
            series: [
                .init(name: "AP50", points: metrics.averagePrecision50),
                .init(name: "AP", points: metrics.averagePrecision),
            ], xRange: steps, yRange: 0...1, countsAlong: true)
    }

    // MARK: Figures

    private func tiles() -> String {
        guard let evaluation else { return "" }
        let coco = evaluation.coco
        let figures = [
            ("AP, IoU .5 to .95", coco.averagePrecision), ("AP50", coco.averagePrecision50),
            ("AP75", coco.averagePrecision75), ("recall of 100 boxes", coco.averageRecall100),
        ]
        return "<div class=\"tiles\">\n"
            + figures.map { "<div class=\"tile\"><b>\(Self.figure($0.1))</b><span>\($0.0)</span></div>\n" }.joined()
            + "</div>\n"
    }

    private func classTable() -> String {
        guard let evaluation else { return "" }
        var table =
            "<h2>Classes</h2>\n<div class=\"table\"><table><tr><th>class</th><th>objects</th><th>AP</th><th>AP50</th>"
        table += "<th>recall at \(Self.threshold)</th><th>precision at \(Self.threshold)</th></tr>\n"
        for category in evaluation.coco.categories where category.positives[0] > 0 {
            let name = labels.title(of: category.categoryID)
            // The last point of the curve whose score reaches the threshold.
            let point = category.curve().flatMap { curve -> (Double, Double)? in
                let count = curve.scores.count { $0 >= Double(Self.threshold) }
                return count > 0 ? (curve.recall[count - 1], curve.precision[count - 1]) : nil
            }
            table += "<tr><td>\(LineChart.escaped(name))</td><td>\(category.positives[0])</td>"
            table += "<td>\(Self.figure(category.averagePrecision()))</td>"
            table += "<td>\(Self.figure(category.averagePrecision50))</td>"
            table += "<td>\(Self.figure(point?.0))</td><td>\(Self.figure(point?.1))</td></tr>\n"
        }
        return table + "</table></div>\n"
    }

    private func errorTable() -> String {
        guard let evaluation, evaluation.errors.gain(.missed) != nil else { return "" }
        let kinds: [(kind: DetectionErrorKind, title: String)] = [
            (.classification, "wrong class"), (.localization, "wrong place"),
            (.classificationAndLocalization, "both"), (.duplicate, "found twice"),
            (.background, "not marked"), (.missed, "missed"),
        ]
        var table = "<h2>What mistakes cost</h2>\n<p>By how much AP50 would rise without those of a kind.</p>\n"
        table += "<div class=\"table\"><table><tr><th>class</th>"
        table += kinds.map { "<th>\($0.title)</th>" }.joined() + "</tr>\n"
        for (category, gains) in evaluation.errors.gainsByCategory.sorted(by: { $0.key < $1.key }) {
            table += "<tr><td>\(LineChart.escaped(name(category)))</td>"
            table += kinds.map { "<td>\(Self.figure(gains[$0.kind]))</td>" }.joined() + "</tr>\n"
        }
        table += "<tr><td>all</td>" + kinds.map { "<td>\(Self.figure(evaluation.errors.gain($0.kind)))</td>" }.joined()
        return table + "</tr>\n</table></div>\n"
    }

    private static func figure(_ value: Double?) -> String { ReportPage.figure(value) }

    // MARK: Mistakes

    private func mistakes() -> String {
        guard let evaluation, let dataset else { return "" }
        let all = evaluation.photos.flatMap { DetectionMistake.all(in: $0, threshold: Self.threshold) }
        let order = all.indices.sorted {
            all[$0].weight != all[$1].weight ? all[$0].weight > all[$1].weight : $0 < $1
        }
        func photos(_ isWanted: (DetectionMistake) -> Bool) -> String {
            order.map { all[$0] }.filter(isWanted).prefix(Self.mistakesOfAKind).compactMap { figure($0, dataset) }
                .joined()
        }
        let missed = photos { if case .missed = $0.kind { true } else { false } }
        let invented = photos { if case .invented = $0.kind { true } else { false } }
        var page = ""
        if !missed.isEmpty {
            page += "<h2>Missed</h2>\n<p>Objects for which nothing of a score of \(Self.threshold) was found, those "
            page += "first that least was seen of.</p>\n"
            page += "<div class=\"photos\">\n\(missed)</div>\n"
        }
        if !invented.isEmpty {
            page += "<h2>Not in the annotations</h2>\n<p>Found, with the highest scores, where no object of the class "
            page += "is marked: some may be what the annotators passed over. The object that it overlaps most is drawn "
            page += "as well, and named.</p>\n"
            page += "<div class=\"photos\">\n\(invented)</div>\n"
        }
        return page
    }

    /// The surroundings of a mistake, with its box; nil if the photo cannot be read again.
    private func figure(_ mistake: DetectionMistake, _ dataset: any DetectionDataset) -> String? {
        guard let photo = try? dataset.pixels(of: mistake.photo) else { return nil }
        let (width, height) = (Float(photo.width), Float(photo.height))
        let box = mistake.box
        let center = CenterBox(box)
        let side = min(
            max(max(box.xmax - box.xmin, 0) * width, max(box.ymax - box.ymin, 0) * height) * 2.2 + 24,
            min(width, height))
        func first(_ middle: Float, _ extent: Float) -> Int {
            Int(min(max(middle * extent - side / 2, 0), extent - side))
        }
        let (left, top) = (first(center.cx, width), first(center.cy, height))
        let window = PhotoWindow(photo: photo, objects: [])
            .part(left: left, top: top, width: max(1, Int(side)), height: max(1, Int(side)))
        let resampler = Resampler(width: Self.cropSide * 3 / 2, height: Self.cropSide * 3 / 2)
        var crop = resampler.resample(window.image())
        let scale = Float(crop.width) / side
        func drawn(_ box: CornerBox, label: String, color: Int) -> LabelledBox {
            LabelledBox(
                xmin: (box.xmin * width - Float(left)) * scale, ymin: (box.ymin * height - Float(top)) * scale,
                xmax: (box.xmax * width - Float(left)) * scale, ymax: (box.ymax * height - Float(top)) * scale,
                label: label, colorIndex: color)
        }
        var boxes = [drawn(box, label: "", color: mistake.classIndex)]
        if case .invented(_, let nearest?) = mistake.kind {
            let color = mistake.classIndex == labels.count ? 0 : labels.count
            boxes.insert(drawn(nearest.object.box, label: name(nearest.object.classIndex), color: color), at: 0)
        }
        BoxPainter().paint(boxes, on: &crop)
        guard let jpeg = try? ImageEncoder.jpeg(crop, quality: 80) else { return nil }
        let (title, note) = caption(mistake)
        let file = URL(fileURLWithPath: mistake.photo.path).lastPathComponent
        return """
            <figure><img alt="\(LineChart.escaped(title))" src="data:image/jpeg;base64,\
            \(Data(jpeg).base64EncodedString())"><figcaption><b>\(LineChart.escaped(title))</b><br>\
            \(LineChart.escaped(note))<br>\(LineChart.escaped(file))</figcaption></figure>

            """
    }

    private func name(_ classIndex: Int) -> String { labels.title(of: classIndex) }

    /// What a mistake is, and what is near it.
    private func caption(_ mistake: DetectionMistake) -> (title: String, note: String) {
        let name = name(mistake.classIndex)
        switch mistake.kind {
        case .missed(let score):
            return (name, score > 0 ? "best score near it \(Self.figure(Double(score)))" : "nothing found near it")
        case .invented(let score, let nearest):
            let title = "\(name) \(Self.figure(Double(score)))"
            guard let nearest else { return (title, "nothing is marked there") }
            let (other, overlap) = (self.name(nearest.object.classIndex), Self.figure(Double(nearest.overlap)))
            let isSecond = nearest.object.classIndex == mistake.classIndex && nearest.overlap >= 0.5
            return (title, isSecond ? "a second box of one \(other)" : "overlap with a marked \(other) \(overlap)")
        }
    }
}
