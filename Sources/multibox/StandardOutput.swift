import Foundation
import MultiBox

/// Standard output, where results go.
enum StandardOutput {
    /// Whether a person watches.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Writes a report for people: what it quotes of files and names cannot act on a terminal.
    static func show(_ report: String) throws { try write(report.printableLines) }

    /// Writes text as it is, for programs.
    ///
    /// - Throws: `Failure` if it cannot be written: a full disk, or a reader that has gone.
    static func write(_ text: String) throws {
        do { try FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) } catch {
            throw Failure("cannot write to standard output: \(FileReading.reason(error))")
        }
    }
}
