import Foundation
import TestSupport
import Testing

/// `multibox train --resume`: after a kill, with more epochs, and where there is nothing to go on from.
@Suite(.endToEnd)
struct TrainResumeTests: TrainsOnDrawnPhotos {
    let folder: TemporaryFolder

    init() throws { folder = try Self.drawnFolder() }

    @Test("Killed five times at moments of its own, a run that resumes ends with the same bytes")
    func killed() throws {
        // A detector is called after its folder.
        for name in ["whole/.keep", "parts/.keep"] { try folder.write(name, "") }
        let whole = try CommandRun(arguments("whole/run", epochs: 6))
        #expect(whole.exit == .status(0), "\(whole.errors)")
        var kills = 0
        for attempt in 0..<40 {
            // As a script does that begins a run or goes on with it.
            let isBegun = FileManager.default.fileExists(atPath: folder.path + "/parts/run/checkpoint.safetensors")
            let more = isBegun ? ["--resume"] : []
            let process = try ChildProcess(try Program.multibox, arguments("parts/run", epochs: 6, more: more))
            defer { process.end() }
            if kills < 5 {
                // Once metrics show that it got further, by a number of steps that differs from time to time.
                let steps = linesOfMetrics + 1 + attempt % 3
                while linesOfMetrics < steps, !process.hasEnded { usleep(500) }
                process.send(SIGKILL)
                if try process.wait() == .signal(Int(SIGKILL)) { kills += 1 }
            } else {
                #expect(try process.wait() == .status(0))
                break
            }
        }
        #expect(kills == 5)
        for name in ["best.safetensors", "last.safetensors", "checkpoint.safetensors"] {
            #expect(try bytes("parts/run/" + name) == bytes("whole/run/" + name), "\(name)")
        }
    }

    private var linesOfMetrics: Int { (try? bytes("parts/run/metrics.jsonl").count { $0 == 0x0A }) ?? 0 }

    /// Some minutes, by `make proof`.
    @Test(
        "Killed once, a run of any architecture ends with the same bytes",
        .enabled(if: Proof.isWanted, "runs by make proof"),
        arguments: [
            "small-ssd300", "mobilenetv1-ssd300", "ssdlite-mobilenetv2", "ssdlite-mobilenetv2-0.5",
            "ssdlite-mobilenetv2-fpn",
            "ssdlite320-mobilenetv3", "ssd300-vgg16", "ssd512-vgg16",
        ])
    func killedOfAnyArchitecture(architecture: String) throws {
        for name in ["whole/.keep", "parts/.keep"] { try folder.write(name, "") }
        let more = ["--architecture", architecture, "--learning-rate", "0.0001", "--quantization-aware", "1"]
        let whole = try CommandRun(arguments("whole/run", epochs: 2, more: more))
        #expect(whole.exit == .status(0), "\(whole.errors)")
        let process = try ChildProcess(try Program.multibox, arguments("parts/run", epochs: 2, more: more))
        defer { process.end() }
        while linesOfMetrics < 2, !process.hasEnded { usleep(500) }
        process.send(SIGKILL)
        #expect(try process.wait() == .signal(Int(SIGKILL)))
        let rest = try CommandRun(arguments("parts/run", epochs: 2, more: more + ["--resume"]))
        #expect(rest.exit == .status(0), "\(rest.errors)")
        for name in ["best.safetensors", "best-int8.safetensors", "last.safetensors", "checkpoint.safetensors"] {
            #expect(try bytes("parts/run/" + name) == bytes("whole/run/" + name), "\(name)")
        }
    }

    @Test("A run can be gone on with from its beginning, and not before")
    func nothingToResume() throws {
        let run = try CommandRun(arguments("r", more: ["--resume"]))
        #expect(run.exit == .status(1) && run.errorLines.count == 1, "\(run.errors)")
        #expect(run.errors.contains("\(folder.path)/r/checkpoint.safetensors to go on from"))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/r"))
        // What a run leaves that was killed before its first checkpoint stands in nobody's way.
        try folder.write("d/.keep", "")
        #expect(try CommandRun(arguments("d/r", epochs: 1)).exit == .status(0))
        try FileManager.default.createDirectory(atPath: folder.path + "/r", withIntermediateDirectories: true)
        try folder.write("r/settings.json", try bytes("d/r/settings.json"))
        try folder.write("r/metrics.jsonl", "{\"step\":0,\"loss\":1}\n{\"st")
        #expect(try CommandRun(arguments("r", epochs: 1)).exit == .status(0))
        #expect(try bytes("r/last.safetensors") == bytes("d/r/last.safetensors"))
    }

    @Test("More epochs than a run began with, and what that means for the learning rate")
    func extended() throws {
        try folder.write("parts/.keep", "")
        #expect(try CommandRun(arguments("parts/run", epochs: 2)).exit == .status(0))
        // Other settings are refused as ever, and fewer epochs.
        for (change, words) in [(["--seed", "9"], "seed 1, not 9"), (["--epochs", "1"], "epochs 2, not 1")] {
            let refused = try CommandRun(arguments("parts/run", epochs: 2, more: ["--resume"] + change))
            #expect(refused.exit == .status(1) && refused.errors.contains(words), "\(refused.errors)")
        }
        let run = try CommandRun(arguments("parts/run", epochs: 3, more: ["--resume"]))
        #expect(run.exit == .status(0) && run.errors.contains("goes on after step 4"), "\(run.errors)")
        #expect(run.errors.contains("goes on to 3 epochs, with the learning rate that a run of 3 has from step 5 on"))
        #expect(run.errors.contains("the result differs from that of 3 epochs from the start"))
        // Six steps, and evaluations after the fourth and the last.
        #expect(linesOfMetrics == 8)
        // Without a number, it is what the run has.
        var unnamed = arguments("parts/run", epochs: 3, more: ["--resume"])
        let number = try #require(unnamed.firstIndex(of: "--epochs"))
        unnamed.removeSubrange(number...number + 1)
        let again = try CommandRun(unnamed)
        #expect(again.exit == .status(0) && again.errors.contains("goes on after step 6"), "\(again.errors)")
    }

    @Test("A run that was stopped before the rate fell is made longer as if it had been so from the start")
    func extendedInTime() throws {
        try folder.write("parts/.keep", "")
        let more = ["--schedule", "step", "--warm-up", "0"]
        let process = try ChildProcess(try Program.multibox, arguments("parts/run", epochs: 60, more: more))
        defer { process.end() }
        while linesOfMetrics < 2, !process.hasEnded { usleep(500) }
        process.send(SIGINT)
        #expect(try process.wait() == .status(1))
        // Of 120 steps the rate would have fallen at 80.
        try #require(linesOfMetrics < 60)
        let longer = try ChildProcess(
            try Program.multibox, arguments("parts/run", epochs: 61, more: more + ["--resume"]))
        defer { longer.end() }
        let line = try longer.errors.line { $0.contains("goes on to") ? $0 : nil }
        #expect(line == "goes on to 61 epochs, as a run of 61 from the start would")
    }
}
