import MultiBox
import TestSupport

/// Seeded network outputs that look like an SSD's: most rows are background, some show an object to their neighbours too.
struct RandomOutputs {
    var boxes: [CenterBox] = []
    var loc: [Float] = []
    var conf: [Float] = []

    init(
        seed: UInt64, priors: Int, classes: Int, background: Float = 6, coarse: Bool = false,
        objects: Float = 0.1
    ) {
        var generator = SeededGenerator(seed: seed)
        func uniform(_ range: ClosedRange<Float>) -> Float { .random(in: range, using: &generator) }
        func normal() -> Float { (0..<6).reduce(0) { sum, _ in sum + uniform(-1...1) } / 1.414 }
        for _ in 0..<priors {
            boxes.append(
                CenterBox(cx: uniform(0...1), cy: uniform(0...1), w: uniform(0.05...0.5), h: uniform(0.05...0.5)))
            for _ in 0..<4 { loc.append(normal()) }
            var row = (0..<classes).map { _ in normal() }
            row[0] += background
            if uniform(0...1) < objects {
                row[0] -= background
                row[Int.random(in: 0..<classes, using: &generator)] += 3
            }
            // Coarse scores make ties.
            conf += coarse ? row.map { ($0 * 2).rounded() / 2 } : row
        }
    }

    /// Calls the post-processing once.
    func detections(_ output: DetectionOutput, _ options: DetectionOptions = .init()) -> [Detection] {
        var workspace = output.makeWorkspace()
        return detections(output, options, &workspace)
    }

    func detections(
        _ output: DetectionOutput, _ options: DetectionOptions, _ workspace: inout DetectionOutput.Workspace
    ) -> [Detection] {
        loc.withUnsafeBufferPointer { loc in
            conf.withUnsafeBufferPointer { conf in
                output.detections(loc: loc, conf: conf, options: options, workspace: &workspace)
            }
        }
    }
}
