import CZlib

/// Writes files of `torch.save`: a dictionary of tensors, as a zip archive or in the older format.
package struct TorchWriter {
    /// A tensor and its storage.
    package struct Tensor {
        package var name: String
        package var shape: [Int]
        package var storage = "FloatStorage"
        /// The storage's bytes.
        package var data: [UInt8]
        /// Elements of the storage; those of the shape unless it is said otherwise.
        package var count: Int?
        package var offset = 0
        package var strides: [Int]?

        package init(
            _ name: String, _ shape: [Int], storage: String = "FloatStorage", data: [UInt8], count: Int? = nil,
            offset: Int = 0, strides: [Int]? = nil
        ) {
            (self.name, self.shape, self.storage, self.data) = (name, shape, storage, data)
            (self.count, self.offset, self.strides) = (count, offset, strides)
        }

        package init(_ name: String, _ shape: [Int], _ values: [Float]) {
            self.init(name, shape, data: values.withUnsafeBytes { Array($0) })
        }

        package var elements: Int { count ?? shape.reduce(1, *) }

        package var steps: [Int] {
            if let strides { return strides }
            var result = [Int](repeating: 1, count: shape.count)
            for axis in shape.indices.dropLast().reversed() { result[axis] = result[axis + 1] * shape[axis + 1] }
            return result
        }
    }

    package var tensors: [Tensor]

    package init(tensors: [Tensor]) { self.tensors = tensors }

    /// The dictionary as a pickle, inside another under `key` if that is given.
    package func pickle(inside key: String? = nil, hasView: Bool = false) -> [UInt8] {
        var pickle = PickleWriter()
        if let key {
            pickle.operation("}")
            pickle.text("epoch")
            pickle.integer(7)
            pickle.operation("s")
            pickle.text(key)
        }
        pickle.orderedDictionary()
        pickle.operation("(")
        for (index, tensor) in tensors.enumerated() {
            pickle.text(tensor.name)
            pickle.tensor(
                storage: tensor.storage, key: "\(index)", count: tensor.elements, offset: tensor.offset,
                shape: tensor.shape, strides: tensor.steps, hasView: hasView)
        }
        pickle.operation("u")
        // The attribute that PyTorch sets on the dictionary.
        pickle.operation("}")
        pickle.text("_metadata")
        pickle.operation("}")
        pickle.operation("s")
        pickle.operation("b")
        if key != nil { pickle.operation("s") }
        return pickle.finished()
    }

    /// The file as a zip archive.
    package func archive(inside key: String? = nil, isDeflated: Bool = false) -> [UInt8] {
        var members = [(name: "weights/data.pkl", data: pickle(inside: key))]
        members.append(("weights/byteorder", Array("little".utf8)))
        members += tensors.enumerated().map { ("weights/data/\($0)", $1.data) }
        return Self.zip(members, isDeflated: isDeflated)
    }

    /// The file in the format of PyTorch before 1.6.
    package func legacy() -> [UInt8] {
        var bytes: [UInt8] = [
            0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
        ]
        var version = PickleWriter()
        version.integer(1001)
        bytes += version.finished()
        var system = PickleWriter()
        system.operation("}")
        system.text("little_endian")
        system.raw([0x88])
        system.operation("s")
        bytes += system.finished()
        bytes += pickle(hasView: true)
        var keys = PickleWriter()
        keys.operation("]")
        keys.operation("(")
        // In another order than the tensors', as Python 2 wrote them.
        for index in tensors.indices.reversed() {
            keys.raw([0x55, UInt8("\(index)".utf8.count)] + Array("\(index)".utf8))
        }
        keys.operation("e")
        bytes += keys.finished()
        for tensor in tensors.reversed() {
            bytes += (0..<8).map { UInt8(truncatingIfNeeded: tensor.elements >> (8 * $0)) } + tensor.data
        }
        return bytes
    }

    /// A zip archive of members that are stored, or deflated.
    ///
    /// - Parameters:
    ///   - method: The number of the method that is written.
    ///   - claimed: The size that is written, where it is not that of the data.
    package static func zip(
        _ members: [(name: String, data: [UInt8])], method: UInt16? = nil, isDeflated: Bool = false, claimed: Int? = nil
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        var directory: [UInt8] = []
        let method = method ?? (isDeflated ? 8 : 0)
        for (name, data) in members {
            let packed = isDeflated ? deflated(data) : data
            let size = little(UInt32(packed.count)) + little(UInt32(claimed ?? data.count))
            let common = little(0x0808 as UInt16) + little(method) + [UInt8](repeating: 0, count: 8)
            directory += little(0x0201_4B50 as UInt32) + [0, 0, 0, 0] + common + size
            directory += little(UInt16(name.utf8.count)) + [UInt8](repeating: 0, count: 12)
            directory += little(UInt32(bytes.count)) + Array(name.utf8)
            bytes += little(0x0403_4B50 as UInt32) + [0, 0] + common + size
            // PyTorch pads a member's header so that its data is aligned.
            let padding = (64 - (bytes.count + 4 + name.utf8.count) % 64) % 64
            bytes += little(UInt16(name.utf8.count)) + little(UInt16(padding)) + Array(name.utf8)
            bytes += [UInt8](repeating: 0, count: padding) + packed
        }
        let count = little(UInt16(members.count))
        let end = little(UInt32(directory.count)) + little(UInt32(bytes.count)) + [0, 0]
        return bytes + directory + little(0x0605_4B50 as UInt32) + [0, 0, 0, 0] + count + count + end
    }

    /// Bytes as raw deflate data.
    private static func deflated(_ data: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        deflateInit2_(
            &stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        defer { deflateEnd(&stream) }
        var packed = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(data.count))))
        let count = data.withUnsafeBufferPointer { data in
            packed.withUnsafeMutableBufferPointer { packed in
                stream.next_in = UnsafeMutablePointer(mutating: data.baseAddress)
                stream.avail_in = UInt32(data.count)
                stream.next_out = packed.baseAddress
                stream.avail_out = UInt32(packed.count)
                precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END, "room for all of it")
                return packed.count - Int(stream.avail_out)
            }
        }
        return Array(packed[..<count])
    }
}
