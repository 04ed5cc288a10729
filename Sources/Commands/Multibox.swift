import ArgumentParser
import Foundation
import Platform

/// The root of the command line.
///
/// Exit status: 0 for success, 1 for a job that failed, 2 for wrong usage. Errors are one line on standard error. A reader of
/// standard output that goes ends the program by SIGPIPE, without a word.
@main
struct Multibox: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "multibox",
        abstract: "Object detection over HTTP, and the tools around it.",
        discussion:
            "Start with `multibox serve --model FILE`, then: curl --data-binary @photo.jpg localhost:8080/detect",
        version: "multibox \(Version.current)",
        subcommands: [
            Serve.self, Detect.self, Evaluate.self, Train.self, Report.self, Convert.self, Benchmark.self, Models.self,
            HealthCheck.self, Manual.self,
        ])

    static func main() {
        StandardDescriptors.reserve()
        // A client that has gone is no reason to die. Where it is the reader of results, we do so where we write.
        signal(SIGPIPE, SIG_IGN)
        // A file that grows beyond a limit of the system is an error to tell of, as a full disk is.
        signal(SIGXFSZ, SIG_IGN)
        do {
            do {
                var command = try parseAsRoot()
                try command.run()
            } catch  where isAnswer(error) {
                try StandardOutput.write(fullMessage(for: error) + "\n")
            }
        } catch is StandardOutput.ReaderHasGone {
            StandardOutput.endWithoutReader()
        } catch let failure as Failure {
            failure.report()
            Foundation.exit(failure.isUsage ? 2 : 1)
        } catch {
            let code = exitCode(for: error)
            let problem = usageProblem(error)
            if !problem.isEmpty { Failure(problem).report() }
            Foundation.exit(code == .validationFailure ? 2 : code.rawValue == 0 ? 1 : code.rawValue)
        }
        Foundation.exit(0)
    }

    /// What is wrong with the arguments, in a sentence that names the command whose help says more.
    private static func usageProblem(_ error: any Error) -> String {
        var sentence = message(for: error)
        while sentence.last == "\n" || sentence.last == "." { sentence.removeLast() }
        guard !sentence.isEmpty else { return "" }
        // "See 'multibox detect --help' for more information."
        let hint = fullMessage(for: error).split(separator: "\n").last { $0.contains(" --help'") }
        guard let command = hint?.split(separator: "'").dropFirst().first else { return sentence }
        return "\(sentence); see \(command)"
    }

    /// Whether it is what was asked for, help or the version, rather than an error.
    private static func isAnswer(_ error: any Error) -> Bool {
        !(error is Failure) && !(error is StandardOutput.ReaderHasGone) && exitCode(for: error) == .success
    }
}
