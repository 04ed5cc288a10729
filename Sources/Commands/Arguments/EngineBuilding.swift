import Platform
import Foundation
import Engine
import Networks

extension InferenceEngine {
    /// Compiles a model for this machine, or for less of it if `MULTIBOX_ISA` says so.
    ///
    /// - Parameters:
    ///   - maximumMemory: the most bytes to take for it; without, all that this process may have.
    ///   - memoryInUse: bytes of it that another engine holds meanwhile.
    ///   - budget: the threads that it shares with other engines.
    static func build(
        _ model: DetectionModel, precision: Precision = .auto, streams: Int, threadsPerStream: Int,
        threads: Int = .max, maximumBatchSize: Int, maximumMemory: Int? = nil, memoryInUse: Int = 0,
        budget: ThreadBudget? = nil
    ) throws -> InferenceEngine {
        let instructionSet = try instructionSet()
        let arithmetic = try precision.arithmetic(of: model)
        var configuration = EngineConfiguration(
            instructionSet: instructionSet, precision: arithmetic, streams: streams,
            threadsPerStream: threadsPerStream, threads: threads, maximumBatchSize: maximumBatchSize)
        configuration.maximumMemory = maximumMemory ?? AvailableMemory.bytes
        configuration.memoryInUse = memoryInUse
        configuration.budget = budget
        do { return try InferenceEngine(model: model, configuration: configuration) } catch {
            guard case .memory(let memory, let inUse, let limit) = error else {
                throw Failure("\(model.name) cannot be run: \(error)")
            }
            let bound =
                maximumMemory == nil ? "this machine or container has \(limit)" : "--max-model-memory is \(limit)"
            throw Failure("\(model.name) cannot be run: \(memory.need(inUse: inUse)), \(bound)")
        }
    }

    /// The memory that a model takes to run on one thread, photo by photo.
    static func memory(of model: DetectionModel) throws -> (configuration: EngineConfiguration, memory: EngineMemory) {
        let configuration = EngineConfiguration(
            instructionSet: try instructionSet(), precision: try Precision.auto.arithmetic(of: model),
            maximumBatchSize: 1)
        do { return (configuration, try memory(of: model, configuration: configuration)) } catch {
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
