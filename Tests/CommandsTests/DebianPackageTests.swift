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
    /// Seconds that one of these takes at the most, on a machine with much else to do.
    private static let patience = 1200

    init() throws { folder = try TemporaryFolder() }

    private func run(
        _ program: String, _ arguments: [String], _ environment: [String: String] = [:],
        atMost seconds: Int = Self.patience
    ) throws -> String {
        let process = try ChildProcess(program, arguments, environment: environment)
        defer { process.end() }
        let exit = try process.wait(atMost: seconds)
        let errors = String(decoding: try process.errors.allBytes(), as: UTF8.self)
        #expect(exit == .status(0), "\(program) \(arguments): \(errors)")
        return String(decoding: try process.output.allBytes(), as: UTF8.self)
    }

    /// The Swift libraries of a program that is linked to them are in no package.
    private static let environment = ["SHLIBDEPS": "--ignore-missing-info", "SOURCE_DATE_EPOCH": "1780000000"]

    /// `make deb` with the program under test; the package, and what make said.
    private func makePackage(_ environment: [String: String]) throws -> (package: String, said: String) {
        let out = folder.path + "/out"
        let said = try run(
            "/usr/bin/make",
            [
                "-C", Program.repository, "--no-print-directory", "deb", "PACKAGED=\(try Program.multibox)",
                "DEB_FOLDER=\(out)",
            ], Self.environment.merging(environment) { $1 })
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: out).first)
        return (out + "/" + name, said)
    }

    @Test("It has its files, their permissions, its dependencies and its settings")
    func package() throws {
        let (package, said) = try makePackage(["MAINTAINER": "A Tester <tester@example.org>"])
        let name = URL(fileURLWithPath: package).lastPathComponent
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
            ("./usr/share/lintian/overrides/multibox", "-rw-r--r--"),
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

    @Test("Who builds it is its maintainer; what is no maintainer is refused")
    func maintainer() throws {
        // By Debian's variables, with letters that mean something to sed and to a shell.
        let named = try makePackage(["DEBFULLNAME": #"Jo & \1 /Söhne"#, "DEBEMAIL": "jo@example.org"]).package
        #expect(
            try run("/usr/bin/dpkg-deb", ["--field", named, "Maintainer"]) == "Jo & \\1 /Söhne <jo@example.org>\n")
        for wrong in ["nobody", "A <a>", "A B a@example.org", "A, B <a@example.org>", "A <a@example.org>\nDepends: x"] {
            let refused = try CommandRun(
                shell: "'\(Program.repository)/Deploy/debian/build' '\(try Program.multibox)' '\(folder.path)/no'",
                environment: Self.environment.merging(["MAINTAINER": wrong]) { $1 })
            #expect(refused.exit == .status(1) && refused.errors.contains("no maintainer: '"), "\(refused.errors)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/no").isEmpty)
    }

    /// Whether another Debian can be made beside this one: by root, with debootstrap, from Debian's mirror.
    private static let canBootstrap: Bool = {
        guard getuid() == 0, FileManager.default.isExecutableFile(atPath: "/usr/sbin/debootstrap") else { return false }
        let mirror = "http://deb.debian.org/debian/dists/stable/Release"
        let look = try? CommandRun(
            shell: "curl --silent --fail --head --max-time 10 \(mirror) >/dev/null", environment: [:])
        return look?.exit == .status(0)
    }()
    /// Minutes, most of them debootstrap's, by `make proof`.
    @Test(
        "It is installed in a Debian of its own, serves there, is upgraded and leaves nothing",
        .enabled(if: Proof.isWanted, "runs by make proof"),
        .enabled(if: canBootstrap, "needs root, debootstrap and Debian's mirror"))
    func installation() throws {
        let (package, _) = try makePackage(["MAINTAINER": "A Tester <tester@example.org>"])
        // The Swift runtime that the program was linked to, unless that is in it.
        let libraries = try run("/usr/bin/ldd", [try Program.multibox])
        let runtime = libraries.firstMatch(of: /libswiftCore\.so => (.*)\/libswiftCore\.so/).map { String($0.output.1) }
        let said = try run(
            Program.repository + "/Tests/Packaging/install.sh", [package], ["RUNTIME": runtime ?? ""])
        #expect(said.hasSuffix("the package is good\n"))
    }
}
