import Foundation
import TestSupport
import Testing

/// The map of the house in CONTRIBUTING.md is that of the package.
@Suite struct HouseMapTests {
    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: Program.repository + "/" + name, encoding: .utf8)
    }

    /// What each room imports of the others, by Package.swift. What every room may use is left out, as in the map.
    private func package() throws -> [String: Set<String>] {
        let text = try text("Package.swift")
        var rooms: [String: Set<String>] = [:]
        for match in text.matches(of: /room\(\s*"(\w+)"(?:,\s*\[(?<list>[^\]]*)\])?/) {
            let names = (match.list ?? "").matches(of: /"(\w+)"/).map { String($0.1) }
            rooms[String(match.1)] = Set(names)
        }
        let kernels = try #require(text.firstMatch(of: /\.target\(name: "(CKernels)"/))
        rooms[String(kernels.1)] = []
        let known = Set(rooms.keys).subtracting(["Platform"])
        return rooms.mapValues { $0.intersection(known) }
    }

    /// What each room imports by the map: a name at the start of a line, its arrow on that line or one below.
    private func map() throws -> [String: Set<String>] {
        let text = try text("CONTRIBUTING.md")
        let start = try #require(text.range(of: "## The map\n\n```\n")?.upperBound)
        let end = try #require(text.range(of: "\n```", range: start..<text.endIndex)?.lowerBound)
        var rooms: [String: Set<String>] = [:]
        var room: String?
        for line in text[start..<end].split(separator: "\n", omittingEmptySubsequences: false) {
            if let name = line.firstMatch(of: /^([A-Z]\w+) {2,}/)?.1 {
                room = String(name)
                rooms[String(name)] = []
            } else if !line.hasPrefix(" ") {
                room = nil
            }
            guard let room, let arrow = line.range(of: "→ ") else { continue }
            rooms[room] = Set(line[arrow.upperBound...].split(separator: ", ").map(String.init))
        }
        return rooms
    }

    @Test func `rooms and arrows are those of the package`() throws {
        var (map, package) = (try map(), try package())
        // The root may use all of them.
        #expect(map.removeValue(forKey: "Commands") == [])
        #expect(package.count > 15)
        #expect(Set(map.keys) == Set(package.keys))
        for (room, imports) in package { #expect(map[room] == imports, "\(room)") }
        package["Engine"]?.insert("HTTP")
        #expect(map["Engine"] != package["Engine"], "a test that compares nothing")
    }

    @Test func `every folder of the sources is a room`() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Program.repository + "/Sources")
            .filter { !$0.hasPrefix(".") }
        // The default model is part of ModelFiles, the page of Serving; libraries of the system are not ours.
        #expect(Set(folders).subtracting(["Libraries", "CDefaultModel", "CPage"]) == Set(try map().keys))
    }

    /// What the recipes name is there: a recipe is of no use once its files have moved.
    @Test func `what the recipes name is in the sources`() throws {
        let text = try text("CONTRIBUTING.md")
        let start = try #require(text.range(of: "## To add")?.upperBound)
        let end = try #require(text.range(of: "\n## ", range: start..<text.endIndex)?.lowerBound)
        var sources = ""
        for folder in ["Sources", "Tests"] {
            let root = Program.repository + "/" + folder
            for case let path as String in FileManager.default.enumerator(atPath: root) ?? .init() {
                sources += folder + "/" + path + "\n"
                guard path.hasSuffix(".swift") || path.hasSuffix(".h") || path.hasSuffix(".c") else { continue }
                sources += (try? String(contentsOfFile: root + "/" + path, encoding: .utf8)) ?? ""
            }
        }
        let names = text[start..<end].matches(of: /`([^`]+)`/).map { String($0.1) }
        #expect(names.count > 30)
        for name in names {
            // `A.b` is b, declared in a file or type A.
            for part in name.split(whereSeparator: { ".()_:".contains($0) && $0 != "_" || $0 == "(" }) {
                #expect(sources.contains(part), "\(name)")
            }
        }
    }
}
