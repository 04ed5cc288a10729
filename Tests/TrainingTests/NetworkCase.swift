import Networks
import Training

/// A network with parameters, an input and a direction for its outputs: what a test of gradients needs. The loss is
/// Σ output · direction.
struct NetworkCase {
    let network: Network
    let images: Int
    var parameters: [TrainingParameter]
    let input: [Float]
    let directions: [[Float]]

    init(_ network: Network, images: Int, seed: UInt64) {
        var random = RandomStream(seed: seed)
        self.network = network
        self.images = images
        parameters = network.trainingParameters()
        for index in parameters.indices
        where parameters[index].treatment != .statistic && parameters[index].treatment != .weight {
            for i in parameters[index].values.indices { parameters[index].values[i] += random.number(in: -0.5...0.5) }
        }
        func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in random.number(in: -1...1) } }
        input = numbers(images * network[network.input].shape.elementCount)
        directions = network.outputs.map { numbers(images * network[$0].shape.elementCount) }
    }

    /// Outputs and gradients of the interpreter.
    func run(threads: Int = 1) throws -> (outputs: [[Float]], gradients: [[Float]], parameters: [TrainingParameter]) {
        let interpreter = try TrainingInterpreter(network: network, threads: threads)
        var parameters = parameters
        input.withUnsafeBufferPointer { interpreter.forward($0, images: images, parameters: &parameters) }
        let outputs = network.outputs.indices.map { interpreter.withOutput($0) { Array($0) } }
        var buffers: [UnsafeBufferPointer<Float>] = []
        for direction in directions {
            let copy = UnsafeMutableBufferPointer<Float>.allocate(capacity: direction.count)
            _ = copy.initialize(from: direction)
            buffers.append(UnsafeBufferPointer(copy))
        }
        defer { buffers.forEach { $0.deallocate() } }
        return (outputs, interpreter.backward(outputGradients: buffers, parameters: parameters), parameters)
    }

    func referenceOutputs(_ parameters: [[Double]]? = nil) -> [[Double]] {
        ReferenceNetwork(network: network, images: images)
            .run(input.map(Double.init), parameters ?? self.parameters.map { $0.values.map(Double.init) })
    }

    func referenceLoss(_ parameters: [[Double]]) -> Double {
        zip(referenceOutputs(parameters), directions).reduce(0) { sum, pair in
            sum + zip(pair.0, pair.1).reduce(0) { $0 + $1.0 * Double($1.1) }
        }
    }

    /// Finite differences of the reference at some elements of each parameter: pairs of (parameter, element) and slope.
    func referenceSlopes(perParameter: Int, seed: UInt64) -> [(parameter: Int, element: Int, slope: Double)] {
        var random = RandomStream(seed: seed)
        var parameters = self.parameters.map { $0.values.map(Double.init) }
        var slopes: [(parameter: Int, element: Int, slope: Double)] = []
        for index in parameters.indices where self.parameters[index].treatment != .statistic {
            for _ in 0..<min(perParameter, parameters[index].count) {
                let element = random.index(below: parameters[index].count)
                let (value, step) = (parameters[index][element], 1e-5)
                parameters[index][element] = value + step
                let above = referenceLoss(parameters)
                parameters[index][element] = value - step
                let below = referenceLoss(parameters)
                parameters[index][element] = value
                slopes.append((index, element, (above - below) / (2 * step)))
            }
        }
        return slopes
    }
}
