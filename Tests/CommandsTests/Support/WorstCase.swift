import TestSupport
import Foundation
import Testing

/// A request of `Tests/WorstCases`: the most work or memory for its bytes that we could think of.
struct WorstCase {
    /// Bytes and how often they come.
    private struct Part {
        var piece: [UInt8]
        var times: Int
    }

    let name: String
    /// Pixels that it claims to hold.
    let pixels: Int
    /// The right answers; none where any will do that is no failure of the service.
    let statuses: [Int]
    /// Whether it is in the short form too.
    let isQuick: Bool
    private let parts: [Part]

    /// Makes the corpus with the script that is its source.
    static func corpus(in folder: TemporaryFolder) throws -> [WorstCase] {
        let manifest = folder.path + "/worst-cases.jsonl"
        let script = Program.repository + "/Tests/WorstCases/make_corpus.py"
        let python = try ChildProcess(try #require(Program.python), ["-B", script, manifest])
        defer { python.end() }
        let exit = try python.wait()
        guard exit == .status(0) else { throw Unexpected("\(script): \(exit) \(python.errors.allLines)") }
        return try folder.bytes("worst-cases.jsonl").split(separator: 0x0A).map { try WorstCase(Data($0)) }
    }

    private init(_ line: Data) throws {
        let object = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
        name = try #require(object["name"] as? String)
        pixels = try #require(object["pixels"] as? Int)
        statuses = try #require(object["statuses"] as? [Int])
        isQuick = try #require(object["quick"] as? Bool)
        parts = try #require(object["parts"] as? [[Any]]).map { pair in
            let text = try #require(pair.first as? String)
            return Part(
                piece: [UInt8](try #require(Data(base64Encoded: text))), times: try #require(pair.last as? Int))
        }
    }

    /// The whole request.
    var bytes: [UInt8] {
        let count = parts.reduce(0) { $0 + $1.piece.count * $1.times }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            for part in parts {
                for _ in 0..<part.times {
                    let room = UnsafeMutableBufferPointer(rebasing: buffer[initialized...])
                    initialized += room.initialize(fromContentsOf: part.piece)
                }
            }
        }
    }
}
