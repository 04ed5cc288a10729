import Platform

/// The files that a command is going to write, looked at before it does any work.
///
/// What lies there already stays unless `--force` says otherwise, and what the command reads stays in any case. A file
/// without bytes is nothing to keep, and pipes and devices are written to.
enum PlannedOutputs {
    /// Refuses what cannot be written or must not be.
    ///
    /// - Parameter inputs: The files that the command reads. Under whatever name, they are no outputs.
    static func check(_ outputs: [String], inputs: [String], force: Bool) throws {
        var present: [(path: String, identity: FileStatus.Identity)] = []
        for path in outputs {
            guard let status = FileStatus(path) else {
                try checkFolder(of: path)
                continue
            }
            switch status.kind {
            case .folder: throw Failure("cannot write \(path): Is a directory")
            case .blockDevice: throw Failure("cannot write \(path): Is a block device")
            case .regular: present.append((path, status.identity))
            case .stream: break
            }
        }
        guard !present.isEmpty else { return }
        let names = Dictionary(inputs.compactMap { path in FileStatus(path).map { ($0.identity, path) } }) { first, _ in
            first
        }
        for (path, identity) in present {
            if let input = names[identity] { throw refusal(path, input) }
            if identity == FileStatus(descriptor: 0)?.identity { throw refusal(path, "standard input") }
        }
        guard !force else { return }
        let kept = present.filter { FileStatus($0.path)?.size != 0 && !isStandardOutput($0.identity) }
        guard let first = kept.first?.path else { return }
        let more = kept.count == 1 ? "" : " and \(kept.count - 1) more"
        throw Failure(
            "\(first)\(more) \(kept.count == 1 ? "is" : "are") there already; --force replaces "
                + (kept.count == 1 ? "it" : "them"))
    }

    private static func refusal(_ output: String, _ input: String) -> Failure {
        .usage(
            output == input
                ? "\(output) is read, and would be written over"
                : "\(output) and \(input), which is read, are the same file")
    }

    /// `/dev/stdout`, while that is a file: what is written there goes where all else does.
    private static func isStandardOutput(_ identity: FileStatus.Identity) -> Bool {
        [1, 2].contains { FileStatus(descriptor: $0)?.identity == identity }
    }

    private static func checkFolder(of path: String) throws {
        do { try OutputFile.checkFolder(of: path) } catch { throw Failure("\(error)") }
    }
}
