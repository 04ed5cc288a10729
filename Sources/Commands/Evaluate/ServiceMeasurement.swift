import Datasets
import Detectors
import Images
import MultiBox
import Platform
import Training

/// What a running service finds on a dataset, and how long it takes for it.
struct ServiceMeasurement {
    /// The photos, in the dataset's order.
    private(set) var photos: [DetectorEvaluation.Photo] = []
    /// The time from the first byte of each request to the last of its answer.
    private(set) var durations: [Duration] = []
    /// How often a request was turned away, and made again later.
    private(set) var refusals = 0

    /// The longest list of classes that is put into a target, in bytes; of a longer one the service sends all classes.
    private static let maximumClassesBytes = 4096

    private struct Found: Sendable {
        var answer: ServiceAnswer
        var duration: Duration
        var refusals: Int
    }

    /// Asks a service about all photos of a dataset, on a connection of each of the clients.
    ///
    /// - Parameters:
    ///   - model: its model.
    ///   - classes: the class of the dataset that each class of the model is; others are not asked for.
    ///   - observe: called for each photo in the dataset's order, with what was forgiven of its file.
    init(
        _ clients: [ServiceClient], _ url: ServiceURL, _ model: ServiceModel, on dataset: any DetectionDataset,
        classes: [Int: Int], maxDetections: Int?, tiling: Tiling?,
        observe: (_ photo: Int, _ warnings: [String]) -> Void
    ) throws {
        var options = [("coordinates", "relative"), ("threshold", model.threshold ?? "0")]
        if let maxDetections { options.append(("max_detections", String(maxDetections))) }
        if let tiling { options.append(("tile", "\(tiling)")) }
        let list = classes.keys.sorted().map(String.init).joined(separator: ",")
        if list.utf8.count <= Self.maximumClassesBytes { options.append(("classes", list)) }
        let target = url.target("/detect", options)
        let labels = model.labels
        let entries = dataset.photos
        let workers = OrderedWorkers<Result<Found, Failure>>(workers: clients.count)
        defer { for client in clients { client.cancel() } }
        try workers.run(count: entries.count) { worker, index in
            Self.find(entries[index], clients[worker], target, labels)
        } consume: { index, result in
            let found: Found
            do { found = try result.get() } catch {
                // So that none of the others waits on.
                for client in clients { client.cancel() }
                throw error
            }
            observe(index, found.answer.warnings)
            durations.append(found.duration)
            refusals += found.refusals
            photos.append(
                DetectorEvaluation.Photo(entries[index], detections: found.answer.detections, classes: classes))
        }
    }

    private static func find(
        _ photo: DatasetPhoto, _ client: ServiceClient, _ target: String, _ labels: LabelMap
    ) -> Result<Found, Failure> {
        do {
            let bytes = try FileReading.bytes(photo.path, limit: FileReading.maximumPhotoBytes)
            let reply: ServiceClient.Answer
            do { reply = try client.ask(.post, target, body: bytes) } catch let failure as Failure {
                throw Failure("\(photo.path): \(failure.message)")
            }
            let answer: ServiceAnswer
            do { answer = try ServiceAnswer(parsing: reply.body, labels: labels) } catch {
                throw Failure("\(photo.path): the answer cannot be used: \(error)")
            }
            guard answer.size == photo.size else {
                throw Failure(
                    "\(DatasetError.sizeMismatch(path: photo.path, annotated: photo.size, decoded: answer.size))")
            }
            return .success(Found(answer: answer, duration: reply.duration, refusals: reply.refusals))
        } catch let failure as Failure { return .failure(failure) } catch { return .failure(Failure("\(error)")) }
    }
}
