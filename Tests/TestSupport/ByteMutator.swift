/// Changes files in the ways that break readers: bits, bytes at their extremes, lengths that are huge, negative or lead back,
/// parts that are cut off, repeated or moved.
package struct ByteMutator {
    private var random: SeededGenerator

    package init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// Numbers as lengths and offsets have them, in the order of their bytes in files.
    private static let words: [[UInt8]] = [
        [0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0x80], [0, 0, 0, 0], [1, 0, 0, 0],
        [0, 0, 0, 0x40],
        [0xFC, 0xFF, 0xFF, 0xFF], [0, 0, 1, 0], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0, 0, 0, 0, 0x40],
        // Protocol buffers' numbers of variable length.
        [0xFF, 0xFF, 0xFF, 0xFF, 0x07], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
        [0x80, 0x80, 0x80, 0x80],
        // JSON's.
        Array("99999999".utf8), Array("-1".utf8), Array("1e999".utf8), Array("[[[[[[[[".utf8),
    ]

    /// A file that differs from `original`, which has bytes.
    package mutating func mutation(of original: [UInt8]) -> [UInt8] {
        precondition(!original.isEmpty, "there is something to change")
        while true {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty { mutate(&bytes) }
            if bytes != original { return bytes }
        }
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        let place = place(in: bytes)
        switch Int.random(in: 0..<12, using: &random) {
        case 0...2: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 3...4: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 5: bytes[place] = [0, 0xFF, 0x7F, 0x80].randomElement(using: &random) ?? 0
        case 6: bytes[place] &+= Bool.random(using: &random) ? 1 : 255
        case 7...8:
            let word = Self.words.randomElement(using: &random) ?? []
            bytes.replaceSubrange(place..<min(place + word.count, bytes.count), with: word)
        case 9: bytes.removeLast(bytes.count - place)
        case 10:
            let count = min(Int.random(in: 1...64, using: &random), bytes.count - place)
            bytes.insert(contentsOf: bytes[place..<place + count], at: self.place(in: bytes))
        default:
            let count = min(Int.random(in: 1...64, using: &random), bytes.count - place)
            let other = min(self.place(in: bytes), bytes.count - count)
            bytes.replaceSubrange(other..<other + count, with: Array(bytes[place..<place + count]))
        }
    }

    /// A place: structure lies at the start or the end of most files, weights between.
    private mutating func place(in bytes: [UInt8]) -> Int {
        let edge = min(bytes.count, 4096)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: return Int.random(in: 0..<edge, using: &random)
        case 1: return bytes.count - 1 - Int.random(in: 0..<edge, using: &random)
        default: return Int.random(in: 0..<bytes.count, using: &random)
        }
    }
}
