/// A string of a JSON text as it was written: its escapes are proven and not yet resolved.
///
/// The longest strings are photos, and a copy of one for the sake of a `\/` in it would double what a request holds. So it
/// is read piece by piece, and copied whole only where it is short.
package struct JSONString: Sendable {
    private let written: ArraySlice<UInt8>
    private let hasEscapes: Bool

    /// A string that is written as its own bytes.
    package init(_ bytes: ArraySlice<UInt8>) {
        written = bytes
        hasEscapes = false
    }

    init(written: ArraySlice<UInt8>, hasEscapes: Bool) {
        self.written = written
        self.hasEscapes = hasEscapes
    }

    /// The most bytes that it can stand for: as many as it was written with.
    package var maximumCount: Int { written.count }

    /// The bytes of a piece that is lent where escapes had to be resolved.
    private static let pieceBytes = 4096

    /// Lends the bytes that it stands for in order: where they lie, or with escapes resolved in pieces of a few thousand.
    /// `body` says whether it wants more.
    package func forEachPiece(_ body: (UnsafeBufferPointer<UInt8>) -> Bool) {
        written.withUnsafeBufferPointer { bytes in
            guard hasEscapes else {
                _ = body(bytes)
                return
            }
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.pieceBytes) { piece in
                var position = 0
                while position < bytes.count {
                    let count = Self.resolve(bytes, &position, into: piece)
                    // The reader has proven all escapes: this is the end.
                    guard count > 0, body(UnsafeBufferPointer(rebasing: piece[..<count])) else { return }
                }
            }
        }
    }

    /// Fills a piece with what follows `position`, as far as it goes; returns how many bytes that are.
    private static func resolve(
        _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, into piece: UnsafeMutableBufferPointer<UInt8>
    ) -> Int {
        var count = 0
        // A character takes four bytes at most.
        while position < bytes.count, count + 4 <= piece.count {
            if bytes[position] != UInt8(ascii: "\\") {
                let run = PlainRun.end(bytes, from: position, atMost: piece.count - count) - position
                for offset in 0..<run { piece[count + offset] = bytes[position + offset] }
                position += run
                count += run
                continue
            }
            guard let escape = try? JSONEscape(bytes, at: position) else { return count }
            position = escape.end
            for byte in UTF8.encode(escape.scalar) ?? UTF8.encodedReplacementCharacter {
                piece[count] = byte
                count += 1
            }
        }
        return count
    }

    /// Its first bytes, at most `count`.
    package func prefix(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(count, maximumCount))
        forEachPiece { piece in
            bytes.append(contentsOf: piece.prefix(count - bytes.count))
            return bytes.count < count
        }
        return bytes
    }

    /// It as text; nil where it is not UTF-8.
    package var text: String? {
        hasEscapes
            ? String(validating: prefix(maximumCount), as: UTF8.self) : String(validating: written, as: UTF8.self)
    }
}

extension JSONString: Equatable {
    /// Whether both stand for the same bytes, however they are written.
    package static func == (a: JSONString, b: JSONString) -> Bool {
        a.prefix(a.maximumCount) == b.prefix(b.maximumCount)
    }
}
