import Foundation

/// `MULTIBOX_FUZZER=name Fuzz [libFuzzer's options and folders]`; `Fuzz --seeds FOLDER` writes the first inputs of it,
/// `Fuzz --list` the names of all.
@main
enum Main {
    @_silgen_name("LLVMFuzzerRunDriver")
    private static func runDriver(
        _ count: UnsafeMutablePointer<CInt>,
        _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
        _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
    ) -> CInt

    static let fuzzer = ProcessInfo.processInfo.environment["MULTIBOX_FUZZER"].flatMap { Fuzzer(rawValue: $0) }

    static func main() throws {
        if CommandLine.arguments.dropFirst() == ["--list"] {
            for fuzzer in Fuzzer.allCases { print(fuzzer.rawValue) }
            return
        }
        guard let fuzzer else {
            print("MULTIBOX_FUZZER is one of: \(Fuzzer.allCases.map(\.rawValue).joined(separator: " "))")
            exit(2)
        }
        if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--seeds" {
            for (index, seed) in try Seeds.of(fuzzer).enumerated() {
                let name = "\(CommandLine.arguments[2])/seed-\(index)"
                try Data(seed).write(to: URL(fileURLWithPath: name))
            }
            return
        }
        var count = CommandLine.argc
        var arguments = CommandLine.unsafeArgv
        exit(
            runDriver(&count, &arguments) { data, size in
                Main.fuzzer?.run(Array(UnsafeBufferPointer(start: data, count: size)))
                return 0
            })
    }
}
