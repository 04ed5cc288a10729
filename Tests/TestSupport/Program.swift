import Foundation

/// Programs that tests start.
package enum Program {
    /// The binary under test: built beside the tests, or what `MULTIBOX_BINARY` names.
    package static var multibox: String {
        get throws {
            if let path = ProcessInfo.processInfo.environment["MULTIBOX_BINARY"] { return path }
            let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            let paths = [tests.path, repository + "/.build/release"].map { $0 + "/multibox" }
            guard let path = paths.first(where: FileManager.default.isExecutableFile) else {
                throw Unexpected("the binary under test is not built; looked for \(paths.joined(separator: " and "))")
            }
            return path
        }
    }

    /// curl, if it is installed.
    package static let curl: String? = ["/usr/bin/curl", "/usr/local/bin/curl"].first(
        where: FileManager.default.isExecutableFile)

    /// Python, if it is installed.
    package static let python: String? = ["/usr/bin/python3", "/usr/local/bin/python3"].first(
        where: FileManager.default.isExecutableFile)

    /// Debian's HAProxy, if it is installed.
    package static let haproxy: String? = ["/usr/sbin/haproxy", "/usr/local/sbin/haproxy", "/usr/bin/haproxy"]
        .first(where: FileManager.default.isExecutableFile)

    /// The root of the repository.
    package static let repository = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..")
        .standardizedFileURL
        .path
}
