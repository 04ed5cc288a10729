import Foundation

/// Modules of the Python that tests use: `MULTIBOX_PYTHON`, or the system's.
package enum PythonModules {
    /// The interpreter, if there is one.
    package static let python: String? = ProcessInfo.processInfo.environment["MULTIBOX_PYTHON"] ?? Program.python

    /// Whether modules can be imported.
    package static func has(_ modules: String...) -> Bool {
        guard let python,
            let process = try? ChildProcess(python, ["-c", modules.map { "import \($0)" }.joined(separator: "\n")])
        else { return false }
        return (try? process.wait()) == .status(0)
    }

    /// Why a test was skipped, for the test report.
    package static func absence(_ module: String) -> String {
        "needs Python with \(module) (set MULTIBOX_PYTHON to say which)"
    }
}
