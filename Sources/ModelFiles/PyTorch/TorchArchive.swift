import Archives

/// The tensors of a dictionary that `torch.save` wrote: a zip archive of a pickle and its storages, or before PyTorch 1.6
/// a chain of pickles with the storages behind them. Their pickles are read as data, never executed.
package struct TorchArchive: TensorFile {
    /// The format's name for people.
    package static let format = "PyTorch"
    /// The most tensors.
    static let maximumTensors = 1 << 14

    /// What deflated members may come to beyond the size of the archive, in bytes: well-trained weights hardly shrink, and those
    /// of a new network, which are zeros, are few.
    static let maximumGrowth = 32 << 20

    /// The float tensors by name.
    package let tensors: [String: TorchTensor]

    /// The file or, of an archive with compressed members, these as they are uncompressed.
    package let bytes: [UInt8]

    /// The magic number that the older format's first pickle holds.
    private static let legacyStart: [UInt8] = [
        0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]

    /// Whether the content looks like a file of `torch.save`, or like any other zip archive.
    package static func recognizes(_ bytes: [UInt8]) -> Bool {
        ZipArchive.recognizes(bytes) || bytes.starts(with: legacyStart)
    }

    /// Reads the names, shapes and places of all tensors.
    ///
    /// - Throws: what is wrong with the file, or `ModelFileError.unsafePickle` if it asks for more than weights need.
    package init(bytes: [UInt8]) throws(ModelFileError) {
        guard ZipArchive.recognizes(bytes) else {
            self.bytes = bytes
            tensors = try Self.legacy(bytes)
            return
        }
        let archive: (bytes: [UInt8], members: [String: Range<Int>])
        do throws(ZipError) {
            archive = try ZipArchive(bytes).uncompressed(maximumGrowth: Self.maximumGrowth)
        } catch { throw Self.failure(error) }
        self.bytes = archive.bytes
        tensors = try Self.archive(archive.bytes, archive.members)
    }

    package func tensor(_ name: String) -> TorchTensor? { tensors[name] }

    package var tensorNames: [String] { Array(tensors.keys) }

    private static func failure(_ error: ZipError) -> ModelFileError {
        switch error {
        case .malformed(let reason, let offset): malformed(reason, offset)
        case .tooMany(let bytes, let limit): .tooMany(what: "bytes in its archive", found: bytes, limit: limit)
        case .unsupported(let name):
            .unsupportedNetwork(
                reason: "the archive's member \(name) is encrypted, or compressed otherwise than by deflate")
        case .damaged(let name), .absent(let name), .tooLarge(let name, _):
            malformed("the member \(name) is not of the size that it says", 0)
        }
    }

    // MARK: Formats

    private static func archive(
        _ bytes: [UInt8], _ members: [String: Range<Int>]
    ) throws(ModelFileError) -> [String: TorchTensor] {
        let suffix = "data.pkl"
        let pickles = members.keys.filter { $0 == suffix || $0.hasSuffix("/" + suffix) }
        guard pickles.count == 1, let pickle = pickles.first, let range = members[pickle] else {
            throw .unsupportedNetwork(reason: "the zip archive was not written by torch.save")
        }
        let prefix = pickle.dropLast(suffix.count)
        if let order = members[prefix + "byteorder"], !bytes[order].elementsEqual("little".utf8) {
            throw .unsupportedNetwork(reason: "its numbers are big-endian")
        }
        var machine = PickleMachine(bytes, range)
        let root = try machine.next()
        return try tensors(machine, root, fileSize: bytes.count) { members[prefix + "data/" + $0] }
    }

    /// Magic number, version, the writer's machine, the object, the keys of the storages; then for each of these its
    /// number of elements and the elements.
    private static func legacy(_ bytes: [UInt8]) throws(ModelFileError) -> [String: TorchTensor] {
        var machine = PickleMachine(bytes, 0..<bytes.count)
        _ = try machine.next()
        guard case .integer(1001) = try machine.next() else {
            throw malformed("it has another version than 1001", machine.position)
        }
        guard case .dictionary(let system) = try machine.next() else {
            throw malformed("it does not say how it was written", machine.position)
        }
        if machine.dictionaries[system].contains(where: { $0.key == .text("little_endian") && $0.value != .bool(true) })
        {
            throw .unsupportedNetwork(reason: "its numbers are big-endian")
        }
        let root = try machine.next()
        guard case .sequence(let keys) = try machine.next() else {
            throw malformed("it does not list its storages", machine.position)
        }
        let elements = Dictionary(
            machine.storages.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        var places: [String: Range<Int>] = [:]
        var position = machine.position
        for key in machine.sequences[keys] {
            guard case .text(let key) = key, let storage = elements[key], bytes.count - position >= 8 else {
                throw malformed("its storages break off", position)
            }
            let count = bytes[position..<position + 8].reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            position += 8
            let size = storage.element.size
            guard count == storage.count, storage.count <= (bytes.count - position) / size else {
                throw malformed("the storage \(key) is not as long as said", position)
            }
            places[key] = position..<position + storage.count * size
            position += storage.count * size
        }
        return try tensors(machine, root, fileSize: bytes.count) { places[$0] }
    }

    // MARK: Tensors

    /// What checkpoints call the dictionary of their weights.
    private static let checkpointNames = ["model", "state_dict", "model_state_dict"]

    /// The float tensors of the dictionary, or of the dictionary that a checkpoint calls so.
    private static func tensors(
        _ machine: PickleMachine, _ root: PickleValue, fileSize: Int, place: (_ storage: String) -> Range<Int>?
    ) throws(ModelFileError) -> [String: TorchTensor] {
        guard case .dictionary(let outer) = root else {
            throw .unsupportedNetwork(reason: "the file holds something else than a dictionary of tensors")
        }
        var entries = machine.dictionaries[outer]
        for name in checkpointNames {
            if let entry = entries.first(where: { $0.key == .text(name) }), case .dictionary(let inner) = entry.value {
                entries = machine.dictionaries[inner]
                break
            }
        }
        var result: [String: TorchTensor] = [:]
        var size = 0
        for (key, value) in entries {
            guard case .text(let key) = key, case .tensor(let index) = value else { continue }
            let view = machine.views[index]
            let storage = machine.storages[view.storage]
            if case .integer = storage.element { continue }
            guard let range = place(storage.key) else {
                throw .malformed(format: format, reason: "the storage of \(key) is missing", offset: 0)
            }
            guard storage.count <= range.count / storage.element.size else {
                throw malformed("the storage of \(key) is shorter than said", range.lowerBound)
            }
            // As trained on several GPUs.
            let name = key.hasPrefix("module.") ? String(key.dropFirst("module.".count)) : key
            let tensor = TorchTensor(name: name, view: view, storage: storage, base: range.lowerBound)
            guard result.updateValue(tensor, forKey: name) == nil else {
                throw malformed("it has two tensors \(name)", range.lowerBound)
            }
            // Tensors may share a storage, but not so that a file stands for more than it holds.
            size += tensor.count * storage.element.size
            guard size <= fileSize else { throw .tooMany(what: "bytes of tensors", found: size, limit: fileSize) }
            guard result.count <= maximumTensors else {
                throw .tooMany(what: "tensors", found: result.count, limit: maximumTensors)
            }
        }
        return result
    }

    private static func malformed(_ reason: String, _ offset: Int) -> ModelFileError {
        .malformed(format: format, reason: reason, offset: offset)
    }
}
