import Foundation
import Training

/// Training runs side by side as a page for a person: their curves in the same charts, their figures, and the settings in
/// which they differ. Everything is in the one file.
public struct RunComparison {
    /// A run.
    public struct Run: Sendable {
        /// What it is called.
        public var name: String
        /// How it was asked for.
        public var settings: TrainingSettings
        /// How it went.
        public var metrics: RunMetrics

        /// A run from its parts.
        public init(name: String, settings: TrainingSettings, metrics: RunMetrics) {
            self.name = name
            self.settings = settings
            self.metrics = metrics
        }
    }

    private let runs: [Run]

    /// A comparison of runs, in the order in which they are to be shown.
    public init(_ runs: [Run]) { self.runs = runs }

    /// The charts, with a line for each run that has points.
    public var charts: [LineChart] {
        [
            chart("Loss", \.loss, smoothed: true), chart("Loss of classes", \.confidenceLoss, smoothed: true),
            chart("Loss of boxes", \.localizationLoss, smoothed: true),
            chart("Average precision", \.averagePrecision), chart("AP50", \.averagePrecision50),
        ].compactMap { $0 }
    }

    /// The settings that not all runs have the same of, with the value of each run; a dash where it has none.
    public var differences: [(name: String, values: [String])] {
        settings.filter { Set($0.values).count > 1 }
    }

    /// The page.
    public func html() -> String {
        let count = runs.count == 1 ? "1 run" : "\(runs.count) runs"
        var body = ""
        let charts = charts
        if charts.isEmpty {
            body += "<p>No step is done yet.</p>\n"
        } else {
            body += "<div class=\"charts\">\n" + charts.map { $0.svg() }.joined() + "</div>\n"
        }
        body += "<h2>Figures</h2>\n" + table(figures, class: "runs")
        let differences = differences
        if runs.count > 1 {
            body += "<h2>Settings that differ</h2>\n"
            body +=
                differences.isEmpty
                ? "<p>None: the runs have the same settings.</p>\n"
                : table(differences.map { ($0.name, $0.values.map(LineChart.escaped)) }, class: "runs wide")
        }
        let same = settings.filter { Set($0.values).count == 1 }
        if !same.isEmpty {
            body += "<details\(runs.count == 1 ? " open" : "")><summary>"
            body += runs.count == 1 ? "Settings" : "Settings that all have in common: \(same.count)"
            body += "</summary>\n<div class=\"table\"><table class=\"settings\">\n"
            for (name, values) in same {
                body += "<tr><td>\(LineChart.escaped(name))</td><td>\(LineChart.escaped(values[0]))</td></tr>\n"
            }
            body += "</table></div></details>\n"
        }
        return ReportPage.html(title: title, summary: count + (runs.count == 1 ? "." : " side by side."), body: body)
    }

    private var title: String {
        let data = Set(runs.map { URL(fileURLWithPath: $0.settings.data).standardizedFileURL.lastPathComponent })
        return data.count == 1 ? (data.first ?? "") + ": training runs compared" : "Training runs compared"
    }

    // MARK: Charts

    /// Whether the runs have steps of as many photos, so that steps can be compared.
    private var haveSameSteps: Bool { Set(runs.map(\.settings.batchSize)).count <= 1 }

    /// A chart of one curve of each run, along the steps, or the photos seen where steps are not alike; nil without points.
    private func chart(
        _ title: String, _ path: KeyPath<RunMetrics, [SIMD2<Double>]>, smoothed: Bool = false
    ) -> LineChart? {
        let series = runs.map { run in
            let points = run.metrics[keyPath: path]
            let along = haveSameSteps ? 1 : Double(run.settings.batchSize)
            return LineChart.Series(
                name: run.name,
                points: (smoothed ? RunMetrics.smoothed(points) : points).map { SIMD2($0.x * along, $0.y) })
        }
        guard let last = series.flatMap(\.points).map(\.x).max(), last > 0 else { return nil }
        // All but the first steps stay below it, of whichever run is highest.
        let highest = series.map { line -> Double in
            let values = line.points.map(\.y).sorted()
            return values.isEmpty ? 0 : values[(values.count - 1) * 98 / 100]
        }.max()
        return LineChart(
            title: title, xTitle: haveSameSteps ? "step" : "photos seen", series: series, xRange: 0...last,
            yRange: smoothed ? 0...max((highest ?? 0) * 1.1, 1e-3) : 0...1, countsAlong: true)
    }

    // MARK: Tables

    /// Rows of a name and a cell, in HTML, for each run.
    private func table(_ rows: [(name: String, cells: [String])], class name: String) -> String {
        var table = "<div class=\"table\"><table class=\"\(name)\"><tr><th></th>"
        table += runs.map { "<th>\(LineChart.escaped($0.name))</th>" }.joined() + "</tr>\n"
        for row in rows {
            table += "<tr><td>\(LineChart.escaped(row.name))</td>" + row.cells.map { "<td>\($0)</td>" }.joined()
            table += "</tr>\n"
        }
        return table + "</table></div>\n"
    }

    private var figures: [(name: String, cells: [String])] {
        let best = runs.map { $0.metrics.averagePrecision.max { $0.y < $1.y } }
        let best50 = runs.map { $0.metrics.averagePrecision50.map(\.y).max() }
        return [
            ("best AP", Self.marked(best.map { $0?.y })),
            ("at step", best.map { $0.map { "\(Int($0.x))" } ?? "–" }),
            ("best AP50", Self.marked(best50)),
            (
                "last loss",
                runs.map { run in
                    RunMetrics.smoothed(Array(run.metrics.loss.suffix(31))).last.map { Self.number($0.y) } ?? "–"
                }
            ),
            ("steps done", runs.map { run in run.metrics.loss.last.map { "\(Int($0.x) + 1)" } ?? "–" }),
            (
                "photos a second",
                runs.map { run in run.metrics.medianImagesPerSecond.map { Self.number($0) } ?? "–" }
            ),
        ]
    }

    /// Figures, the highest in bold where there are several.
    private static func marked(_ values: [Double?]) -> [String] {
        let highest = values.compactMap { $0 }.max()
        return values.map { value in
            let text = ReportPage.figure(value)
            return value != nil && value == highest && values.count > 1 ? "<b>\(text)</b>" : text
        }
    }

    /// A number with three digits that count.
    private static func number(_ value: Double) -> String {
        switch value.magnitude {
        case 100...: String(format: "%.0f", value)
        case 10...: String(format: "%.1f", value)
        default: String(format: "%.2f", value)
        }
    }

    /// All settings, with the value of each run.
    private var settings: [(name: String, values: [String])] {
        let listings = runs.map { run in
            Dictionary(SettingsListing(run.settings).values.map { ($0.name, $0.text) }) { first, _ in first }
        }
        return Set(listings.flatMap(\.keys)).sorted().map { name in (name, listings.map { $0[name] ?? "–" }) }
    }
}
