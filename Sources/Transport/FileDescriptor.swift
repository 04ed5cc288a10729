import Platform

/// An open descriptor with exactly one owner, closed when the owner lets go of it.
struct FileDescriptor: ~Copyable {
    /// The number, valid while this value lives.
    let raw: CInt

    /// Takes ownership of an open descriptor.
    init(owning raw: CInt) { self.raw = raw }

    // Not retried when a signal interrupts it: on Linux the descriptor is free all the same (close(2)).
    deinit { close(raw) }
}
