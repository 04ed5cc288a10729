import Foundation
import TestSupport

/// Chromium, and the Python that drives it.
enum Browser {
    /// Chromium, if it is installed.
    static let chromium: String? = [
        ProcessInfo.processInfo.environment["MULTIBOX_CHROMIUM"], "/usr/bin/chromium", "/usr/local/bin/chromium",
    ].compactMap(\.self).first(where: FileManager.default.isExecutableFile)

    /// Where `make browser` puts Python packages.
    private static let packages = Program.repository + "/.build/browser"

    /// A Python that has playwright, with what it needs to find it: the one that `MULTIBOX_PYTHON` names, or the system's.
    static let python: (path: String, environment: [String: String])? = {
        let named = ProcessInfo.processInfo.environment["MULTIBOX_PYTHON"]
        guard let path = named ?? Program.python else { return nil }
        let environment = named == nil ? ["PYTHONPATH": packages] : [:]
        let trial = try? ChildProcess(path, ["-c", "import playwright.sync_api"], environment: environment)
        defer { trial?.end() }
        return (try? trial?.wait()) == .status(0) ? (path, environment) : nil
    }()

    static var isAvailable: Bool { chromium != nil && python != nil }
}
