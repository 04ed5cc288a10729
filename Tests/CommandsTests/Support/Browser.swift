import Foundation
import TestSupport

/// Chromium, and the Python that drives it.
enum Browser {
    /// Chromium, if it is installed.
    static let chromium: String? = [
        ProcessInfo.processInfo.environment["MULTIBOX_CHROMIUM"], "/usr/bin/chromium", "/usr/local/bin/chromium",
    ].compactMap(\.self).first(where: FileManager.default.isExecutableFile)

    /// The Python of the tests, if it has playwright.
    static let python: String? = {
        guard let path = Program.testPython else { return nil }
        let trial = try? ChildProcess(path, ["-c", "import playwright.sync_api"])
        defer { trial?.end() }
        return (try? trial?.wait()) == .status(0) ? path : nil
    }()

    static var isAvailable: Bool { chromium != nil && python != nil }
}
