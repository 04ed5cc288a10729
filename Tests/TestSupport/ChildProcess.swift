import Foundation
import Synchronization

/// A process that a test started.
///
/// `@unchecked Sendable`: the exit status is touched with the condition locked, the rest is constant.
package final class ChildProcess: @unchecked Sendable {
    /// How a process ended.
    package enum Exit: Equatable, Sendable {
        case status(Int)
        case signal(Int)
    }

    /// What it writes to standard output.
    package let output: LineCapture
    /// What it writes to standard error.
    package let errors: LineCapture
    package let identifier: pid_t
    private let condition = NSCondition()
    private var exit: Exit?

    /// Starts a program with a small environment of its own and, as standard input, a file.
    package init(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], input: String = "/dev/null"
    ) throws {
        let (outputs, errorOutputs) = (try Self.pipe(), try Self.pipe())
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input, O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, outputs[1], STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, errorOutputs[1], STDERR_FILENO)
        // The threads of tests block signals, which a process inherits.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var environment = environment
        environment["PATH"] = environment["PATH"] ?? ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        environment["LD_LIBRARY_PATH"] = ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"]
        let argumentPointers = ([program] + arguments).map { strdup($0) } + [nil]
        let environmentPointers = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argumentPointers + environmentPointers { free(pointer) } }
        var identifier: pid_t = 0
        let status = Self.starting.withLock { _ in
            posix_spawn(&identifier, program, &actions, &attributes, argumentPointers, environmentPointers)
        }
        close(outputs[1])
        close(errorOutputs[1])
        output = LineCapture(outputs[0])
        errors = LineCapture(errorOutputs[0])
        self.identifier = identifier
        guard status == 0 else { throw Unexpected("cannot start \(program): \(String(cString: strerror(status)))") }
        Thread.detachNewThread { [self] in reap() }
    }

    /// Held while a process is started and while a pipe is made that it must not keep open.
    private static let starting = Mutex(())

    private static func pipe() throws -> [CInt] {
        var ends: [CInt] = [-1, -1]
        let status = starting.withLock { _ in
            guard Foundation.pipe(&ends) == 0 else { return errno }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            return 0
        }
        guard status == 0 else { throw Unexpected("pipe: \(String(cString: strerror(status)))") }
        return ends
    }

    private func reap() {
        // Waits without taking the process away, so that `send` never reaches another one of the same number.
        var information = siginfo_t()
        while waitid(P_PID, id_t(identifier), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        condition.withLock {
            var status: CInt = 0
            waitpid(identifier, &status, 0)
            exit = status & 0x7F == 0 ? .status(Int(status >> 8) & 0xFF) : .signal(Int(status & 0x7F))
            condition.broadcast()
        }
    }

    /// Whether it has ended.
    package var hasEnded: Bool { condition.withLock { exit != nil } }

    /// Sends a signal, if the process has not ended.
    package func send(_ signal: CInt) { condition.withLock { if exit == nil { kill(identifier, signal) } } }

    /// Waits for the end, for so many seconds.
    package func wait(atMost seconds: Int = Patience.seconds) throws -> Exit {
        let end = Date(timeIntervalSinceNow: TimeInterval(seconds))
        return try condition.withLock {
            while true {
                if let exit { return exit }
                guard condition.wait(until: end) else {
                    throw Unexpected("a process does not end; its last lines: \(output.allLines.suffix(5))")
                }
            }
        }
    }

    /// Ends it, whatever it does.
    package func end() {
        send(SIGKILL)
        _ = try? wait()
    }
}
