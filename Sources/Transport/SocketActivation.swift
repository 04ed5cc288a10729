/// Sockets that a supervisor opened before it started this process, as systemd does (sd_listen_fds(3)).
public enum SocketActivation {
    /// The first descriptor that is handed over.
    public static let firstDescriptor: Int32 = 3
    /// The most that are taken.
    public static let maximumCount: Int32 = 64

    /// What the environment says makes no sense.
    public enum Malformed: Error, Hashable, Sendable, CustomStringConvertible {
        /// A variable that is no decimal number of the right size.
        case variable(name: String, value: String)

        /// One sentence for the operator.
        public var description: String {
            switch self {
            case .variable(let name, let value): "the environment variable \(name) is not a valid number: \(value)"
            }
        }
    }

    /// The descriptors that were handed to the process with this identifier: none where `LISTEN_PID` names another one,
    /// whose environment was passed on.
    public static func descriptors(
        environment: [String: String], processIdentifier: Int32
    ) throws(Malformed) -> Range<Int32> {
        let none = firstDescriptor..<firstDescriptor
        guard let process = environment["LISTEN_PID"] else { return none }
        guard let number = number(process), number > 0 else { throw .variable(name: "LISTEN_PID", value: process) }
        guard number == processIdentifier, let text = environment["LISTEN_FDS"] else { return none }
        guard let count = Self.number(text), count <= maximumCount else {
            throw .variable(name: "LISTEN_FDS", value: text)
        }
        return firstDescriptor..<firstDescriptor + count
    }

    /// Digits only; `Int32("+3")` would be 3.
    private static func number(_ text: String) -> Int32? {
        guard (1...10).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int32(text)
    }
}
