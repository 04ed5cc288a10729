import Synchronization

/// Keeps the memory of inputs that are no longer in use, so that a busy service allocates none.
package final class InferenceInputPool: Sendable {
    /// Bytes of each input.
    package let byteCount: Int
    private let maximumIdle: Int
    private let idle = Mutex<[AlignedMemory]>([])

    /// - Parameter maximumIdle: inputs kept; more are freed when they come back.
    package init(byteCount: Int, maximumIdle: Int) {
        self.byteCount = byteCount
        self.maximumIdle = maximumIdle
    }

    package func take() -> InferenceInput {
        let memory = idle.withLock { $0.popLast() } ?? AlignedMemory(count: byteCount)
        return InferenceInput(memory: memory, pool: self)
    }

    func giveBack(_ memory: AlignedMemory) {
        idle.withLock { if $0.count < maximumIdle { $0.append(memory) } }
    }
}
