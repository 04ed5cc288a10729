import HTTP

/// What an event loop calls, always on its queue.
protocol EventHandler: AnyObject {
    /// The descriptor was found ready at this time.
    func ready(_ events: Readiness, at now: Moment)
    /// The turn has come that was asked for with `EventLoop.askTurn`.
    func takeTurn(at now: Moment)
    /// The earliest time (`Moment.nanoseconds`) at which `timePassed` has something to do; `UInt64.max` for never.
    var deadline: UInt64 { get }
    /// The deadline has passed.
    func timePassed(at now: Moment)
}

extension EventHandler {
    /// For those that never ask.
    func takeTurn(at now: Moment) {}
}
