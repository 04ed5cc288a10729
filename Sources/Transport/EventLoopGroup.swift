import Synchronization

/// The loops that a server's connections are spread over.
final class EventLoopGroup: Sendable {
    /// At least one.
    let loops: [EventLoop]
    private let turn = Atomic<Int>(0)

    /// Makes `count` loops.
    init(count: Int) throws(TransportError) {
        precondition(count > 0, "a group needs a loop")
        var loops: [EventLoop] = []
        for index in 0..<count { loops.append(try EventLoop(label: "multibox.loop.\(index)")) }
        self.loops = loops
    }

    /// The loops in turn.
    func next() -> EventLoop {
        let (old, _) = turn.wrappingAdd(1, ordering: .relaxed)
        return loops[Int(UInt(bitPattern: old) % UInt(loops.count))]
    }
}
