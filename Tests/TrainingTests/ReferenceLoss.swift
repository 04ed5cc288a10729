import MultiBox

/// The MultiBox loss written out in double precision from the paper's equations, in another way than the library's: one
/// pass a term, probabilities as such, negatives found by repeated search. The oracle of `MultiBoxLoss`.
struct ReferenceLoss {
    var ratio = 3.0
    var minimumNegatives = 0
    var alpha = 1.0

    struct Result {
        var confidence = 0.0
        var localization = 0.0
        var positives = 0
        var negatives = 0
        var locationGradient: [Double] = []
        var scoreGradient: [Double] = []
    }

    /// `locations` [image][box][4], `scores` [image][box][class], `classes` and `offsets` likewise.
    func callAsFunction(
        locations: [[[Double]]], scores: [[[Double]]], classes: [[Int]], offsets: [[[Double]]]
    ) -> Result {
        var result = Result()
        result.positives = classes.joined().count { $0 > 0 }
        let n = Double(result.positives)
        for image in classes.indices {
            let chosen = chooseNegatives(scores[image], classes[image])
            result.negatives += chosen.count
            for box in classes[image].indices {
                let label = classes[image][box]
                let takesPart = n > 0 && (label > 0 || chosen.contains(box))
                let logProbabilities = logSoftmax(scores[image][box])
                for (column, logProbability) in logProbabilities.enumerated() {
                    let hot = column == label ? 1.0 : 0
                    if takesPart { result.confidence -= hot * logProbability / n }
                    result.scoreGradient.append(takesPart ? (exponential(logProbability) - hot) / n : 0)
                }
                for axis in 0..<4 {
                    let x = locations[image][box][axis] - offsets[image][box][axis]
                    if label > 0 {
                        result.localization += (x.magnitude < 1 ? x * x / 2 : x.magnitude - 0.5) / n
                        result.locationGradient.append(alpha * (x.magnitude < 1 ? x : x < 0 ? -1 : 1) / n)
                    } else {
                        result.locationGradient.append(0)
                    }
                }
            }
        }
        return result
    }

    private func chooseNegatives(_ scores: [[Double]], _ classes: [Int]) -> Set<Int> {
        let positives = classes.count { $0 > 0 }
        var left = classes.indices.filter { classes[$0] == 0 }
        let wanted =
            positives == 0 ? min(minimumNegatives, left.count) : min(Int(ratio * Double(positives)), left.count)
        var chosen: Set<Int> = []
        for _ in 0..<wanted {
            var best = left[0]
            for candidate in left.dropFirst() where -logSoftmax(scores[candidate])[0] > -logSoftmax(scores[best])[0] {
                best = candidate
            }
            chosen.insert(best)
            left.removeAll { $0 == best }
        }
        return chosen
    }
}
