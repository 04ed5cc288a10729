import Platform
import Testing

/// The name that was probably meant.
@Suite struct NearestNameTests {
    private static let names = ["person", "bicycle", "car", "cat", "dog", "MAX_QUEUE", "MAX_QUEUE_DELAY"]

    @Test(arguments: [
        ("persn", "person"), ("preson", "person"), ("PERSON", "person"), ("bycicle", "bicycle"), ("caR", "car"),
        ("dgo", "dog"), ("MAX_QUEU", "MAX_QUEUE"), ("MAX_QEUE_DELAY", "MAX_QUEUE_DELAY"), ("ca", "car"),
    ])
    func near(text: String, name: String) { #expect(text.nearest(among: Self.names) == name) }

    @Test(arguments: ["zebra", "", "x", "aeroplane", String(repeating: "person", count: 20)])
    func far(text: String) { #expect(text.nearest(among: Self.names) == nil) }

    @Test func `no names, no nearest`() { #expect("a".nearest(among: [String]()) == nil) }
}
