import CEpoll

/// What a descriptor is ready for, or what is waited for.
struct Readiness: OptionSet {
    let rawValue: UInt32

    /// There is input, or its end.
    static let input = Readiness(rawValue: UInt32(EPOLLIN.rawValue))
    /// There is room for output.
    static let output = Readiness(rawValue: UInt32(EPOLLOUT.rawValue))
    /// Both sides have ended, or the connection failed. Told whether or not it is waited for.
    static let hangUp = Readiness(rawValue: UInt32(EPOLLHUP.rawValue) | UInt32(EPOLLERR.rawValue))
}
