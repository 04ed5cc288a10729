import HTTP
import Synchronization

/// The room of one connection among those that there may be, to be given back when it ends.
///
/// States: *occupied* (an event is being handled, or a request is) ⇄ *vacant* (nothing would be lost if the connection ended;
/// since when, as a rank) → *given away* to another connection, for good.
///
/// The connection moves between the first two on its loop; a listener's loop gives a vacant seat away. One atomic word
/// decides: what is given away never handles another event, and a seat under which an event is handled stays.
package final class ConnectionSeat: Sendable {
    /// What a seat is good for.
    package enum Kind: Sendable, Equatable {
        /// Any request.
        case regular
        /// One probe; whatever else is asked is told that there is no room, for this reason.
        case probe(RefusalReason)
    }

    private static let occupied: UInt64 = 0
    private static let givenAway = UInt64.max
    /// Set in the rank of a connection that was of use: it gives way after those that never were.
    private static let used: UInt64 = 1 << 63
    /// How long a connection may take for the first octet or the rest of a head before it counts as vacant, in nanoseconds:
    /// a round trip of a slow link. Beyond it `headerTimeout` still lets it be while there is room.
    package static let grace: UInt64 = 250_000_000

    /// What it is good for.
    package let kind: Kind
    /// For whom it is counted, if anybody.
    package let client: ClientNetwork?
    /// Its place in the table of its kind.
    package let number: Int
    private let state = Atomic<UInt64>(occupied)
    private let whenGivenAway = Mutex<(@Sendable () -> Void)?>(nil)

    init(_ kind: Kind, client: ClientNetwork?, number: Int) {
        self.kind = kind
        self.client = client
        self.number = number
    }

    // MARK: The connection's side

    /// An event comes; false if the seat is another's by now.
    package func occupy() -> Bool {
        let old = state.load(ordering: .relaxed)
        if old == Self.occupied { return true }
        if old == Self.givenAway { return false }
        // Nobody else makes it anything but given away.
        return state.compareExchange(expected: old, desired: Self.occupied, ordering: .relaxed).exchanged
    }

    /// An event was handled.
    package func leave(_ vacancy: ConnectionVacancy?) {
        guard let vacancy else { return }
        _ = state.compareExchange(
            expected: Self.occupied, desired: Self.rank(of: vacancy), ordering: .relaxed)
    }

    /// What is called, on any thread, when the seat is given away; at once if it is.
    package func whenGivenAway(_ action: @escaping @Sendable () -> Void) {
        whenGivenAway.withLock { $0 = action }
        if state.load(ordering: .acquiring) == Self.givenAway { tell() }
    }

    /// Lower ranks give way first: those that are done, then those that never asked or have not asked yet, by the end of
    /// their grace, then those that were of use, by the time that they are idle.
    private static func rank(of vacancy: ConnectionVacancy) -> UInt64 {
        switch vacancy {
        case .answered: 1
        case .silent(let since), .arriving(let since): max(1, min(since &+ grace, used - 1))
        case .idle(let since): min(since, used - 2) | used
        }
    }

    // MARK: The listener's side

    /// The rank in which it gives way; nil if it does not.
    package func rank(at now: UInt64, ignoringGrace: Bool) -> UInt64? {
        let rank = state.load(ordering: .relaxed)
        guard rank != Self.occupied, rank != Self.givenAway else { return nil }
        return ignoringGrace || rank & ~Self.used <= now ? rank : nil
    }

    /// Gives the seat away if its rank is still this one.
    package func giveAway(ifOf rank: UInt64) -> Bool {
        state.compareExchange(expected: rank, desired: Self.givenAway, ordering: .acquiringAndReleasing).exchanged
    }

    /// Tells the connection that its seat was given away. Once: whichever of the two sides comes second.
    package func tell() {
        let action = whenGivenAway.withLock { action in
            defer { action = nil }
            return action
        }
        action?()
    }
}
