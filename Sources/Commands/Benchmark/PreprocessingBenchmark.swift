import Detectors
import Images
import JSON
import Engine

/// How long it takes to turn decoded photos into a network's input: resizing and normalization.
struct PreprocessingBenchmark {
    let engine: InferenceEngine
    /// How long to measure, all sizes together.
    let duration: Duration

    private struct Row {
        var photo: ImageSize
        var times: [Double]
    }

    private static let photos = [
        ImageSize(width: 640, height: 480), ImageSize(width: 1920, height: 1080), ImageSize(width: 4000, height: 3000),
    ]

    func text() throws -> String {
        let preprocessing = engine.model.preprocessing
        var text = "\(engine.model.name), pixels to an input of \(preprocessing.width)×\(preprocessing.height), "
        text += "\(preprocessing.normalization == .bytes ? "bytes" : "floats"), on one thread, ms an image\n"
        text += "photo       median     min\n"
        for row in try measure() {
            func padded(_ cell: String, _ width: Int) -> String {
                String(repeating: " ", count: max(0, width - cell.count)) + cell
            }
            let name = "\(row.photo.width)×\(row.photo.height)"
            text += name + String(repeating: " ", count: 10 - name.count)
            text += padded(BenchmarkResult.quantile(row.times, 0.5).fixed(3), 8)
            text += padded((row.times.min() ?? 0).fixed(3), 8) + "\n"
        }
        return text
    }

    func json() throws -> String {
        let rows = try measure()
        var json = JSONWriter()
        json.object { json in
            json.member("architecture", engine.model.architecture)
            json.member("width", engine.model.preprocessing.width)
            json.member("height", engine.model.preprocessing.height)
            json.member("input", engine.model.preprocessing.normalization == .bytes ? "uint8" : "fp32")
            json.name("pre_processing")
            json.array { json in
                for row in rows {
                    json.object { json in
                        json.member("width", row.photo.width)
                        json.member("height", row.photo.height)
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

    private func measure() throws -> [Row] {
        let preparer = InputPreparer(engine.model.preprocessing)
        let input = engine.makeInput()
        let clock = ContinuousClock()
        let share = duration / Self.photos.count
        return Self.photos.map { size in
            let photo = SamplePhoto.pixels(width: size.width, height: size.height)
            var row = Row(photo: size, times: [])
            preparer.prepare(photo, into: input)
            let end = clock.now + share
            repeat {
                let start = clock.now
                preparer.prepare(photo, into: input)
                row.times.append(start.duration(to: clock.now).milliseconds)
            } while clock.now < end
            return row
        }
    }
}
