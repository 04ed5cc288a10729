import Metrics
import Synchronization

/// The counters of requests that a key let in, by the key's name: a series for each name of the file of keys in force and
/// one for keys without name.
///
/// A name that stays when the file is read again keeps its count; one that is gone takes its series along.
final class KeyCounters: Sendable {
    /// The label of keys without name.
    static let unnamed = "other"

    private struct State {
        var counts: [String: Int] = [:]
        /// In the order of the file.
        var names: [String] = []
        var unnamed = 0
    }

    private let state = Mutex(State())

    /// Registers `multibox_key_requests_total`.
    init(_ registry: MetricsRegistry) {
        registry.counters(
            "multibox_key_requests_total", help: "Requests that an API key let in, by the key's name.", labels: ["key"]
        ) { [weak self] in self?.rows ?? [] }
    }

    /// From now on there are these names.
    func replace(_ names: [String]) {
        state.withLock { state in
            let earlier = state.counts
            state.names = names
            state.counts = Dictionary(names.map { ($0, earlier[$0] ?? 0) }) { first, _ in first }
        }
    }

    /// Counts a request let in by the key of this name.
    func count(_ name: String?) {
        state.withLock { state in
            // A request may have come with the keys of before.
            if let name, let count = state.counts[name] {
                state.counts[name] = count + 1
            } else {
                state.unnamed += 1
            }
        }
    }

    private var rows: [(values: [String], value: Double)] {
        let state = state.withLock { $0 }
        return state.names.map { ([$0], Double(state.counts[$0] ?? 0)) } + [([Self.unnamed], Double(state.unnamed))]
    }
}
