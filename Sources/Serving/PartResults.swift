import Batching
import Detectors
import MultiBox
import Synchronization

/// Gathers what the network found in an image and in its parts, each of which is answered by itself.
///
/// Invariant: `add` is called once for each part, and gives the whole to whoever brings the last.
final class PartResults: Sendable {
    /// What was found in an image, part by part.
    struct All: Sendable {
        /// The whole image's detections, then those of its parts.
        fileprivate(set) var detections: [[Detection]]
        /// The longest of each stage, without decoding.
        fileprivate(set) var times = StageTimes()

        /// What is reported of the image.
        ///
        /// - Parameter waited: how long the image had waited for a worker.
        func found(in photo: TiledPhoto, _ selection: DetectionSelection?, waited: Duration) -> FoundImage {
            let start = ContinuousClock.now
            var times = times
            times.decode = photo.photo.duration
            times.queue += waited
            let detections = photo.merge(detections)
            if self.detections.count > 1 { times.postprocess += start.duration(to: .now) }
            let found = FoundImage(photo.photo, detections: detections, times: times)
            return selection?.choose(of: found) ?? found
        }
    }

    private struct State {
        var all: All
        var missing: Int
        var failure: ServiceError?
    }

    private let state: Mutex<State>

    /// - Parameter count: the image and its parts.
    init(count: Int) {
        state = Mutex(State(all: All(detections: Array(repeating: [], count: count)), missing: count))
    }

    /// Adds what became of a part; returns all of it where it was the last, or the first failure.
    func add(
        _ result: Result<ImageDetections, SchedulerFailure>, waited: Duration, at part: Int
    ) -> Result<All, ServiceError>? {
        state.withLock { state in
            switch result {
            case .success(let found):
                state.all.detections[part] = found.detections
                state.all.times.formMaximum(
                    StageTimes(queue: waited, inference: found.inference, postprocess: found.postprocess))
            case .failure(let failure): if state.failure == nil { state.failure = ServiceError(failure) }
            }
            state.missing -= 1
            guard state.missing == 0 else { return nil }
            return state.failure.map { .failure($0) } ?? .success(state.all)
        }
    }
}
