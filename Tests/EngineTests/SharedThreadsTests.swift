import Dispatch
import MultiBox
import Engine
import Networks
import Synchronization
import TestSupport
import Testing

/// Streams of one engine that share its threads.
struct SharedThreadsTests {
    private func engine(streams: Int, threadsPerStream: Int, threads: Int, batch: Int = 8) throws -> InferenceEngine {
        let normalization = Preprocessing.Normalization.affine(
            scale: [1 / 127.5, 1 / 127.5, 1 / 127.5], bias: [-1, -1, -1])
        return try InferenceEngine(
            model: QuantizableModel.make(normalization: normalization),
            configuration: EngineConfiguration(
                streams: streams, threadsPerStream: threadsPerStream, threads: threads, maximumBatchSize: batch))
    }

    private func inputs(_ engine: InferenceEngine, _ numbers: Range<Int>) -> [InferenceInput] {
        numbers.map { number in
            let input = engine.makeInput()
            QuantizableModel.fill(input, QuantizableModel.photo(number), engine.model.preprocessing)
            return input
        }
    }

    @Test func `streams that begin and end beside each other answer what one alone does`() throws {
        let engine = try engine(streams: 3, threadsPerStream: 4, threads: 4)
        let inputs = inputs(engine, 0..<5)
        let expected = inputs.map { engine.rawOutputs([$0])[0] }
        let wrong = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 3) { stream in
            for round in 0..<60 {
                let count = (round + stream) % 5 + 1
                let found = engine.rawOutputs(Array(inputs[..<count]), stream: stream)
                for (found, expected) in zip(found, expected)
                where found.scores != expected.scores || found.locations != expected.locations {
                    wrong.add(1, ordering: .relaxed)
                }
            }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
    }

    /// The weights of this network are fewer than the numbers that its layers hand on.
    @Test(arguments: [
        (1, 4, 4, 8, 4), (2, 4, 4, 8, 2), (4, 4, 4, 8, 1), (3, 4, 4, 8, 1), (8, 4, 4, 8, 1), (1, 4, 4, 2, 2),
        (2, 1, .max, 8, 1),
    ])
    func `a batch has an image for each thread that a stream has in a crowd`(
        streams: Int, threadsPerStream: Int, threads: Int, batch: Int, sufficient: Int
    ) throws {
        let engine = try engine(streams: streams, threadsPerStream: threadsPerStream, threads: threads, batch: batch)
        #expect(engine.sufficientBatchSize == sufficient)
    }
}
