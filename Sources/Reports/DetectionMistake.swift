import Training
import Datasets
import Evaluation
import MultiBox

/// Something that a detector got wrong: an object it missed, or one that is not there.
struct DetectionMistake {
    enum Kind {
        /// An object that nothing was found for; the best score that came near, 0 without.
        case missed(bestScore: Float)
        /// Something found where no object of its class is, and the object that it overlaps most.
        case invented(score: Float, nearest: Neighbour?)
    }

    /// An annotated object that something found overlaps.
    struct Neighbour {
        var object: AnnotatedObject
        var overlap: Float
    }

    let kind: Kind
    let photo: DatasetPhoto
    let box: CornerBox
    let classIndex: Int

    /// The least overlap that is worth telling.
    private static let leastOverlap: Float = 0.1

    /// How bad it is: the sureness of what is not there, the unsureness of what is.
    var weight: Float {
        switch kind {
        case .missed(let score): 1 - score
        case .invented(let score, _): score
        }
    }

    /// The mistakes in a photo, at an overlap of one half and a threshold.
    static func all(in entry: DetectorEvaluation.Photo, threshold: Float) -> [DetectionMistake] {
        let objects = entry.photo.objects.filter { !$0.isCrowd }
        var taken = [Bool](repeating: false, count: objects.count)
        var nearScores = [Float](repeating: 0, count: objects.count)
        var mistakes: [DetectionMistake] = []
        // Detections come best first: each takes the object of its class that it overlaps most.
        for detection in entry.detections {
            var best: (index: Int, overlap: Float)?
            for (index, object) in objects.enumerated() where object.classIndex == detection.classIndex {
                let overlap = object.box.intersectionOverUnion(detection.box)
                if overlap >= 0.3 { nearScores[index] = max(nearScores[index], detection.score) }
                if overlap >= 0.5, !taken[index], overlap > best?.overlap ?? 0 { best = (index, overlap) }
            }
            guard detection.score >= threshold else { continue }
            if let best {
                taken[best.index] = true
            } else {
                let crowd = entry.photo.objects.contains {
                    $0.isCrowd && $0.classIndex == detection.classIndex
                        && $0.box.intersectionOverUnion(detection.box) > 0
                }
                if !crowd {
                    let kind = Kind.invented(score: detection.score, nearest: nearest(detection.box, objects))
                    mistakes.append(
                        DetectionMistake(
                            kind: kind, photo: entry.photo, box: detection.box, classIndex: detection.classIndex))
                }
            }
        }
        for (index, object) in objects.enumerated() where !taken[index] && !object.isDifficult {
            mistakes.append(
                DetectionMistake(
                    kind: .missed(bestScore: min(nearScores[index], threshold)), photo: entry.photo, box: object.box,
                    classIndex: object.classIndex))
        }
        return mistakes
    }

    /// The object of whatever class that a box overlaps most.
    private static func nearest(_ box: CornerBox, _ objects: [AnnotatedObject]) -> Neighbour? {
        var nearest: Neighbour?
        for object in objects {
            let overlap = object.box.intersectionOverUnion(box)
            if overlap >= leastOverlap, overlap > nearest?.overlap ?? 0 {
                nearest = Neighbour(object: object, overlap: overlap)
            }
        }
        return nearest
    }
}
