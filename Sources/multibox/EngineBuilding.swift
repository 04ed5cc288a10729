import Foundation
import Networks

extension InferenceEngine {
    /// Compiles a model for this machine, or for less of it if `MULTIBOX_ISA` says so.
    static func build(
        _ model: DetectionModel, precision: Precision = .auto, streams: Int, threadsPerStream: Int,
        threads: Int = .max, maximumBatchSize: Int
    ) throws -> InferenceEngine {
        let instructionSet = try instructionSet()
        let arithmetic = try precision.arithmetic(of: model)
        let configuration = EngineConfiguration(
            instructionSet: instructionSet, precision: arithmetic, streams: streams,
            threadsPerStream: threadsPerStream, threads: threads, maximumBatchSize: maximumBatchSize)
        do { return try InferenceEngine(model: model, configuration: configuration) } catch {
            throw Failure("\(model.name) cannot be run: \(error)")
        }
    }

    /// The best instructions, capped by the environment variable `MULTIBOX_ISA`.
    static func instructionSet() throws -> InstructionSet {
        guard let cap = ProcessInfo.processInfo.environment["MULTIBOX_ISA"], !cap.isEmpty else { return .best }
        do { return try InstructionSet(cappedAt: cap) } catch {
            guard InstructionSet.names.contains(cap) else {
                throw Failure.usage("MULTIBOX_ISA is \(InstructionSet.names.joined(separator: ", ")), not \(cap)")
            }
            throw Failure("MULTIBOX_ISA=\(cap): \(error)")
        }
    }
}
