import ArgumentParser
import Datasets
import Foundation
import ModelFiles

/// What shells offer as values, beside words and files of any kind.
extension CompletionKind {
    /// Model files, and the folders that they may lie in.
    static let modelFile = CompletionKind.file(extensions: ["safetensors", "onnx", "tflite", "pth", "pt"])

    /// Photos, and folders of them.
    static let photos = CompletionKind.file(
        extensions: ["jpg", "jpeg", "png", "webp", "JPG", "JPEG", "PNG", "WEBP"])

    /// Folders, and the YAML file of one in YOLO's layout.
    static let datasetFolder = CompletionKind.file(extensions: ["yaml", "yml"])

    /// The parts of the dataset that `--data` names on the same line.
    static let splits = CompletionKind.custom { words, _, _ in
        guard let folder = CommandWords(words).value(of: ["--data"]), let dataset = try? DatasetFolder(folder) else {
            return []
        }
        return dataset.splits
    }

    /// The classes of the model that the line names, each behind those that the word has already.
    static let classNames = CompletionKind.custom { words, _, prefix in
        let line = CommandWords(words)
        let model = try? ModelArguments.load(line.value(of: ["--model", "-m"]), labels: line.value(of: ["--labels"]))
        guard let model else { return [] }
        let given = prefix.lastIndex(of: ",").map { prefix[...$0] } ?? ""
        let chosen = Set(given.split(separator: ",").map { $0.lowercased() })
        return model.labels.names.compactMap { $0 }.filter { !chosen.contains($0.lowercased()) }.map { given + $0 }
    }
}
