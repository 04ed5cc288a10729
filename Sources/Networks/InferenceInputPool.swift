import Synchronization

/// Keeps the memory of inputs that are no longer in use, so that a busy service allocates none.
final class InferenceInputPool: Sendable {
    /// Bytes of each input.
    let byteCount: Int
    private let maximumIdle: Int
    private let idle = Mutex<[AlignedMemory]>([])

    /// - Parameter maximumIdle: inputs kept; more are freed when they come back.
    init(byteCount: Int, maximumIdle: Int) {
        self.byteCount = byteCount
        self.maximumIdle = maximumIdle
    }

    func take() -> InferenceInput {
        let memory = idle.withLock { $0.popLast() } ?? AlignedMemory(count: byteCount)
        return InferenceInput(memory: memory, pool: self)
    }

    func giveBack(_ memory: AlignedMemory) {
        idle.withLock { if $0.count < maximumIdle { $0.append(memory) } }
    }
}
