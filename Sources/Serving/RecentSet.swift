import Synchronization

/// The elements that were added or asked for last: at least `capacity` of them, at most twice as many.
///
/// Two generations: what is added or found belongs to the young one; when that is full it becomes the old one, whose
/// elements are forgotten.
package final class RecentSet<Element: Hashable & Sendable>: Sendable {
    private struct State {
        var young: Set<Element> = []
        var old: Set<Element> = []
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// A set that forgets nothing of the last `capacity` elements.
    package init(capacity: Int) {
        precondition(capacity > 0)
        self.capacity = capacity
    }

    /// Adds an element, or makes it one of the last again.
    package func insert(_ element: Element) {
        state.withLock { insert(element, into: &$0) }
    }

    /// Whether an element is there, which makes it one of the last again.
    package func contains(_ element: Element) -> Bool {
        state.withLock { state in
            if state.young.contains(element) { return true }
            guard state.old.contains(element) else { return false }
            insert(element, into: &state)
            return true
        }
    }

    /// The elements that are there.
    package var count: Int { state.withLock { $0.young.union($0.old).count } }

    private func insert(_ element: Element, into state: inout State) {
        if state.young.count >= capacity, !state.young.contains(element) {
            state.old = state.young
            state.young = []
        }
        state.young.insert(element)
    }
}
