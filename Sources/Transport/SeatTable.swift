/// Who sits where: the connections that a server has, by the limits on all of them and on those of one client.
///
/// Beyond a limit a connection that is vacant gives way; where none is, the newcomer gets one of a few seats that are good for
/// a probe only, so that supervisors see a crowded service live and others are told that it is.
///
/// Invariants: a seat is at `number` in the list of its kind from `take` until `leave` or until it is given away; counts are
/// those of the lists.
package struct SeatTable {
    /// What a newcomer got.
    package struct Placement {
        package let seat: ConnectionSeat
        /// Whose seat it was: to be told, outside of any lock.
        package let from: ConnectionSeat?
    }

    /// Seats of one kind.
    private struct Room {
        let capacity: Int
        var seats: [ConnectionSeat?] = []
        var free: [Int] = []
        var count = 0
        /// Where the next search begins.
        var cursor = 0

        /// The most seats that are looked at to find one that gives way: a sample where there are more, so that a search
        /// costs microseconds however many there are.
        static let searched = 4096

        mutating func place(_ kind: ConnectionSeat.Kind, _ client: ClientNetwork?) -> ConnectionSeat? {
            guard count < capacity else { return nil }
            count += 1
            let number: Int
            if let last = free.popLast() {
                number = last
            } else {
                number = seats.count
                seats.append(nil)
            }
            let seat = ConnectionSeat(kind, client: client, number: number)
            seats[number] = seat
            return seat
        }

        mutating func remove(_ seat: ConnectionSeat) -> Bool {
            guard seats[seat.number] === seat else { return false }
            seats[seat.number] = nil
            free.append(seat.number)
            count -= 1
            return true
        }

        /// The seat of the lowest rank, of one client if that is given; it is given away.
        mutating func vacated(
            at now: UInt64, of client: ClientNetwork? = nil, ignoringGrace: Bool
        ) -> ConnectionSeat? {
            // A seat may be occupied between the search and the exchange; what is found next is as good.
            for _ in 0..<3 {
                var found: (seat: ConnectionSeat, rank: UInt64)?
                for step in 0..<min(seats.count, Self.searched) {
                    var index = cursor + step
                    if index >= seats.count { index -= seats.count }
                    guard let seat = seats[index], client == nil || seat.client == client,
                        let rank = seat.rank(at: now, ignoringGrace: ignoringGrace)
                    else { continue }
                    if found.map({ rank < $0.rank }) ?? true { found = (seat, rank) }
                }
                guard let found else { return nil }
                if found.seat.giveAway(ifOf: found.rank) {
                    cursor = (found.seat.number + 1) % seats.count
                    return found.seat
                }
            }
            return nil
        }
    }

    private let maximumPerClient: Int?
    private var regular: Room
    private var probes: Room
    /// Only those that have connections.
    private var connectionsOf: [ClientNetwork: Int] = [:]

    /// A table without connections.
    ///
    /// - Parameter perClient: the most regular seats of one client; nil for no limit of its own.
    package init(regular: Int, perClient: Int?, probes: Int) {
        maximumPerClient = perClient
        self.regular = Room(capacity: regular)
        self.probes = Room(capacity: probes)
    }

    /// How many connections there are.
    package var count: Int { regular.count + probes.count }

    /// A seat for a connection of a client, nil for one that is not counted by itself; or why there is none.
    package mutating func take(for client: ClientNetwork?, at now: UInt64) -> Result<Placement, RefusalReason> {
        let client = maximumPerClient == nil ? nil : client
        var from: ConnectionSeat?
        var reason: RefusalReason?
        if let client, let maximumPerClient, connectionsOf[client, default: 0] >= maximumPerClient {
            // Whoever has all the seats that one may have can only harm itself by asking for more.
            from = regular.vacated(at: now, of: client, ignoringGrace: true)
            if from == nil { reason = .clientLimit }
        } else if regular.count >= regular.capacity {
            from = regular.vacated(at: now, ignoringGrace: false)
            if from == nil { reason = .limit }
        }
        if let from { remove(from) }
        if reason == nil, let seat = regular.place(.regular, client) {
            if let client { connectionsOf[client, default: 0] += 1 }
            return .success(Placement(seat: seat, from: from))
        }
        return takeProbeSeat(reason ?? .limit, at: now)
    }

    private mutating func takeProbeSeat(_ reason: RefusalReason, at now: UInt64) -> Result<Placement, RefusalReason> {
        var from: ConnectionSeat?
        if probes.count >= probes.capacity {
            from = probes.vacated(at: now, ignoringGrace: true)
            if let from { _ = probes.remove(from) }
        }
        guard let seat = probes.place(.probe(reason), nil) else { return .failure(reason) }
        return .success(Placement(seat: seat, from: from))
    }

    /// A connection has ended; without effect if its seat was given away.
    package mutating func leave(_ seat: ConnectionSeat) {
        switch seat.kind {
        case .regular: remove(seat)
        case .probe: _ = probes.remove(seat)
        }
    }

    private mutating func remove(_ seat: ConnectionSeat) {
        guard regular.remove(seat), let client = seat.client, let count = connectionsOf[client] else { return }
        connectionsOf[client] = count > 1 ? count - 1 : nil
    }
}
