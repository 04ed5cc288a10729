import Detectors
import HTTP
import Synchronization

/// A request that has been handed in and is owed one answer.
///
/// Invariant: it is answered or abandoned once, at the latest when nobody holds it; whoever comes second does nothing.
final class PendingAnswer: Sendable {
    let context: RequestContext
    private let recorder: RequestRecorder
    private let ledger: RequestLedger
    private let respond: @Sendable (Response) -> Void
    private let isSettled = Atomic(false)

    init(
        _ context: RequestContext, recorder: RequestRecorder, ledger: RequestLedger,
        respond: @escaping @Sendable (Response) -> Void
    ) {
        self.context = context
        self.recorder = recorder
        self.ledger = ledger
        self.respond = respond
        ledger.begin()
    }

    /// A request that was lost inside the service is not lost to its client, nor to metrics and log.
    deinit { finish(.internalFailure) }

    /// Answers with a response.
    ///
    /// - Parameter model: the name of the model that was asked, where there are several.
    func finish(_ response: Response, stages: StageTimes? = nil, images: Int = 0, model: String? = nil) {
        settle { respond(recorder.conclude(response, context, stages: stages, images: images, model: model)) }
    }

    /// Answers with a failure.
    ///
    /// - Parameters:
    ///   - spoken: what the client speaks, where that was not known from the route.
    ///   - model: the name of the model that was asked, where there are several.
    func finish(_ error: ServiceError, images: Int = 0, spoken: ServiceProtocol? = nil, model: String? = nil) {
        settle { respond(recorder.conclude(error, context, images: images, spoken: spoken, model: model)) }
    }

    /// Gives up an answer that nobody waits for.
    func abandon(images: Int) {
        settle { recorder.recordAbandoned(context, images: images) }
    }

    private func settle(_ body: () -> Void) {
        guard !isSettled.exchange(true, ordering: .acquiringAndReleasing) else { return }
        body()
        ledger.end()
    }
}
