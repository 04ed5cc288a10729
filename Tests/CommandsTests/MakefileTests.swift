import TestSupport
import Foundation
import Testing

/// `make test-dependencies` with an apt-get that only says what it would do.
@Suite(.endToEnd, .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/make"), "needs make"))
struct MakefileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A run on a machine that has none of the tools. `aptGet` is a script that may count its calls in the file `calls`.
    private func install(aptGet: String) throws -> (exit: ChildProcess.Exit, calls: [String], errors: String) {
        let calls = folder.path + "/calls"
        try folder.write("bin/apt-get", "#!/bin/bash\necho \"$*\" >>\(calls)\nn=$(grep -c . \(calls))\n\(aptGet)\n")
        try folder.write("bin/id", "#!/bin/bash\necho 0\n")
        for name in ["swift", "pkg-config"] { try folder.write("bin/\(name)", "#!/bin/bash\nexit 0\n") }
        for name in ["env", "sleep", "grep"] {
            try FileManager.default.createSymbolicLink(
                atPath: folder.path + "/bin/\(name)", withDestinationPath: "/usr/bin/\(name)")
        }
        for name in ["apt-get", "id", "swift", "pkg-config"] {
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: folder.path + "/bin/\(name)")
        }
        let process = try ChildProcess(
            "/usr/bin/make", ["-C", Program.repository, "test-dependencies", "APT_PAUSE=0"],
            environment: ["PATH": folder.path + "/bin"])
        defer { process.end() }
        let exit = try process.wait()
        let lines = String(decoding: try folder.bytes("calls"), as: UTF8.self).split(separator: "\n").map(String.init)
        return (exit, lines, String(decoding: try process.errors.allBytes(), as: UTF8.self))
    }

    @Test("What tests use is installed, with patience where another process holds a lock")
    func patience() throws {
        let run = try install(
            aptGet: """
                case $n in
                1|2) echo "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7" >&2; exit 100 ;;
                4) echo "E: Unable to lock directory /var/cache/apt/archives/" >&2; exit 100 ;;
                esac
                """)
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect(run.calls.map { $0.contains(" update") } == [true, true, true, false, false])
        #expect(run.calls.allSatisfy { $0.contains("DPkg::Lock::Timeout=300") })
        let installed = try #require(run.calls.last)
        for package in ["curl", "openssl", "python3"] { #expect(installed.contains(" " + package), "\(installed)") }
    }

    @Test("What has another reason is told at once")
    func failure() throws {
        let run = try install(aptGet: "echo 'E: no network' >&2; exit 100")
        #expect(run.exit == .status(2))
        #expect(run.calls.count == 1)
        #expect(run.errors.contains("E: no network") && run.errors.contains("could not install:"), "\(run.errors)")
    }
}
