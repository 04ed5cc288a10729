import Foundation
import ModelFiles
import TestSupport
import Testing

/// Two thousand mutations of a file of each format, opened as commands open files, in a process for each format: each is a model
/// or is refused with a reason, takes no more memory than twice its size and 64 MiB, and no more than five seconds.
@Suite(.disabled(if: Proof.isSanitized, "the memory is the sanitizer's"))
struct MutatedFileTests {
    enum Format: String, CaseIterable, Sendable {
        case safetensors, tflite, onnx, pth, deflated, legacy, named, sidecar, zip
    }

    private static var count: Int {
        #if DEBUG
            let short = 200
        #else
            let short = 2_000
        #endif
        return Proof.count("MULTIBOX_MUTATIONS", short: short, long: 20_000)
    }

    /// The name of a file and its bytes.
    private func file(_ format: Format) throws -> (name: String, bytes: [UInt8]) {
        let torch = TorchWriter(tensors: TorchDetectors.blazeFace(isBack: false))
        switch format {
        case .safetensors: return ("a.safetensors", try ModelFile.bytes(of: EveryOperation.model(stored: true)))
        case .tflite: return ("a.tflite", QuantizedFile.file(isSigned: true))
        case .onnx: return ("a.onnx", ONNXDetectorFile.file(suppression: (0.5, 0.25)))
        case .pth: return ("a.pth", torch.archive())
        case .deflated: return ("a.pth", torch.archive(inside: "state_dict", isDeflated: true))
        case .legacy: return ("a.pth", torch.legacy())
        case .named: return ("a.safetensors", PlainSafetensors.bytes(torch.tensors))
        case .sidecar: return ("a.tflite", SidecarTests.model())
        case .zip:
            let noise = (0..<500).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 11) }
            // What changes in the times of many small files harms none of them.
            let small = (0..<200).map { ZipWriter.File("\($0)", [UInt8](repeating: UInt8($0), count: 3)) }
            var writer = ZipWriter([.init("text", [UInt8](repeating: 65, count: 9000)), .init("noise", noise)] + small)
            for index in writer.files.indices.dropFirst() { writer.files[index].isPacked = false }
            return ("a.zip", writer.archive)
        }
    }

    @Test(arguments: Format.allCases)
    func `mutations are models or typed errors, within bounds`(format: Format) throws {
        let folder = try TemporaryFolder()
        let (name, bytes) = try file(format)
        var arguments = [try folder.write(name, bytes), "\(Self.count)", "16", folder.path]
        if format == .sidecar {
            // In long names a letter more or less is another name.
            let whole = ["cat", "dog"].reduce(SidecarTests.whole) { text, label in
                text.replacing("\"\(label)\"", with: "\"" + String(repeating: "\(label) ", count: 60) + "\"")
            }
            arguments.append(try folder.write("whole.json", whole))
        }
        let process = try ChildProcess(
            try Program.built("FileMutator"), arguments, environment: ["SWIFT_BACKTRACE": "enable=no"])
        defer { process.end() }
        let exit = try process.wait()
        let output = String(decoding: try process.output.allBytes(), as: UTF8.self)
        let lines = output.split(separator: "\n")
        #expect(
            exit == .status(0), "\(format): \(exit) after \(lines.count) files; \(process.errors.allLines.suffix(3))")
        #expect(lines.count == Self.count)
        var (models, mostMemory, mostTime) = (0, 0, 0.0)
        for (index, line) in lines.enumerated() {
            let parts = line.split(separator: " ", maxSplits: 4)
            guard parts.count >= 4, let grown = Int(parts[1]), let time = Double(parts[2]), let size = Int(parts[3])
            else {
                Issue.record("\(format), \(index): \(line)")
                continue
            }
            if parts[0] == "model" { models += 1 } else { #expect(parts.count == 5, "\(line)") }
            // Of what was held before, some may be gone.
            #expect(
                (-(64 << 20)...2 * size + 64 << 20).contains(grown), "\(format), \(index): \(grown) bytes of \(size)")
            #expect(time < 5e6, "\(format), \(index): \(time) µs")
            (mostMemory, mostTime) = (max(mostMemory, grown), max(mostTime, time))
        }
        print(
            "\(format.rawValue): \(models) of \(lines.count) are models; at most \(mostMemory >> 10) KiB, \(Int(mostTime)) µs"
        )
        #expect((Self.count / 50...Self.count * 49 / 50).contains(models), "\(models) of \(Self.count) are models")
    }
}
