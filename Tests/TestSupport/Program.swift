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

    /// A program of the tests, built beside them.
    package static func built(_ name: String) throws -> String {
        let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let path = tests.path + "/" + name
        guard FileManager.default.isExecutableFile(atPath: path) else { throw Unexpected("\(path) is not built") }
        return path
    }

    /// curl, if it is installed.
    package static let curl: String? = ["/usr/bin/curl", "/usr/local/bin/curl"].first(
        where: FileManager.default.isExecutableFile)

    /// Python, if it is installed.
    package static let python: String? = ["/usr/bin/python3", "/usr/local/bin/python3"].first(
        where: FileManager.default.isExecutableFile)

    /// Python with what `Tests/requirements.txt` lists: what `make test` has installed, or what `MULTIBOX_TEST_PYTHON` names.
    package static let testPython: String? = [
        ProcessInfo.processInfo.environment["MULTIBOX_TEST_PYTHON"], repository + "/.build/python/bin/python3",
    ].compactMap(\.self).first(where: FileManager.default.isExecutableFile)

    /// Why a test was skipped that needs it.
    package static let testPythonAbsence = "needs the packages of Tests/requirements.txt: make test-python"

    /// Node, if it is installed.
    package static let node: String? = ["/usr/bin/node", "/usr/local/bin/node"].first(
        where: FileManager.default.isExecutableFile)

    /// Chromium, if it is installed.
    package static let chromium: String? = [
        "/usr/bin/chromium", "/usr/local/bin/chromium", "/usr/bin/chromium-browser",
    ]
    .first(where: FileManager.default.isExecutableFile)

    /// jq, if it is installed.
    package static let jq: String? = ["/usr/bin/jq", "/usr/local/bin/jq"].first(
        where: FileManager.default.isExecutableFile)

    /// Debian's HAProxy, if it is installed.
    package static let haproxy: String? = ["/usr/sbin/haproxy", "/usr/local/sbin/haproxy", "/usr/bin/haproxy"]
        .first(where: FileManager.default.isExecutableFile)

    /// The root of the repository.
    package static let repository = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..")
        .standardizedFileURL
        .path
}
