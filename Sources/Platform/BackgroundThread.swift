import CThreads

/// A thread of its own, for work that computes or waits for long: in Dispatch's pool it would take the place of an event loop.
///
/// It goes on when nobody holds it any more; `join` waits for its end.
package struct BackgroundThread: ~Copyable {
    /// In bytes: what a main thread has, whatever the C library gives its other threads.
    private static let stackSize = 8 << 20

    private let thread: pthread_t

    /// Starts a thread that calls `body` and ends; nil if the system has none left to give.
    ///
    /// - Parameter name: What debuggers and `top` call it, at most 15 bytes.
    package init?(name: String, _ body: @escaping @Sendable () -> Void) {
        let context = Unmanaged.passRetained(Context(name: name, body: body))
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, Self.stackSize)
        defer { pthread_attr_destroy(&attributes) }
        #if canImport(Darwin)
            var started: pthread_t?
            let status = pthread_create(
                &started, &attributes, { Context.run(Unmanaged.fromOpaque($0)) }, context.toOpaque())
        #else
            var started = pthread_t()
            let status = pthread_create(
                &started, &attributes, { $0.flatMap { Context.run(Unmanaged.fromOpaque($0)) } }, context.toOpaque())
        #endif
        guard status == 0 else {
            context.release()
            return nil
        }
        #if canImport(Darwin)
            guard let started else { return nil }
        #endif
        thread = started
    }

    /// Waits until the thread has ended.
    package consuming func join() {
        pthread_join(thread, nil)
        discard self
    }

    deinit { pthread_detach(thread) }

    /// What crosses `pthread_create`'s pointer.
    private final class Context: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }

        static func run(_ context: Unmanaged<Context>) -> UnsafeMutableRawPointer? {
            let context = context.takeRetainedValue()
            cthreads_name(context.name)
            context.body()
            return nil
        }
    }
}
