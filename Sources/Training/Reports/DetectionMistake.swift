import Evaluation
import MultiBox

/// Something that a detector got wrong: an object it missed, or one that is not there.
struct DetectionMistake {
    enum Kind {
        /// An object that nothing was found for; the best score that came near, 0 without.
        case missed(bestScore: Float)
        /// Something found where no object of its class is.
        case invented(score: Float)
    }

    let kind: Kind
    let photo: DatasetPhoto
    let box: CornerBox
    let classIndex: Int

    /// How bad it is: the sureness of what is not there, the unsureness of what is.
    var weight: Float {
        switch kind {
        case .missed(let score): 1 - score
        case .invented(let score): score
        }
    }

    /// The mistakes in a photo, at an overlap of one half and a threshold.
    static func all(in entry: DetectorEvaluation.Photo, threshold: Float) -> [DetectionMistake] {
        let objects = entry.photo.objects.filter { !$0.isCrowd }
        var taken = [Bool](repeating: false, count: objects.count)
        var nearest = [Float](repeating: 0, count: objects.count)
        var mistakes: [DetectionMistake] = []
        // Detections come best first: each takes the object of its class that it overlaps most.
        for detection in entry.detections {
            var best: (index: Int, overlap: Float)?
            for (index, object) in objects.enumerated() where object.classIndex == detection.classIndex {
                let overlap = object.box.intersectionOverUnion(detection.box)
                if overlap >= 0.3 { nearest[index] = max(nearest[index], detection.score) }
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
                    mistakes.append(
                        DetectionMistake(
                            kind: .invented(score: detection.score), photo: entry.photo, box: detection.box,
                            classIndex: detection.classIndex))
                }
            }
        }
        for (index, object) in objects.enumerated() where !taken[index] && !object.isDifficult {
            mistakes.append(
                DetectionMistake(
                    kind: .missed(bestScore: min(nearest[index], threshold)), photo: entry.photo, box: object.box,
                    classIndex: object.classIndex))
        }
        return mistakes
    }
}
