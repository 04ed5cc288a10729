import HTTP

/// Answers one request, from any thread.
///
/// A responder that is let go of unanswered answers 500, as the configuration's `refusal` says it: no client waits for an
/// answer that cannot come.
public final class Responder: Sendable {
    private let pending: PendingRequest

    init(_ pending: PendingRequest) { self.pending = pending }

    deinit { pending.answerAsDropped() }

    /// Answers the request. False, and without effect, if it has been answered, or if the client has gone.
    @discardableResult
    public func respond(_ response: Response) -> Bool { pending.answer(response) }

    /// Whether the client has gone: the work for this request may be dropped.
    public var isCancelled: Bool { pending.isCancelled }

    /// Calls `action` once when the client goes before the answer, at once if it has gone already. It runs on the
    /// connection's event loop and must be short.
    public func onCancel(_ action: @escaping @Sendable () -> Void) { pending.whenCancelled(action) }
}
