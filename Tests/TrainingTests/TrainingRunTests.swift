import TestSupport
import Reports
import Datasets
import Foundation
import ModelFiles
import MultiBox
import Networks
import Testing
import Training

/// Whole runs in their folders.
@Suite struct TrainingRunTests {
    private let folder: TemporaryFolder
    private let dataset: COCODataset
    private let detector: TrainableDetector

    init() throws {
        folder = try TemporaryFolder()
        dataset = try TinyDetector.dataset(folder)
        detector = try TinyDetector.make()
    }

    private func run(
        _ name: String, validation: Bool = true, resumes: Bool = false, simulatesBytesFrom: Int? = nil
    ) throws -> TrainingRun {
        let directory = RunDirectory(path: folder.path + "/" + name)
        var configuration = TinyDetector.configuration()
        configuration.simulatesBytesFrom = simulatesBytesFrom
        let trainer = try Trainer(
            detector: detector, dataset: dataset, configuration: configuration,
            resuming: resumes ? try directory.checkpoint() : nil)
        return TrainingRun(
            trainer: trainer, directory: directory, validation: validation ? dataset : nil, epochs: 6,
            evaluateEvery: 2, checkpointInterval: .seconds(3600), name: "tiny", provenance: [("data", "squares")])
    }

    private func weights(of model: DetectionModel) -> [[Float]] {
        model.network.layers.compactMap { layer in
            guard case .convolution(let convolution) = layer.operation,
                case .float32(let weights, _) = convolution.parameters
            else { return nil }
            return model.network.parameters[weights].values
        }
    }

    private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

    private func withoutTimes(_ metrics: Data) -> [String] {
        String(decoding: metrics, as: UTF8.self).split(separator: "\n").map {
            String($0).replacing(/"images_per_second":[0-9.e+-]+,/, with: "")
        }
    }

    @Test func `a run that stops again and again ends as one that does not`() throws {
        let whole = try run("whole")
        var evaluations: [(steps: Int, isBest: Bool)] = []
        let isComplete = try whole.run { event in
            if case .evaluation(_, let steps, let isBest) = event { evaluations.append((steps, isBest)) }
            return true
        }
        #expect(isComplete && whole.totalSteps == 12)
        #expect(evaluations.map(\.steps) == [4, 8, 12] && evaluations[0].isBest)
        var stops = 0
        for attempt in 0... {
            let part = try run("parts", resumes: attempt > 0)
            var steps = 0
            let isComplete = try part.run { event in
                if case .step = event { steps += 1 }
                return steps < 3
            }
            if isComplete { break }
            stops += 1
        }
        #expect(stops == 3)
        let parts = RunDirectory(path: folder.path + "/parts")
        for path in [\RunDirectory.bestPath, \.lastPath, \.checkpointPath] {
            #expect(try bytes(parts[keyPath: path]) == bytes(whole.directory[keyPath: path]), "\(path)")
        }
        #expect(
            withoutTimes(try bytes(parts.metricsPath)) == withoutTimes(try bytes(whole.directory.metricsPath)))
    }

    @Test func `a run that simulates bytes keeps its best detector in bytes, however often it stops`() throws {
        let whole = try run("whole", simulatesBytesFrom: 5)
        var (floats, bytes): ([Int], [Int]) = ([], [])
        try whole.run { event in
            if case .evaluation(_, let steps, _) = event { floats.append(steps) }
            if case .evaluationInBytes(_, let steps, let isBest) = event {
                bytes.append(steps)
                #expect(isBest || bytes.count > 1)
            }
            return true
        }
        #expect(floats == [4, 8, 12] && bytes == [8, 12])
        let model = try ModelFile.load(path: whole.directory.bestInBytesPath)
        #expect(model.precision == .int8)
        #expect(model.provenance.contains { $0.name == "precision" && $0.value.contains("int8") })
        #expect(try whole.directory.metrics().averagePrecisionInBytes.map(\.x) == [7, 11])
        for attempt in 0... {
            let part = try run("parts", resumes: attempt > 0, simulatesBytesFrom: 5)
            var steps = 0
            let isComplete = try part.run { event in
                if case .step = event { steps += 1 }
                return steps < 3
            }
            if isComplete { break }
        }
        let parts = RunDirectory(path: folder.path + "/parts")
        for path in [\RunDirectory.bestPath, \.bestInBytesPath, \.lastPath, \.checkpointPath] {
            #expect(
                try self.bytes(parts[keyPath: path]) == self.bytes(whole.directory[keyPath: path]), "\(path)")
        }
        #expect(
            withoutTimes(try self.bytes(parts.metricsPath)) == withoutTimes(try self.bytes(whole.directory.metricsPath))
        )
        // Until bytes are simulated, it is the run that it would be without, and from then on another.
        let plain = try run("plain")
        try plain.run { _ in true }
        let (lines, others) = try (
            withoutTimes(self.bytes(plain.directory.metricsPath)),
            withoutTimes(self.bytes(whole.directory.metricsPath))
        )
        #expect(lines.prefix(6) == others.prefix(6) && lines[6] != others[6])
        #expect(!FileManager.default.fileExists(atPath: plain.directory.bestInBytesPath))
    }

    @Test func `the files are detectors, with weights of half precision`() throws {
        let run = try run("run")
        try run.run { _ in true }
        let model = try ModelFile.load(path: run.directory.lastPath)
        #expect(model.name == "tiny" && model.labels == detector.model.labels && model.architecture == "tiny")
        let provenance = Dictionary(model.provenance.map { ($0.name, $0.value) }) { first, _ in first }
        #expect(provenance["data"] == "squares" && provenance["steps"] == "12")
        #expect(provenance["validation AP50"] != nil)
        let expected = try detector.model(
            parameters: run.trainer.state.bestParameters, name: "tiny", version: "0", roundsWeights: true)
        #expect(weights(of: model) == weights(of: expected))
        let full = try detector.model(parameters: run.trainer.state.bestParameters, name: "tiny", version: "0")
        #expect(weights(of: model) != weights(of: full))
        let size = try bytes(run.directory.lastPath).count
        let whole = try ModelFile.bytes(of: full).count
        #expect(size < whole)
    }

    @Test func `a loss that explodes ends a run, however often it was stopped, and keeps what was before`() throws {
        func run(_ name: String, clipping: GradientClipping?, resumes: Bool = false) throws -> TrainingRun {
            let directory = RunDirectory(path: folder.path + "/" + name)
            var configuration = TinyDetector.configuration()
            // Too much for these weights from the seventh step on, and nothing brings them back.
            configuration.schedule = LearningRateSchedule(base: 0.02, decay: .steps([6], factor: 5000))
            configuration.clipping = clipping
            let trainer = try Trainer(
                detector: detector, dataset: dataset, configuration: configuration,
                resuming: resumes ? try directory.checkpoint() : nil)
            return TrainingRun(
                trainer: trainer, directory: directory, validation: dataset, epochs: 40, evaluateEvery: 2,
                checkpointInterval: .zero, name: "tiny")
        }
        // Clipped, it stays a number.
        for (name, clipping) in [("clipped", GradientClipping(maximumNorm: 10)), ("not", nil)] {
            let whole = try run(name, clipping: clipping)
            let error = #expect(throws: TrainingRunError.self) { try whole.run { _ in true } }
            guard case .diverged(let step, let loss, let untrained, let checkpoint)? = error else {
                Issue.record("\(name): \(String(describing: error))")
                continue
            }
            #expect(
                step > 6 && step < 80 && loss == nil || (loss ?? 0) > 10 * untrained,
                "\(step) \(String(describing: loss))")
            #expect(try whole.directory.checkpoint()?.step == checkpoint && checkpoint >= 6)
            #expect(
                try whole.directory.checkpoint()?.parameters.allSatisfy { $0.values.allSatisfy(\.isFinite) } == true)
            #expect(FileManager.default.fileExists(atPath: whole.directory.bestPath))
            #expect(!FileManager.default.fileExists(atPath: whole.directory.lastPath))
            let again = try run(name, clipping: clipping, resumes: true)
            #expect(throws: TrainingRunError.self) { try again.run { _ in true } }
            #expect(try again.directory.checkpoint()?.step ?? 0 >= checkpoint)
        }
    }

    @Test func `a run has a checkpoint from its beginning`() throws {
        let run = try run("run")
        let stopped = try run.run { event in
            if case .step = event { #expect((try? run.directory.checkpoint()?.step) == 0) }
            return false
        }
        #expect(!stopped)
    }

    @Test func `whether more epochs are what a longer run would have been by then`() {
        var earlier = TrainingSettings(
            data: "d", split: "train", validationSplit: nil, classes: ["a"])
        (earlier.epochs, earlier.warmup, earlier.schedule) = (12, 10, .step)
        var longer = earlier
        longer.epochs = 24
        // Of 120 steps the rate falls at 80.
        #expect(longer.continues(earlier, after: 80, stepsPerEpoch: 10))
        #expect(!longer.continues(earlier, after: 81, stepsPerEpoch: 10))
        // At its end it is evaluated, which the longer one is not by then.
        (earlier.evaluateEvery, longer.evaluateEvery) = (12, 12)
        (earlier.epochs, longer.epochs) = (12, 13)
        #expect(!longer.continues(earlier, after: 120, stepsPerEpoch: 10))
        var mosaic = earlier
        (mosaic.mosaic, mosaic.mosaicFreeEpochs) = (0.5, 10)
        var longerMosaic = mosaic
        longerMosaic.epochs = 24
        #expect(longerMosaic.continues(mosaic, after: 20, stepsPerEpoch: 10))
        #expect(!longerMosaic.continues(mosaic, after: 21, stepsPerEpoch: 10))
        var simulating = earlier
        simulating.quantizationAware = 3
        var longerSimulating = simulating
        longerSimulating.epochs = 24
        #expect(longerSimulating.continues(simulating, after: 80, stepsPerEpoch: 10))
        simulating.quantizationAware = 6
        #expect(!longerSimulating.continues(simulating, after: 70, stepsPerEpoch: 10))
        earlier.schedule = .cosine
        longer.schedule = .cosine
        #expect(longer.continues(earlier, after: 10, stepsPerEpoch: 10))
        #expect(!longer.continues(earlier, after: 20, stepsPerEpoch: 10))
    }

    @Test func `without photos to evaluate on, the last is the best`() throws {
        let run = try run("run", validation: false)
        try run.run { _ in true }
        #expect(try bytes(run.directory.bestPath) == bytes(run.directory.lastPath))
        #expect(try run.directory.bestEvaluation() == nil)
    }

    @Test func `settings are kept, and differences named`() throws {
        let directory = RunDirectory(path: folder.path + "/settings")
        #expect(try directory.settings() == nil)
        let settings = TrainingSettings(
            data: "d", split: "train", validationSplit: nil, classes: ["a"])
        try directory.write(settings)
        #expect(try directory.settings() == settings)
        var other = settings
        other.epochs = 7
        other.flip = .both
        #expect(other.differences(from: settings) == ["epochs 100, not 7", "flip horizontal, not both"])
        #expect(settings.differences(from: settings).isEmpty)
    }

    @Test func `settings of an earlier version are what they were, others are told apart`() throws {
        let directory = RunDirectory(path: folder.path + "/earlier")
        var settings = TrainingSettings(
            data: "d", split: "train", validationSplit: nil, classes: ["a"])
        settings.seed = .max
        settings.learningRate = 0.1
        try directory.write(settings)
        let written = try String(contentsOfFile: directory.settingsPath, encoding: .utf8)
        func reading(_ change: (String) -> String) throws -> TrainingSettings? {
            try directory.write(change(written), as: "settings.json")
            return try directory.settings()
        }
        func without(_ names: [String]) -> (String) -> String {
            { text in
                text.split(separator: "\n").filter { line in !names.contains { line.contains("\"\($0)\"") } }
                    .joined(separator: "\n")
            }
        }
        // The first version knew neither of them.
        #expect(try reading(without(["mosaic", "mosaicFreeEpochs", "quantizationAware"])) == settings)
        for (change, words) in [
            (without(["momentum", "epochs"]), "lacks the settings epochs, momentum; go on with the version"),
            ({ $0.replacing("\"momentum\"", with: "\"inertia\"") }, "does not know: inertia; go on"),
            ({ $0.replacing("\"horizontal\"", with: "\"diagonal\"") }, "a value for flip that"),
            ({ $0.replacing("\"d\"", with: "7") }, "a value for data that"), ({ _ in "[]" }, "no JSON object"),
            ({ String($0.dropLast(3)) }, "is damaged"),
        ] as [((String) -> String, String)] {
            let error = #expect(throws: CheckpointError.self) { _ = try reading(change) }
            #expect("\(error.map { "\($0)" } ?? "")".contains(words), "\(String(describing: error))")
        }
    }

    @Test func `the report has curves, classes and mistakes in one file`() throws {
        defer { withExtendedLifetime(folder) {} }
        let run = try run("run")
        try run.run { _ in true }
        // A detector that was never trained misses things.
        let untrained = try detector.model(
            parameters: detector.parameters, name: "untrained", version: "0")
        let evaluation = try DetectorEvaluation(untrained, on: dataset, threads: 1)
        var settings = TrainingSettings(
            data: folder.path + "/a<b", split: "train", validationSplit: "val", classes: ["red", "blue"])
        settings.architecture = "tiny"
        let report = RunReport(
            settings: settings, metrics: try run.directory.metrics(), evaluation: evaluation, dataset: dataset,
            labels: detector.model.labels)
        #expect(report.charts.map(\.name) == ["loss", "precision", "precision-recall"])
        let html = report.html()
        #expect(html.contains("<td>red</td><td>10</td>") && html.contains("a&lt;b") && !html.contains("a<b"))
        #expect(html.contains("<h2>Missed</h2>"))
        // Nothing is found, so that nothing is wrong but what is missed.
        #expect(html.contains("<h2>What mistakes cost</h2>") && html.contains("<tr><td>red</td>"))
        #expect(html.contains("data:image/jpeg;base64,/9j/"))
        #expect(html.components(separatedBy: "<svg").count == 4)
        // Nothing is fetched from elsewhere.
        #expect(!html.contains("href=") && !html.contains("src=\"http"))
        for (_, chart) in report.charts {
            let parser = XMLWell(chart.svg())
            #expect(parser.isWellFormed, "\(chart.title)")
        }
    }
}

/// Whether each element of a text ends in its turn.
private struct XMLWell {
    let isWellFormed: Bool

    init(_ text: String) {
        var open: [Substring] = []
        var isRight = true
        for match in text.matches(of: /<(\/?)([a-z]+)[^>]*?(\/?)>/) {
            if !match.1.isEmpty {
                isRight = isRight && open.popLast() == match.2
            } else if match.3.isEmpty {
                open.append(match.2)
            }
        }
        isWellFormed = isRight && open.isEmpty
    }
}
