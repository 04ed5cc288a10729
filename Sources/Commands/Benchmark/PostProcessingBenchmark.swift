import JSON
import MultiBox
import Engine

/// How long an engine takes from raw outputs to detections.
struct PostProcessingBenchmark {
    let engine: InferenceEngine
    /// How long to measure, all scenes together.
    let duration: Duration

    /// What the scores look like.
    private enum Scene: String, CaseIterable {
        /// One default box in fifty shows something: a photo of a few objects.
        case sparse
        /// One in five does: a crowd.
        case crowded
        /// None is surer of the background than of anything else: a network that was never trained.
        case uncertain

        /// The share of boxes that show something.
        var objects: Float {
            switch self {
            case .sparse: 0.02
            case .crowded: 0.2
            case .uncertain: 1
            }
        }

        /// By how much a box that shows something prefers one class.
        var certainty: Float { self == .uncertain ? 0 : 3 }
    }

    private struct Row {
        var scene: Scene
        var threshold: Float
        var detections: Int
        var times: [Double]
    }

    private static let thresholds: [Float] = [0.01, 0.5]

    func text() -> String {
        var text = "\(engine.model.name), post-processing on one thread, ms an image\n"
        text += "scores     threshold  detections  median     min\n"
        for row in measure() {
            func padded(_ cell: String, _ width: Int) -> String {
                String(repeating: " ", count: max(0, width - cell.count)) + cell
            }
            let name = row.scene.rawValue
            text += name + String(repeating: " ", count: 11 - name.count)
            text += padded(Double(row.threshold).fixed(2), 9) + padded(String(row.detections), 12)
            text += padded(BenchmarkResult.quantile(row.times, 0.5).fixed(3), 8)
            text += padded((row.times.min() ?? 0).fixed(3), 8) + "\n"
        }
        return text
    }

    func json() -> String {
        let rows = measure()
        var json = JSONWriter()
        json.object { json in
            json.member("architecture", engine.model.architecture)
            json.member("isa", engine.configuration.instructionSet.description)
            json.name("post_processing")
            json.array { json in
                for row in rows {
                    json.object { json in
                        json.member("scores", row.scene.rawValue)
                        json.member("threshold", Double(row.threshold), decimals: 2)
                        json.member("detections", row.detections)
                        json.name("ms_per_image")
                        json.object { json in
                            json.member("median", BenchmarkResult.quantile(row.times, 0.5), decimals: 4)
                            json.member("min", row.times.min() ?? 0, decimals: 4)
                        }
                    }
                }
            }
        }
        return String(decoding: json.finish(), as: UTF8.self)
    }

    private func measure() -> [Row] {
        let clock = ContinuousClock()
        let share = duration / (Scene.allCases.count * Self.thresholds.count)
        return Scene.allCases.flatMap { scene in
            let raw = outputs(scene)
            return Self.thresholds.map { threshold in
                let options = DetectionOptions(scoreThreshold: threshold)
                var row = Row(
                    scene: scene, threshold: threshold,
                    detections: engine.detections(in: raw, options: options).count, times: [])
                let end = clock.now + share
                repeat {
                    let start = clock.now
                    row.detections = engine.detections(in: raw, options: options).count
                    row.times.append(start.duration(to: clock.now).milliseconds)
                } while clock.now < end
                return row
            }
        }
    }

    /// Random outputs that an SSD could have made: raw scores of about unit variance, and offsets likewise.
    private func outputs(_ scene: Scene) -> RawOutputs {
        let configuration = engine.model.output
        let boxes = engine.model.network[engine.model.locations].shape.dimensions[0]
        let classes = configuration.classCount
        var state: UInt64 = 1
        func uniform() -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(state >> 40) / Float(1 << 24)
        }
        func normal() -> Float { (0..<6).reduce(0) { sum, _ in sum + uniform() - 0.5 } * 1.414 }
        let background: Float = scene == .uncertain ? 0 : 9
        var raw = RawOutputs(locations: (0..<boxes * 4).map { _ in normal() }, scores: [])
        raw.scores.reserveCapacity(boxes * classes)
        for _ in 0..<boxes {
            let isObject = uniform() < scene.objects
            let best = Int(uniform() * Float(classes - 1))
            for column in 0..<classes {
                var logit = normal()
                switch configuration.activation {
                case .softmax:
                    if column == configuration.backgroundIndex, !isObject { logit += background }
                case .sigmoid, .identity:
                    if !isObject { logit -= background }
                }
                if isObject, column == best { logit += scene.certainty }
                // Models that give confidences give them between 0 and 1.
                raw.scores.append(configuration.activation == .identity ? 0.5 + 0.5 * logit / (1 + abs(logit)) : logit)
            }
        }
        return raw
    }
}
