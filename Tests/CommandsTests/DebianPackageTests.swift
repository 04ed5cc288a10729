import Foundation
import TestSupport
import Testing

/// `make deb` with the program under test: what is in the package, and what it says of itself. That it can be installed and
/// started is tried by Tests/Packaging/install.sh.
@Suite(
    .endToEnd,
    .enabled(
        if: ["make", "dpkg-deb", "dpkg-shlibdeps", "strip", "dpkg"].allSatisfy {
            FileManager.default.isExecutableFile(atPath: "/usr/bin/" + $0)
        }, "needs Debian's dpkg-dev and binutils"))
struct DebianPackageTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ program: String, _ arguments: [String], _ environment: [String: String] = [:]) throws -> String {
        let process = try ChildProcess(program, arguments, environment: environment)
        defer { process.end() }
        let exit = try process.wait()
        let errors = String(decoding: try process.errors.allBytes(), as: UTF8.self)
        #expect(exit == .status(0), "\(program) \(arguments): \(errors)")
        return String(decoding: try process.output.allBytes(), as: UTF8.self)
    }

    @Test("It has its files, their permissions, its dependencies and its settings")
    func package() throws {
        // The Swift libraries of a program that is linked to them are in no package.
        let said = try run(
            "/usr/bin/make",
            [
                "-C", Program.repository, "--no-print-directory", "deb", "PACKAGED=\(try Program.multibox)",
                "DEB_FOLDER=\(folder.path)/out",
            ],
            [
                "SHLIBDEPS": "--ignore-missing-info", "MAINTAINER": "A Tester <tester@example.org>",
                "SOURCE_DATE_EPOCH": "1780000000",
            ])
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/out").first)
        let package = folder.path + "/out/" + name
        #expect(said.contains(package))
        let architecture = try run("/usr/bin/dpkg", ["--print-architecture"]).split(separator: "\n").joined()
        let version = try CommandRun(["--version"]).text.split(separator: " ").last.map { $0.split(separator: "\n")[0] }
        #expect(name == "multibox_\(version ?? "")-1_\(architecture).deb")

        func field(_ name: String) throws -> String {
            try run("/usr/bin/dpkg-deb", ["--field", package, name]).split(separator: "\n").joined(separator: "\n")
        }
        #expect(try field("Package") == "multibox" && field("Architecture") == architecture)
        #expect(try field("Maintainer") == "A Tester <tester@example.org>")
        #expect(try Int(field("Installed-Size")) ?? 0 > 1000)
        let depends = try field("Depends")
        for library in ["libc6 (>= ", "libssl3", "libpng16-16", "libwebp7", "zlib1g"] {
            #expect(depends.contains(library), "\(depends)")
        }
        #expect(try field("Description").hasPrefix("object detection over HTTP\n"))

        let listing = try run("/usr/bin/dpkg-deb", ["--contents", package]).split(separator: "\n")
        var permissions: [String: String] = [:]
        for line in listing {
            let parts = line.split(separator: " ", omittingEmptySubsequences: true)
            #expect(parts[1] == "root/root", "\(line)")
            permissions[String(parts[5])] = String(parts[0])
        }
        for (path, expected) in [
            ("./usr/bin/multibox", "-rwxr-xr-x"), ("./etc/multibox/multibox.yaml", "-rw-r--r--"),
            ("./lib/systemd/system/multibox.service", "-rw-r--r--"),
            ("./lib/systemd/system/multibox.socket", "-rw-r--r--"),
            ("./usr/share/man/man1/multibox.1.gz", "-rw-r--r--"),
            ("./usr/share/bash-completion/completions/multibox", "-rw-r--r--"),
            ("./usr/share/zsh/vendor-completions/_multibox", "-rw-r--r--"),
            ("./usr/share/fish/vendor_completions.d/multibox.fish", "-rw-r--r--"),
            ("./usr/share/doc/multibox/copyright", "-rw-r--r--"),
            ("./usr/share/doc/multibox/changelog.gz", "-rw-r--r--"),
            ("./var/lib/multibox/", "drwxr-xr-x"),
        ] { #expect(permissions[path] == expected, "\(path)") }

        let tree = folder.path + "/tree"
        _ = try run("/usr/bin/dpkg-deb", ["--raw-extract", package, tree])
        #expect(
            try String(contentsOfFile: tree + "/DEBIAN/conffiles", encoding: .utf8) == "/etc/multibox/multibox.yaml\n")
        let checked = try run("/bin/sh", ["-c", "cd \"$0\" && md5sum --check DEBIAN/md5sums", tree])
        #expect(checked.split(separator: "\n").count >= 9 && !checked.contains("FAILED"))
        for script in ["postinst", "prerm", "postrm"] { _ = try run("/bin/sh", ["-n", tree + "/DEBIAN/" + script]) }
        // Without its symbols it is the program still.
        #expect(try run(tree + "/usr/bin/multibox", ["--version"]) == CommandRun(["--version"]).text)
        let license = try String(contentsOfFile: tree + "/usr/share/doc/multibox/copyright", encoding: .utf8)
        #expect(license.contains("License: Expat"))
    }
}
