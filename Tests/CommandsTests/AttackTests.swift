import TestSupport
import Testing

/// A short form of `Tests/Benchmarks/attacks.py`, which `make proof` runs in full.
@Suite(
    .endToEnd, .enabled(if: Program.python != nil, "needs Python: apt-get install python3, or make test, which does"))
struct AttackTests {
    @Test("Answers that nobody reads hold up nobody else", arguments: ["metrics"])
    func attack(name: String) throws {
        // A second lies between what a busy machine makes of a millisecond and a service that lets all wait for one.
        let process = try ChildProcess(
            try #require(Program.python),
            [
                Program.repository + "/Tests/Benchmarks/attacks.py", try Program.multibox, "--attack", name,
                "--seconds", "3", "--floor", "1000", "--limit", "1000",
            ])
        defer { process.end() }
        let exit = try process.wait()
        let lines = process.output.allLines + process.errors.allLines
        #expect(exit == .status(0), "\(lines.joined(separator: "\n"))")
    }
}
