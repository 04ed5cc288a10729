import Foundation

/// Standard output, where results go.
enum StandardOutput {
    /// Whether a person watches.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Writes text.
    ///
    /// - Throws: `Failure` if it cannot be written: a full disk, or a reader that has gone.
    static func write(_ text: String) throws {
        do { try FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) } catch {
            throw Failure("cannot write to standard output: \(FileReading.reason(error))")
        }
    }
}
