import Foundation
import MultiBox
import Platform

/// Standard output, where results go.
enum StandardOutput {
    /// Nobody reads any more, as behind `| head`. That is no failure to tell of: whoever left knows.
    struct ReaderHasGone: Error {}

    /// Whether a person watches.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Writes a report for people: what it quotes of files and names cannot act on a terminal.
    static func show(_ report: String) throws { try write(report.printableLines) }

    /// Writes text as it is, for programs.
    ///
    /// - Throws: `Failure` if it cannot be written, as on a full disk; `ReaderHasGone`.
    static func write(_ text: String) throws {
        guard let number = DescriptorOutput.write(text.utf8, to: STDOUT_FILENO) else { return }
        if number == EPIPE { throw ReaderHasGone() }
        throw Failure("cannot write to standard output: \(String(cString: strerror(number)))")
    }

    /// Ends the process as `grep` and most others end whose reader has gone: by SIGPIPE, which a shell calls 141.
    static func endWithoutReader() -> Never {
        signal(SIGPIPE, SIG_DFL)
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGPIPE)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        raise(SIGPIPE)
        exit(128 + SIGPIPE)
    }
}
