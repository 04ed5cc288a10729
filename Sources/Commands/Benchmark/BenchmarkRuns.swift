import Detectors
import Foundation
import Images
import MultiBox
import Engine
import Synchronization

/// Runs an engine for a while and takes the time.
struct BenchmarkRuns {
    let engine: InferenceEngine
    let batch: Int
    let duration: Duration

    /// The network alone, on every stream at once.
    func network() -> BenchmarkResult {
        let inputs = (0..<engine.configuration.streams).map { _ in randomInputs() }
        return timed { stream in
            engine.runNetwork(inputs[stream], stream: stream)
            return batch
        }
    }

    /// From the bytes of a photo to detections, on every stream at once.
    func endToEnd(_ detector: Detector) throws -> BenchmarkResult {
        let photo = try SamplePhoto.jpeg(width: 640, height: 480)[...]
        let options = DetectionOptions(scoreThreshold: 0.5)
        // What cannot fail in the timed runs is tried once before.
        do { _ = try detector.detect(photo, options: options, stream: 0) } catch { throw Failure("\(error)") }
        return timed { stream in
            for _ in 0..<batch { _ = try? detector.detect(photo, options: options, stream: stream) }
            return batch
        }
    }

    /// The network with the time of each step.
    func layers() -> BenchmarkResult {
        let inputs = randomInputs()
        let clock = ContinuousClock()
        var steps = [[Double]](repeating: [], count: engine.steps.count)
        var result = timed { stream in
            var last = clock.now
            engine.runNetwork(inputs, stream: stream) { step in
                let now = clock.now
                steps[step].append(last.duration(to: now).milliseconds / Double(batch))
                last = now
            }
            return batch
        }
        result.steps = steps
        return result
    }

    /// Calls `run` on each stream until the time is up; one call before is not counted.
    private func timed(_ run: (_ stream: Int) -> Int) -> BenchmarkResult {
        struct Stream: Sendable {
            var times: [Double] = []
            var images = 0
        }
        let clock = ContinuousClock()
        let results = Mutex([Stream](repeating: Stream(), count: engine.configuration.streams))
        for stream in 0..<engine.configuration.streams { _ = run(stream) }
        let start = clock.now
        let end = start + duration
        withoutActuallyEscaping(run) { run in
            // Safe: `concurrentPerform` returns when all calls have, and each stream has one caller.
            nonisolated(unsafe) let run = run
            DispatchQueue.concurrentPerform(iterations: engine.configuration.streams) { index in
                var stream = Stream()
                repeat {
                    let begin = clock.now
                    let images = run(index)
                    stream.times.append(begin.duration(to: clock.now).milliseconds / Double(images))
                    stream.images += images
                } while clock.now < end
                let finished = stream
                results.withLock { $0[index] = finished }
            }
        }
        let seconds = start.duration(to: clock.now).seconds
        let streams = results.withLock { $0 }
        return BenchmarkResult(
            millisecondsPerImage: streams.flatMap(\.times),
            imagesPerSecond: Double(streams.reduce(0) { $0 + $1.images }) / seconds)
    }

    /// Inputs of noise: the time must not depend on what is in a photo, and it does not.
    private func randomInputs() -> [InferenceInput] {
        (0..<batch).map { image in
            let input = engine.makeInput()
            let isFloat = engine.model.preprocessing.normalization != .bytes
            input.withUnsafeMutableBytes { bytes in
                var state = UInt64(image + 1)
                func next() -> UInt64 {
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return state >> 33
                }
                if isFloat {
                    for index in 0..<bytes.count / 4 {
                        bytes.storeBytes(of: Float(next() % 2048) / 1024 - 1, toByteOffset: index * 4, as: Float.self)
                    }
                } else {
                    for index in bytes.indices { bytes[index] = UInt8(next() & 255) }
                }
            }
            return input
        }
    }
}
