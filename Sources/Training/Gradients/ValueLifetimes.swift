import Networks

/// When the values of each tensor are no longer needed: as soon as possible, so that others take their place.
///
/// A large map that a normalization makes is not kept for the way back but made again there (Rota Bulò, Porzi and
/// Kontschieder, arXiv 1712.02616): a pass over it takes little time beside its convolutions, and a few such maps are much of
/// the memory.
struct ValueLifetimes {
    /// For each step, the tensors whose values nothing reads after it on the way forward.
    private(set) var endingForward: [[Int]]
    /// The outputs that nothing on the way back reads.
    private(set) var endingBetween: [Int] = []
    /// For each step, the tensors whose values nothing reads after it on the way back.
    private(set) var endingBackward: [[Int]]
    /// For each step, those whose output is made again before it on the way back.
    private(set) var repeatedBefore: [[Int]]

    /// Elements for one image from which on a map is made again: 4 MB of floats.
    static let largeElements = 1 << 20

    /// The lifetimes of the values of a network's tensors, with those that its steps hand on between themselves.
    ///
    /// - Parameter largeElements: Elements for one image from which on a map is made again.
    init(_ plan: GradientSteps, _ network: Network, largeElements: Int) {
        let steps = plan.steps
        endingForward = steps.map { _ in [] }
        endingBackward = endingForward
        repeatedBefore = endingForward
        var lastReaders: [Int: Int] = [network.input.index: 0]
        // Those of the way back by their places on the way forward.
        var readersBack: [Int: ClosedRange<Int>] = [:]
        for (index, step) in steps.enumerated() {
            for tensor in step.inputs + [step.output] { lastReaders[tensor] = index }
            // Nothing goes back through the others.
            guard plan.needsGradient[step.output] else { continue }
            for tensor in step.valuesOnWayBack {
                readersBack[tensor] = (readersBack[tensor]?.lowerBound ?? index)...index
            }
        }
        let outputs = Set(network.outputs.map(\.index))
        // What has its values under two names stays.
        let shared = Set(steps.lazy.filter { $0 is IdentityGradient }.flatMap(\.inputs))
        let repeatable = Set(
            steps.indices.filter {
                let output = steps[$0].output
                return steps[$0].isRepeatable && plan.needsGradient[output]
                    && plan.shapes[output].elementCount >= largeElements && !outputs.contains(output)
                    && !shared.contains(output)
            })
        let makers = Dictionary(uniqueKeysWithValues: repeatable.map { (steps[$0].output, $0) })
        for tensor in lastReaders.keys.sorted() {
            if let readers = readersBack[tensor] {
                endingBackward[readers.lowerBound].append(tensor)
                guard let maker = makers[tensor], let last = lastReaders[tensor] else { continue }
                endingForward[last].append(tensor)
                repeatedBefore[readers.upperBound].append(maker)
            } else if outputs.contains(tensor) {
                endingBetween.append(tensor)
            } else if let step = lastReaders[tensor] {
                endingForward[step].append(tensor)
            }
        }
    }
}
