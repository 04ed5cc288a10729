import Dispatch
import HTTP
import Metrics
import Synchronization

/// The answer to `/metrics`, made once for all who wait for it, on a queue of its own.
///
/// It costs a hundred times what a probe does, and whoever asks needs no key: made on the event loop for each request, it
/// would let one client keep the loop from everybody else. Not by a worker either: it is wanted most when all of those are
/// busy.
///
/// Invariant: while answers wait, the queue has been asked to give them.
final class MetricsPage: Sendable {
    /// What makes a difference to the bytes.
    private struct Variant: Hashable {
        let format: ExpositionFormat
        let isCompressed: Bool
    }

    private let registry: MetricsRegistry
    private let queue = DispatchQueue(label: "multibox.metrics")
    private let waiting = Mutex<[Variant: [PendingAnswer]]>([:])

    init(_ registry: MetricsRegistry) { self.registry = registry }

    /// Answers soon, with values that are read after this call.
    func give(_ answer: PendingAnswer, in format: ExpositionFormat) {
        let variant = Variant(format: format, isCompressed: answer.context.acceptsGzip)
        let isFirst = waiting.withLock { waiting in
            waiting[variant, default: []].append(answer)
            return waiting[variant]?.count == 1
        }
        guard isFirst else { return }
        queue.async { [self] in
            guard let answers = waiting.withLock({ $0.removeValue(forKey: variant) }), let first = answers.first
            else { return }
            let text = Response(contentType: format.contentType, body: Array(registry.exposition(format).utf8))
            let page = ResponseCompression.apply(to: text, first.context)
            for answer in answers { answer.finish(page) }
        }
    }
}
