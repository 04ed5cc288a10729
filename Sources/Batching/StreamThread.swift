import Dispatch

#if canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A thread of its own for one stream, parked until it is woken.
///
/// A thread rather than a Dispatch queue: a stream computes for its whole life, and in Dispatch's pool it would take
/// the place of an event loop.
final class StreamThread: Sendable {
    private let wakes = DispatchSemaphore(value: 0)

    /// In bytes: what a main thread has, whatever the C library gives its other threads.
    private static let stackSize = 8 << 20

    /// Starts the thread, parked. It calls `body` once per `wake()` and ends when `body` returns false.
    func start(_ body: @escaping @Sendable () -> Bool) {
        let wakes = wakes
        let run = Unmanaged.passRetained(
            ThreadBody {
                repeat { wakes.wait() } while body()
            })
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, Self.stackSize)
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, &attributes,
            { argument in
                if let argument { Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, run.toOpaque())
        pthread_attr_destroy(&attributes)
        precondition(failure == 0, "pthread_create failed with errno \(failure)")
    }

    /// Lets the thread call its body once more.
    func wake() { wakes.signal() }
}

/// What crosses `pthread_create`'s pointer.
private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
