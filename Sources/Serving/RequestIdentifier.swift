import Platform
import Synchronization

/// The identifiers of requests (`X-Request-Id`).
package enum RequestIdentifier {
    /// The longest that is echoed, in bytes.
    package static let maximumLength = 128

    /// What the client sent, where it is one value of letters, digits and `-._:/+=@` that can go to any log as it is;
    /// otherwise 128 random bits in hexadecimal.
    package static func choose(sent: [String]) -> String {
        if sent.count == 1, isValid(sent[0]) { return sent[0] }
        return generate()
    }

    static func isValid(_ text: String) -> Bool {
        guard (1...maximumLength).contains(text.utf8.count) else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"):
                true
            // - . _ : / + = @
            case 0x2D, 0x2E, 0x5F, 0x3A, 0x2F, 0x2B, 0x3D, 0x40: true
            default: false
            }
        }
    }

    /// A system call for each identifier would cost as much as to read the request, so the system's randomness is asked
    /// once, for two seeds. Each half then counts from its seed and is mixed by a bijection: no two identifiers of a process
    /// are the same, and 128 random bits keep those of two processes apart. They name requests; they guard nothing.
    static func generate() -> String {
        let count = count.wrappingAdd(1, ordering: .relaxed).oldValue
        return String(unsafeUninitializedCapacity: 32) { buffer in
            Hexadecimal.write(SplitMix64.mix(seeds.0 &+ count &* SplitMix64.increment), to: buffer, at: 0)
            Hexadecimal.write(SplitMix64.mix(seeds.1 &+ count &* SplitMix64.increment), to: buffer, at: 16)
            return 32
        }
    }

    private static let seeds = (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max))
    private static let count = Atomic<UInt64>(0)
}
