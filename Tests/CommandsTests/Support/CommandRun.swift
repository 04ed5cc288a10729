import Foundation
import TestSupport
import Testing

/// A run of `multibox` from start to end.
struct CommandRun {
    let exit: ChildProcess.Exit
    let output: [UInt8]
    let errors: String

    init(_ arguments: [String], environment: [String: String] = [:], input: String = "/dev/null") throws {
        try self.init(try ChildProcess(try Program.multibox, arguments, environment: environment, input: input))
    }

    /// A shell script, in which `"$0" "$@"` is a run of the program.
    init(shell script: String, _ arguments: [String]) throws {
        try self.init(try ChildProcess("/bin/sh", ["-c", script, try Program.multibox] + arguments))
    }

    /// A shell script.
    init(shell script: String, environment: [String: String]) throws {
        try self.init(try ChildProcess("/bin/sh", ["-c", script], environment: environment))
    }

    private init(_ process: ChildProcess) throws {
        defer { process.end() }
        exit = try process.wait()
        output = try process.output.allBytes()
        errors = String(decoding: try process.errors.allBytes(), as: UTF8.self)
    }

    var text: String { String(decoding: output, as: UTF8.self) }

    var lines: [String] { text.split(separator: "\n").map(String.init) }

    var errorLines: [String] { errors.split(separator: "\n").map(String.init) }

    /// The output as one JSON object.
    var object: [String: Any] {
        get throws { try #require(try JSONSerialization.jsonObject(with: Data(output)) as? [String: Any]) }
    }
}
