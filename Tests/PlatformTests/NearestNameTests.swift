import Platform
import Testing

/// Which name is meant.
struct NearestNameTests {
    private static let names = ["max-queue", "max-queued-bytes", "max-queue-delay", "port", "host", "max-scans"]

    @Test(arguments: [
        ("max-queu", "max-queue"), ("maxqueue", "max-queue"), ("max-qeue", "max-queue"), ("prot", "port"),
        ("hosts", "host"), ("max-queued-byte", "max-queued-bytes"), ("max_queue_delay", "max-queue-delay"),
        ("Port", "port"), ("max-scan", "max-scans"), ("port", "port"), ("MAX_QUEU", "max-queue"),
    ]) func `a few changes away`(text: String, name: String) {
        #expect(NearestName.among(Self.names, to: text) == name)
    }

    @Test(arguments: ["", "colour", "something", "x", String(repeating: "max-queue", count: 100)])
    func `too far away`(text: String) { #expect(NearestName.among(Self.names, to: text) == nil) }

    @Test func `of several as near the first`() {
        #expect(NearestName.among(["ab", "ac"], to: "ad") == "ab")
        #expect(NearestName.among([], to: "ad") == nil)
    }
}
