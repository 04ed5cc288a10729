import JSON

/// Collects tensors and texts and lays them out as a safetensors file. The same contents give the same bytes.
struct SafetensorsWriter {
    /// The elements of a tensor.
    enum Elements {
        case float32([Float])
        case int32([Int32])
        case int8([Int8])

        var type: SafetensorsElementType {
            switch self {
            case .float32: .float32
            case .int32: .int32
            case .int8: .int8
            }
        }

        var count: Int {
            switch self {
            case .float32(let values): values.count
            case .int32(let values): values.count
            case .int8(let values): values.count
            }
        }
    }

    private struct Entry {
        let name: String
        let shape: [Int]
        let elements: Elements
    }

    private var entries: [Entry] = []
    /// Texts about the file, by name.
    var metadata: [String: String] = [:]

    /// Adds a tensor; each name is used once.
    mutating func add(_ name: String, _ shape: [Int], _ elements: Elements) {
        precondition(shape.reduce(1, *) == elements.count, "as many elements as the shape asks for")
        entries.append(Entry(name: name, shape: shape, elements: elements))
    }

    /// The file. Texts are in the order of their names; tensors in the order in which they were added, those of larger
    /// elements first, so that each begins at a multiple of its elements' size.
    ///
    /// - Throws: `tooMany` if the header is larger than a reader would accept.
    consuming func bytes() throws(ModelFileError) -> [UInt8] {
        let ordered = entries.filter { $0.elements.type.size > 1 } + entries.filter { $0.elements.type.size == 1 }
        var json = JSONWriter(reserving: 1 << 16)
        var dataSize = 0
        json.object { json in
            json.escapedName(SafetensorsFile.metadataName)
            json.object { json in
                for (name, text) in metadata.sorted(by: { $0.key < $1.key }) {
                    json.escapedName(name)
                    json.string(text)
                }
            }
            for entry in ordered {
                json.escapedName(entry.name)
                json.object { json in
                    json.member("dtype", entry.elements.type.rawValue)
                    json.name("shape")
                    json.array { json in for extent in entry.shape { json.integer(extent) } }
                    json.name("data_offsets")
                    json.array { json in
                        json.integer(dataSize)
                        dataSize += entry.elements.count * entry.elements.type.size
                        json.integer(dataSize)
                    }
                }
            }
        }
        var header = json.finish(lineFeed: false)
        header += Array(repeating: UInt8(ascii: " "), count: -header.count & 7)
        guard header.count <= SafetensorsFile.maximumHeaderBytes else {
            throw .tooMany(what: "bytes of header", found: header.count, limit: SafetensorsFile.maximumHeaderBytes)
        }
        let total = 8 + header.count + dataSize
        return [UInt8](unsafeUninitializedCapacity: total) { buffer, count in
            let target = UnsafeMutableRawBufferPointer(buffer)
            target.storeBytes(of: UInt64(header.count).littleEndian, as: UInt64.self)
            target[8...].copyBytes(from: header)
            var position = 8 + header.count
            func store<Bits: FixedWidthInteger>(_ bits: Bits) {
                target.storeBytes(of: bits.littleEndian, toByteOffset: position, as: Bits.self)
                position += MemoryLayout<Bits>.size
            }
            for entry in ordered {
                switch entry.elements {
                case .float32(let values): for value in values { store(value.bitPattern) }
                case .int32(let values): for value in values { store(value) }
                case .int8(let values): for value in values { store(value) }
                }
            }
            count = total
        }
    }
}
