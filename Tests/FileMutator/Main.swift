import Archives
import CMalloc
import Engine
import Foundation
import ModelFiles
import MultiBox
import TestSupport

/// `FileMutator FILE COUNT SEED FOLDER [SIDECAR]`: changes a model's file, or the sidecar that belongs to it, COUNT times in ways
/// that the seed decides, puts each into the folder and opens it as commands do. A line of each says whether it is a model or is
/// refused, by how many bytes the memory that the system holds for the process rose meanwhile, how many microseconds it took,
/// the size of what was opened, and why it is refused.
///
/// A process of its own, so that what it takes is what opening takes. The last file stays where it is when the process dies.
@main
enum Main {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard (5...6).contains(arguments.count), let count = Int(arguments[2]), let seed = UInt64(arguments[3]) else {
            print("FileMutator FILE COUNT SEED FOLDER [SIDECAR]")
            exit(2)
        }
        let file = URL(fileURLWithPath: arguments[1])
        let model = URL(fileURLWithPath: arguments[4] + "/mutated." + file.pathExtension)
        let bytes = [UInt8](try Data(contentsOf: file))
        let sidecar = arguments.count == 6 ? [UInt8](try Data(contentsOf: URL(fileURLWithPath: arguments[5]))) : nil
        if sidecar != nil { try Data(bytes).write(to: model) }
        let path = sidecar == nil ? model.path : arguments[4] + "/mutated.json"
        var mutator = ByteMutator(seed: seed)
        for _ in 0..<count {
            let mutated = mutator.mutation(of: sidecar ?? bytes)
            try Data(mutated).write(to: URL(fileURLWithPath: path))
            let size = mutated.count + (sidecar == nil ? 0 : bytes.count)
            let before = PeakMemory.begin()
            let clock = ContinuousClock()
            let start = clock.now
            let refusal = open(model.path)
            let time = start.duration(to: clock.now)
            let grown = PeakMemory.peak() - before
            print(refusal == nil ? "model" : "refused", grown, time / .microseconds(1), size, refusal?.printable ?? "")
            fflush(nil)
        }
    }

    /// Opens a file; why it is refused, if it is.
    private static func open(_ path: String) -> String? {
        guard path.hasSuffix(".zip") else {
            do throws(ModelFileError) {
                let model = try ModelFile.load(path: path)
                // As `models info` does, which tells what it would take to run it.
                _ = try? InferenceEngine.memory(of: model, configuration: EngineConfiguration())
                return nil
            } catch { return error.description }
        }
        guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: path)) else { return "it cannot be read" }
        do throws(ZipError) {
            let archive = try ZipArchive([UInt8](bytes))
            for name in archive.names { _ = try archive.file(name, limit: 1 << 20) }
            _ = try archive.uncompressed(maximumGrowth: 32 << 20)
            return nil
        } catch { return error.description }
    }
}

/// The memory that the system holds for this process, in bytes, by Linux's procfs.
private enum PeakMemory {
    /// What it holds now that freed memory is given back; from here on its peak is watched.
    static func begin() -> Int {
        cmalloc_trim()
        // The peak begins anew (proc_pid_clear_refs(5)).
        guard let file = fopen("/proc/self/clear_refs", "w") else { return .min / 2 }
        fputs("5", file)
        return fclose(file) == 0 ? number("VmRSS:") : .min / 2
    }

    /// The most that it held since.
    static func peak() -> Int { number("VmHWM:") }

    private static func number(_ name: String) -> Int {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
            let kibibytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
        else { return .min / 2 }
        return kibibytes << 10
    }
}
