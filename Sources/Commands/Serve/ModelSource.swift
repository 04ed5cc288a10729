import ModelFiles
import Platform

/// Where a model is that is served under a name, and what its files were when somebody looked.
struct ModelSource: Sendable {
    /// What requests call it.
    let name: String
    /// What `ModelArguments` reads.
    let text: String
    /// The files that the model is made of: as long as they are the same, it is.
    let stamp: [FileStatus.Version?]

    init(name: String, text: String, path: String?) {
        self.name = name
        self.text = text
        guard let path else {
            stamp = []
            return
        }
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let files = [path, Sidecar.path(besideModelAt: path)] + ModelFolder.labelFiles.map { folder + $0 }
        stamp = files.map { FileStatus($0)?.version }
    }
}
