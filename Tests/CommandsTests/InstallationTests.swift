import Foundation
import TestSupport
import Testing

/// `make install` and `make uninstall`, in a folder that stands for the root of a system.
@Suite(.endToEnd, .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/make"), "needs make"))
struct InstallationTests {
    private let folder: TemporaryFolder
    /// A name with a blank, as people have.
    private var root: String { folder.path + "/a root" }

    init() throws { folder = try TemporaryFolder() }

    private func make(_ arguments: String...) throws -> String {
        let process = try ChildProcess(
            "/usr/bin/make",
            ["-C", Program.repository, "--no-print-directory", "BINARY=\(try Program.multibox)", "DESTDIR=\(root)"]
                + arguments)
        defer { process.end() }
        let exit = try process.wait()
        let errors = String(decoding: try process.errors.allBytes(), as: UTF8.self)
        #expect(exit == .status(0), "\(arguments): \(errors)")
        return errors
    }

    /// The files below the root, with their permissions in octal.
    private func files() throws -> [String: String] {
        var files: [String: String] = [:]
        for case let name as String in FileManager.default.enumerator(atPath: root) ?? .init() {
            let attributes = try FileManager.default.attributesOfItem(atPath: root + "/" + name)
            guard attributes[.type] as? FileAttributeType == .typeRegular else { continue }
            files["/" + name] = String((attributes[.posixPermissions] as? Int) ?? 0, radix: 8)
        }
        return files
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: root + path, encoding: .utf8) }

    @Test("Program, page and completions are where a system looks for them, and go again")
    func program() throws {
        _ = try make("install", "PREFIX=/opt/m")
        #expect(
            try files() == [
                "/opt/m/bin/multibox": "755", "/opt/m/share/man/man1/multibox.1": "644",
                "/opt/m/share/bash-completion/completions/multibox": "644",
                "/opt/m/share/zsh/site-functions/_multibox": "644",
                "/opt/m/share/fish/vendor_completions.d/multibox.fish": "644",
            ])
        #expect(
            FileManager.default.contentsEqual(atPath: root + "/opt/m/bin/multibox", andPath: try Program.multibox))
        #expect(try text("/opt/m/share/man/man1/multibox.1").hasPrefix(".TH MULTIBOX 1 "))
        #expect(try text("/opt/m/share/zsh/site-functions/_multibox").hasPrefix("#compdef multibox"))
        _ = try make("uninstall", "PREFIX=/opt/m")
        #expect(try files().isEmpty)
    }

    @Test("The service is that of the prefix, and settings that are there stay")
    func service() throws {
        _ = try make("install-service")
        let names = ["/usr/local/lib/systemd/system/multibox.service", "/usr/local/lib/systemd/system/multibox.socket"]
        #expect(Set(try files().keys) == Set(names + ["/etc/multibox/multibox.yaml"]))
        let unit = try text(names[0])
        #expect(unit.contains("\nExecStart=/usr/local/bin/multibox serve --config /etc/multibox/multibox.yaml\n"))
        #expect(FileManager.default.fileExists(atPath: root + "/var/lib/multibox"))
        // What it ships is what the program takes.
        let run = try CommandRun(["serve", "--print-config", "--config", root + "/etc/multibox/multibox.yaml"])
        #expect(run.exit == .status(0) && run.lines.contains("drain-delay: 0ms  # file"), "\(run.errors)")
        try folder.write("a root/etc/multibox/multibox.yaml", "threshold: 0.3\n")
        _ = try make("install-service")
        #expect(try text("/etc/multibox/multibox.yaml") == "threshold: 0.3\n")
        #expect(try make("uninstall").contains("/etc/multibox/multibox.yaml stays"))
        #expect(Set(try files().keys) == ["/etc/multibox/multibox.yaml"])
    }

    @Test("Each setting that the shipped file names in a comment is one of the program")
    func commentedSettings() throws {
        let shipped = try String(
            contentsOfFile: Program.repository + "/Deploy/systemd/multibox.yaml", encoding: .utf8)
        let names = shipped.matches(of: /(?m)^# ([a-z-]+): (.+)$/).map { "\($0.1): \($0.2)" }
        #expect(names.count >= 6)
        let file = try folder.write("all.yaml", names.joined(separator: "\n") + "\n")
        let run = try CommandRun(["serve", "--print-config", "--config", file])
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect(run.lines.count { $0.hasSuffix("# file") } == names.count)
    }

    @Test(
        "systemd understands the units",
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze"), "needs systemd-analyze"))
    func units() throws {
        // A unit whose program is there.
        _ = try make("install-service", "PREFIX=/usr")
        let folder = root + "/usr/lib/systemd/system"
        let unit = try text("/usr/lib/systemd/system/multibox.service")
            .replacing("/usr/bin/multibox", with: try Program.multibox).replacing(
                "Documentation=man:multibox(1)\n", with: "")
        try Data(unit.utf8).write(to: URL(fileURLWithPath: folder + "/multibox.service"))
        let socket = try text("/usr/lib/systemd/system/multibox.socket")
            .replacing("Documentation=man:multibox(1)\n", with: "")
        try Data(socket.utf8).write(to: URL(fileURLWithPath: folder + "/multibox.socket"))
        let process = try ChildProcess(
            "/usr/bin/systemd-analyze",
            ["verify", "--man=no", folder + "/multibox.service", folder + "/multibox.socket"])
        defer { process.end() }
        _ = try process.wait()
        let said = String(decoding: try process.errors.allBytes(), as: UTF8.self)
        // What it says of other units of the machine is not about ours.
        #expect(!said.contains("multibox"), "\(said)")
    }
}
