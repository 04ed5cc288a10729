import Foundation
import TestSupport
import Testing

/// What shells complete, asked of bash and fish themselves.
@Suite(.endToEnd)
struct CompletionTests {
    private let folder: TemporaryFolder

    /// A folder with a model, photos and others, and a dataset.
    init() throws {
        folder = try TemporaryFolder()
        for name in ["m.safetensors", "m.tflite", "photo.jpg", "photo.PNG", "notes.txt", "c.yaml", "page.html"] {
            try folder.write("work/" + name, "x")
        }
        try folder.write("work/sub/inner.jpg", "x")
        for split in ["train", "val"] {
            try folder.write("work/voc/ImageSets/Main/\(split).txt", "a\n")
        }
        try folder.write("work/voc/Annotations/a.xml", "<annotation/>")
    }

    private static let shells = ["bash", "zsh", "fish"].compactMap { name in
        ["/usr/bin/", "/bin/", "/usr/local/bin/"].map { $0 + name }
            .first(where: FileManager.default.isExecutableFile).map { (name: name, path: $0) }
    }

    private static func path(_ shell: String) -> String? { shells.first { $0.name == shell }?.path }

    private func script(_ shell: String) throws -> String {
        let run = try CommandRun(["--generate-completion-script", shell])
        #expect(run.exit == .status(0) && run.output.count > 10_000)
        return try folder.write("completions.\(shell)", run.text)
    }

    private func lines(_ program: String, _ arguments: [String]) throws -> [String] {
        // The program is found by its name, as by somebody who installed it.
        let bin = folder.path + "/bin"
        try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
        try? FileManager.default.createSymbolicLink(
            atPath: bin + "/multibox", withDestinationPath: try Program.multibox)
        let process = try ChildProcess(
            program, arguments, environment: ["PATH": bin + ":/usr/bin:/bin", "HOME": folder.path])
        defer { process.end() }
        #expect(try process.wait() == .status(0))
        #expect(try process.errors.allBytes().isEmpty, "\(process.errors.allLines)")
        return String(decoding: try process.output.allBytes(), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Words on the line, of which the last is to be completed, and what is offered.
    private static let cases: [(line: String, offers: [String])] = [
        ("multibox de", ["detect"]),
        ("multibox detect --format ", ["csv", "json", "jsonl", "text"]),
        ("multibox detect --format j", ["json", "jsonl"]),
        ("multibox detect p", ["photo.PNG", "photo.jpg"]),
        ("multibox detect n", []),
        ("multibox detect -m m", ["m.safetensors", "m.tflite"]),
        ("multibox detect --classes ho", ["horse"]),
        ("multibox detect --classes DOG,h", ["DOG,horse"]),
        ("multibox detect --classes dog,ho", ["dog,horse"]),
        ("multibox evaluate --data voc --split ", ["train", "val"]),
        ("multibox train --data voc --validation-split v", ["val"]),
        ("multibox train --output s", ["sub"]),
        ("multibox train --architecture small", ["small-ssd300"]),
        ("multibox serve --log-format ", ["auto", "json", "quiet", "text"]),
        ("multibox serve --config c", ["c.yaml"]),
        ("multibox serve --print-s", []),
        ("multibox report -o p", ["page.html"]),
        ("multibox models in", ["info"]),
        ("multibox hea", ["healthcheck"]),
        ("multibox healthcheck --config c", ["c.yaml"]),
    ]

    @Test("Bash offers the right words and files", .enabled(if: Self.path("bash") != nil, "needs bash"))
    func bash() throws {
        let complete = """
            cd "$1"
            source "$2"
            while IFS= read -r COMP_LINE; do
                read -ra COMP_WORDS <<<"$COMP_LINE"
                [[ $COMP_LINE = *' ' ]] && COMP_WORDS+=('')
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_POINT=${#COMP_LINE} COMPREPLY=()
                _multibox multibox "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
                for word in "${COMPREPLY[@]}"; do printf '%s=%s\\n' "$COMP_LINE" "${word% }"; done
            done <"$3"
            """
        let asked = try folder.write("lines", Self.cases.map(\.line).joined(separator: "\n") + "\n")
        let offered = try lines(
            try #require(Self.path("bash")), ["-c", complete, "bash", folder.path + "/work", try script("bash"), asked])
        for (line, expected) in Self.cases {
            let words = offered.filter { $0.hasPrefix(line + "=") }.map { String($0.dropFirst(line.count + 1)) }
            #expect(words.sorted() == expected, "\(line)")
        }
    }

    @Test("Fish offers the same", .enabled(if: Self.path("fish") != nil, "needs fish"))
    func fish() throws {
        let complete = """
            cd $argv[1]
            source $argv[2]
            while read -l line
                for offer in (complete -C "$line")
                    echo "$line="(string split -f 1 \\t -- $offer)
                end
            end <$argv[3]
            """
        // What the program itself is asked for, fish knows by the line that somebody types, which there is on a terminal alone.
        let cases = Self.cases.filter { !$0.line.contains("--classes") && !$0.line.contains("split ") }
        let asked = try folder.write("lines", cases.map(\.line).joined(separator: "\n") + "\n")
        let offered = try lines(
            try #require(Self.path("fish")),
            ["--no-config", "-c", complete, folder.path + "/work", try script("fish"), asked])
        for (line, expected) in cases where !expected.isEmpty {
            let words = offered.filter { $0.hasPrefix(line + "=") }.map { String($0.dropFirst(line.count + 1)) }
            // It marks folders, and offers to match within words where nothing begins so.
            let begun = words.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
            #expect(Set(expected).isSubset(of: begun), "\(line): \(words)")
            #expect(!begun.contains("notes.txt"), "\(line): \(words)")
        }
    }

    @Test("Each shell can read its script", arguments: shells.map(\.name))
    func syntax(shell: String) throws {
        let said = try lines(try #require(Self.path(shell)), ["-n", try script(shell)])
        #expect(said.isEmpty)
    }
}
