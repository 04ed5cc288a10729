import Foundation
import Reports
import TestSupport
import Testing
import Training

/// Runs side by side.
@Suite struct RunComparisonTests {
    /// A run of some steps whose loss falls from 5 and whose average precision rises to `precision`.
    private func run(
        _ name: String, steps: Int = 100, precision: Double? = 0.5,
        _ change: (inout TrainingSettings) -> Void = { _ in }
    ) -> RunComparison.Run {
        var settings = TrainingSettings(
            data: "/somewhere/photos", split: "train", validationSplit: "val", classes: ["red", "blue"])
        change(&settings)
        var lines = ""
        for step in 0..<steps {
            let loss = 5.0 / Double(step + 1)
            lines +=
                "{\"step\":\(step),\"loss\":\(loss),\"confidence_loss\":\(loss / 2),\"localization_loss\":\(loss / 2)"
            lines += ",\"images_per_second\":12.5}\n"
            if let precision, (step + 1) % 50 == 0 {
                lines += "{\"step\":\(step),\"AP\":\(precision * Double(step + 1) / Double(steps)),\"AP50\":0.75}\n"
            }
        }
        return RunComparison.Run(name: name, settings: settings, metrics: RunMetrics(parsing: Data(lines.utf8)))
    }

    @Test func `each chart has a line for each run, along the steps`() throws {
        let comparison = RunComparison([run("a"), run("b<i>", steps: 200, precision: 0.75)])
        #expect(
            comparison.charts.map(\.title) == [
                "Loss", "Loss of classes", "Loss of boxes", "Average precision", "AP50",
            ])
        for chart in comparison.charts {
            #expect(chart.series.map(\.name) == ["a", "b<i>"])
            #expect(chart.series.allSatisfy { !$0.points.isEmpty })
            #expect(chart.xTitle == "step" && chart.xRange == 0...199)
        }
        #expect(comparison.charts[3].series[1].points.last == SIMD2(199, 0.75))
        let html = comparison.html()
        #expect(html.contains("b&lt;i&gt;") && !html.contains("b<i>"))
        #expect(html.contains("<td>best AP</td><td>.500</td><td><b>.750</b></td>"))
        #expect(html.contains("<td>at step</td><td>99</td><td>199</td>"))
        #expect(html.contains("<td>steps done</td><td>100</td><td>200</td>"))
        #expect(html.contains("<td>photos a second</td><td>12.5</td><td>12.5</td>"))
        // Nothing is fetched from elsewhere.
        #expect(!html.contains("href=") && !html.contains("src="))
    }

    @Test func `steps of different size are compared by the photos seen`() {
        let comparison = RunComparison([run("a") { $0.batchSize = 16 }, run("b") { $0.batchSize = 4 }])
        #expect(comparison.charts.allSatisfy { $0.xTitle == "photos seen" })
        #expect(comparison.charts[0].series.map { $0.points.last?.x } == [99 * 16, 99 * 4])
    }

    @Test func `only settings that differ stand side by side`() {
        let comparison = RunComparison([
            run("a"), run("b") { ($0.learningRate, $0.frozen) = (0.5, ["stem*", "a&b"]) },
            run("c") { $0.initialModel = "built-in" },
        ])
        let rows = Dictionary(uniqueKeysWithValues: comparison.differences.map { ($0.name, $0.values) })
        #expect(Set(rows.keys) == ["learningRate", "frozen", "initialModel"])
        #expect(rows["learningRate"]?[1] == "0.5" && rows["learningRate"]?[0] == rows["learningRate"]?[2])
        #expect(rows["frozen"] == ["", "stem*, a&b", ""])
        #expect(rows["initialModel"] == ["–", "–", "built-in"])
        let html = comparison.html()
        #expect(html.contains("stem*, a&amp;b") && html.contains("<td>epochs</td><td>100</td>"))
    }

    @Test func `one run, a run without evaluation, and one that has just begun`() {
        let alone = RunComparison([run("a", precision: nil)])
        #expect(alone.charts.map(\.title) == ["Loss", "Loss of classes", "Loss of boxes"])
        #expect(!alone.html().contains("Settings that differ") && alone.html().contains("<details open>"))
        let new = RunComparison([run("a", steps: 0), run("b", steps: 0)])
        #expect(new.charts.isEmpty)
        let html = new.html()
        #expect(html.contains("No step is done yet") && html.contains("<td>best AP</td><td>–</td><td>–</td>"))
        #expect(html.contains("the runs have the same settings"))
    }
}
