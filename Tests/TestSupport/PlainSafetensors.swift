/// Writes tensors as a safetensors file without anything else, as weights of PyTorch are handed about.
package enum PlainSafetensors {
    /// The file of these tensors, all of single precision, and of counters of 64 bits.
    package static func bytes(_ tensors: [TorchWriter.Tensor], counters: [String] = []) -> [UInt8] {
        var (members, data) = ([#""__metadata__":{"format":"pt"}"#], [UInt8]())
        func add(_ name: String, _ type: String, _ shape: [Int], _ bytes: [UInt8]) {
            members.append(
                #""\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":[\#(data.count),\#(data.count + bytes.count)]}"#
            )
            data += bytes
        }
        for counter in counters { add(counter, "I64", [], [UInt8](repeating: 0, count: 8)) }
        for tensor in tensors { add(tensor.name, "F32", tensor.shape, tensor.data) }
        var header = Array("{\(members.joined(separator: ","))}".utf8)
        header += [UInt8](repeating: UInt8(ascii: " "), count: -header.count & 7)
        return little(UInt64(header.count)) + header + data
    }
}
