/// Modules of the Python that tests use.
package enum PythonModules {
    /// Whether `Program.testPython` is there and can import modules.
    package static func has(_ modules: String...) -> Bool {
        guard let python = Program.testPython,
            let process = try? ChildProcess(python, ["-c", modules.map { "import \($0)" }.joined(separator: "\n")])
        else { return false }
        return (try? process.wait()) == .status(0)
    }
}
