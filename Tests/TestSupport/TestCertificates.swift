import Foundation

/// Certificates made for one run of the tests by the `openssl` command, in a folder that goes with this value.
public final class TestCertificates: Sendable {
    /// Whether there is an `openssl` command to make them with.
    public static let isAvailable = FileManager.default.isExecutableFile(atPath: command)
    private static let command = "/usr/bin/openssl"

    /// The command did not do what it was asked to.
    public struct Failure: Error {
        /// What it said.
        public let output: String
    }

    /// Where everything lies.
    public let folder: String

    /// An authority `ca`, and what it has signed: `server` for localhost and 127.0.0.1, and `client`. Each is a
    /// certificate `.pem` and a key `.key`, on the curve P-256.
    public init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/mb-tls-\(UInt64.random(in: 0...UInt64.max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try makeAuthority("ca")
        try sign("server", by: "ca", names: "DNS:localhost,IP:127.0.0.1")
        try sign("client", by: "ca")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// The path of a file in the folder.
    public func path(_ name: String) -> String { folder + "/" + name }

    /// Makes an authority that has signed itself.
    public func makeAuthority(_ name: String) throws {
        try run(Self.request(name) + ["-subj", "/CN=multibox test authority \(name)"])
    }

    /// Makes a certificate that an authority has signed.
    public func sign(_ name: String, by authority: String, names: String = "DNS:localhost,IP:127.0.0.1") throws {
        try run(
            Self.request(name) + [
                "-CA", "\(authority).pem", "-CAkey", "\(authority).key", "-subj", "/CN=\(name)", "-addext",
                "basicConstraints=critical,CA:FALSE", "-addext", "subjectAltName=\(names)",
            ])
    }

    private static func request(_ name: String) -> [String] {
        [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout",
            "\(name).key", "-out", "\(name).pem",
        ]
    }

    /// Runs `openssl` in the folder, with `input` to read; returns what it says.
    @discardableResult
    public func run(_ arguments: [String], input: String = "", mayFail: Bool = false) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.command)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        let (standardInput, output) = (Pipe(), Pipe())
        process.standardInput = standardInput
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard mayFail || process.terminationStatus == 0 else { throw Failure(output: text) }
        return text
    }
}
