import ArgumentParser
import Foundation

/// The root of the command line.
///
/// Exit status: 0 for success, 1 for a job that failed, 2 for wrong usage. Errors are one line on standard error.
@main
struct Multibox: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "multibox",
        abstract: "Object detection over HTTP, and the tools around it.",
        discussion:
            "Start with `multibox serve --model FILE`, then: curl --data-binary @photo.jpg localhost:8080/detect",
        version: "multibox \(Version.current)",
        subcommands: [
            Serve.self, Detect.self, Evaluate.self, Train.self, Convert.self, Benchmark.self, Models.self,
        ])

    static func main() {
        // A reader that has gone (`multibox detect … | head`) is an error to report where we write, not a reason to die.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let failure as Failure {
            failure.report()
            Foundation.exit(failure.isUsage ? 2 : 1)
        } catch {
            let code = exitCode(for: error)
            if code == .success {
                print(fullMessage(for: error))
                Foundation.exit(0)
            }
            StandardError.write(fullMessage(for: error) + "\n")
            Foundation.exit(code == .validationFailure ? 2 : code.rawValue == 0 ? 1 : code.rawValue)
        }
    }
}
