import Platform

/// What a call on a non-blocking descriptor came to.
enum SystemOutcome {
    /// It returned this.
    case value(Int)
    /// It would have had to wait.
    case wouldBlock
}

/// The one place that looks at `errno`.
enum SystemCall {
    /// Makes a call until no signal interrupts it; -1 becomes an error that names `call`.
    @inline(__always)
    static func attempt(_ call: StaticString, _ body: () -> Int) throws(TransportError) -> SystemOutcome {
        while true {
            let result = body()
            if result >= 0 { return .value(result) }
            switch errno {
            case EINTR: continue
            case EAGAIN, EWOULDBLOCK: return .wouldBlock
            case let number: throw .system(call: call.description, errno: number)
            }
        }
    }

    /// A call that never has to wait.
    @discardableResult
    static func immediate(_ call: StaticString, _ body: () -> CInt) throws(TransportError) -> CInt {
        switch try attempt(call, { Int(body()) }) {
        case .value(let value): return CInt(truncatingIfNeeded: value)
        case .wouldBlock: throw .system(call: call.description, errno: EAGAIN)
        }
    }
}
