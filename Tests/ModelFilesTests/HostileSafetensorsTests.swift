import ModelFiles
import MultiBox
import Engine
import Networks
import TestSupport
import Testing

/// Files of our own format that are wrong, cut short or have bytes changed: an error or a detector, never a crash.
@Suite("Hostile safetensors files")
struct HostileSafetensorsTests {
    private func file(_ header: String, data: Int = 0, length: UInt64? = nil) -> [UInt8] {
        let header = Array(header.utf8)
        let size = length ?? UInt64(header.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: size >> ($0 * 8)) } + header + [UInt8](repeating: 0, count: data)
    }

    private func error(_ bytes: [UInt8]) -> String? {
        do throws(ModelFileError) {
            _ = try ModelFile.safetensors(bytes)
            return nil
        } catch { return error.description }
    }

    @Test("A header that is not one")
    func header() {
        #expect(throws: ModelFileError.self) { try SafetensorsFile(bytes: []) }
        #expect(throws: ModelFileError.self) { try SafetensorsFile(bytes: [1, 0, 0]) }
        #expect(error(file("{}", length: 3)) == "the safetensors file is damaged: its header breaks off (byte 10)")
        let limit = SafetensorsFile.maximumHeaderBytes
        for length in [UInt64(limit) + 1, UInt64(Int64.max), .max] {
            #expect(
                throws: ModelFileError.tooMany(
                    what: "bytes of header", found: Int(clamping: length), limit: limit)
            ) { try SafetensorsFile(bytes: file("{}", length: length)) }
        }
        #expect(error(file("[]"))?.contains("its header is not an object") == true)
        #expect(error(file("{\"a\":1"))?.contains("its header is not JSON: a comma or } is expected (byte 14)") == true)
        #expect(error(file(String(repeating: "[", count: 100_000)))?.contains("nested deeper") == true)
        let crowd = "[" + String(repeating: "0,", count: SafetensorsFile.maximumHeaderValues) + "0]"
        #expect(error(file("{\"a\":\(crowd)}"))?.contains("values") == true)
        #expect(error(file(#"{"__metadata__":{"a":1}}"#))?.contains("its metadata a is not a text") == true)
        #expect(error(file(#"{"__metadata__":[]}"#))?.contains("its metadata is not an object") == true)
    }

    @Test(
        "Tensors that are not where they say",
        arguments: [
            (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "takes 4 bytes, expected 8"),
            (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4, "is not within the file"),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}}"#, 8, "is not within the file"),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#, 8, "is not within the file"),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775807]}}"#, 8, "is not within"),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551620]}}"#, 8, "is not within"),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4.0]}}"#, 4, "is not within the file"),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}"#, 4, "is not within the file"),
            (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0, "too many elements"),
            (#"{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}"#, 4, "no shape of at most"),
            (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "no shape"),
            (#"{"a":{"shape":[1],"data_offsets":[0,4]}}"#, 4, "has no dtype"),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}"#, 4, "has a member x"),
            (#"{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}"#, 8, "the elements of its tensor a are F64"),
            (#"{"a":1}"#, 0, "is not an object"),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "leaves a gap before it"),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5, "its last bytes belong to no tensor"),
            (
                #"{"a":{"dtype":"I8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"I8","shape":[3],"data_offsets":[3,6]}}"#,
                6, "the tensor b overlaps another"
            ),
            (
                #"{"a":{"dtype":"I8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"I8","shape":[4],"data_offsets":[0,4]}}"#,
                4, "a name occurs twice"
            ),
        ])
    func tensors(header: String, data: Int, reason: String) {
        let error = error(file(header, data: data))
        #expect(error?.contains(reason) == true, "\(error ?? "no error")")
    }

    @Test("Elements of each type")
    func elements() throws {
        let header =
            #"{"h":{"dtype":"F16","shape":[3],"data_offsets":[0,6]},"#
            + #""b":{"dtype":"BF16","shape":[2],"data_offsets":[6,10]},"i":{"dtype":"I32","shape":[1],"data_offsets":[10,14]},"#
            + #""s":{"dtype":"I8","shape":[1,1],"data_offsets":[14,15]},"f":{"dtype":"F32","shape":[],"data_offsets":[15,19]},"#
            + #""e":{"dtype":"F32","shape":[0,9],"data_offsets":[15,15]}}"#
        var bytes = file(header)
        bytes += [0x00, 0x3C, 0x01, 0x00, 0x00, 0xFC, 0xC0, 0x3F, 0x80, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0x80]
        bytes += [0x00, 0x00, 0x20, 0xC1]
        let file = try SafetensorsFile(bytes: bytes)
        func tensor(_ name: String) throws -> SafetensorsTensor { try #require(file.tensors[name]) }
        #expect(try file.floats(of: tensor("h")) == [1, 0x1p-24, -.infinity])
        #expect(try file.floats(of: tensor("b")) == [1.5, -.infinity])
        #expect(try file.floats(of: tensor("f")) == [-10])
        #expect(try file.floats(of: tensor("e")) == [])
        #expect(try file.integers(of: tensor("i")) == [-2] && file.signedBytes(of: tensor("s")) == [-128])
        #expect(try file.floats(of: tensor("i")) == nil && file.integers(of: tensor("s")) == nil)
        #expect(try file.signedBytes(of: tensor("f")) == nil)
        #expect(error(bytes)?.contains("6 tensors without the metadata") == true)
    }

    // MARK: Models

    /// The file of a detector with one text in its header changed for another.
    private func changed(_ old: String, _ new: String, _ model: DetectionModel) throws -> [UInt8] {
        let bytes = try ModelFile.bytes(of: model)
        let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = String(decoding: bytes[8..<8 + length], as: UTF8.self)
        let found = try #require(header.firstRange(of: old), "\(old) is not in the header")
        return file(header.replacingCharacters(in: found, with: new)) + bytes[(8 + length)...]
    }

    @Test(
        "Metadata that say something impossible",
        arguments: [
            (#""multibox_format":"1""#, #""multibox_format":"2""#, "are of version 2; this multibox reads version 1"),
            (#""multibox_format":"1","#, "", "without the metadata"),
            (#""architecture":"née","#, "", "architecture is missing"),
            (#"\"zero_point\":128"#, #"\"zero_point\":256"#, "network.input.quantization is not possible"),
            (#"\"scale\":0.0078125"#, #"\"scale\":-1"#, "is not possible: scale -1.0, zero point 128"),
            (#"\"scale\":0.0078125"#, #"\"scale\":1e99"#, "quantization.scale is not a number"),
            (#"\"scale\":0.0078125"#, #"\"scale\":NaN"#, "network is not JSON"),
            (#"\"shape\":[12,16,3]"#, #"\"shape\":[12,16,3000000000000]"#, "is not possible"),
            (#"\"shape\":[12,16,3]"#, #"\"shape\":[12,16,4]"#, "expected [outputs, height, width, 4]"),
            (
                #"\"operation\":\"add\",\"inputs\":[1,2]"#, #"\"operation\":\"add\",\"inputs\":[1,3]"#,
                "names no earlier"
            ),
            (
                #"\"operation\":\"add\",\"inputs\":[1,2]"#, #"\"operation\":\"add\",\"inputs\":[1,-1]"#,
                "names no earlier"
            ),
            (#"\"operation\":\"add\",\"inputs\":[1,2]"#, #"\"operation\":\"add\",\"inputs\":[1]"#, "does not take"),
            (#"\"operation\":\"add\""#, #"\"operation\":\"mod\""#, "is an unknown “mod”"),
            (#"\"tensors\":\"first#2\""#, #"\"tensors\":\"first\""#, "needs the tensor first.weight, which another"),
            (#"\"tensors\":\"first#2\""#, #"\"tensors\":\"fist\""#, "which the file does not have"),
            (#"\"tensors\":\"first#2\""#, #"\"tensor\":\"first#2\""#, "which another layer has"),
            (#"\"stride\":[1,2]"#, #"\"stride\":[1,2,3]"#, "is not an array of 2 integers"),
            (#"\"stride\":[1,2]"#, #"\"stride\":[0,2]"#, "out of range"),
            (#"\"winograd\":[12001,"#, #"\"winograd\":["#, "winograd is not 16 numbers from 1 to 32767"),
            (#"\"winograd\":[12001,"#, #"\"winograd\":[0,"#, "winograd is not 16 numbers from 1 to 32767"),
            (#"\"winograd\":[12001,"#, #"\"winograd\":[99999,"#, "winograd is not 16 numbers from 1 to 32767"),
            (#"\"winograd\":[12001,"#, #"\"winograd\":[1e3,"#, "winograd is not an array of integers"),
            (#"\"winograd\":["#, #"\"weight_zero_point\":1,\"winograd\":["#, "Winograd factors are for dense 3×3"),
            (#"\"dilation\":[2,2]"#, #"\"dilation\":[2,1]"#, "Winograd factors are for dense 3×3"),
            (#"\"epsilon\""#, #"\"x\":1,\"epsilon\""#, "x is not known"),
            (#"\"epsilon\":1e-12"#, #"\"epsilon\":-1"#, "epsilon is negative"),
            (#"\"epsilon\":0.001"#, #"\"epsilon\":0"#, "epsilon is not positive and finite"),
            (#"\"epsilon\":0.001"#, #"\"epsilon\":1e999"#, "epsilon is not a number"),
            (#"\"momentum\":0.03125"#, #"\"momentum\":1.5"#, "momentum is not within 0 and 1"),
            (#"\"momentum\":0.03125,"#, "", "momentum is missing"),
            (##"0.03125,\"tensors\":\"#2\""##, "0.03125", "which the file does not have"),
            (#"\"locations\":"#, #"\"locations\":9"#, "name no tensor"),
            (#"\"outputs\":["#, #"\"outputs\":[9"#, "names no tensor"),
            (#"\"class_count\":3"#, #"\"class_count\":4"#, "expected 24×4"),
            (#"[null,\"cat\",null]"#, #"[null,\"cat\"]"#, "2 labels"),
            (#"[null,\"cat\",null]"#, #"[null,\"cat\",\"CAT\"]"#, "labels cannot be used"),
            (#"\"rows\":3"#, #"\"rows\":3000000000"#, "is not possible"),
            (#"\"clip\":\"centerForm\""#, #"\"clip\":\"all\""#, "is an unknown “all”"),
            (#"\"variances\":[0.1"#, #"\"variances\":[0.1,0.1"#, "is not an array of 4 numbers"),
            (
                #"\"channel_order\":\"bgr\""#, #"\"channel_order\":\"bgr\",\"scale\":[1,1,1],\"bias\":[0,0,0]"#,
                "of floats"
            ),
        ])
    func metadata(old: String, new: String, reason: String) throws {
        let error = error(try changed(old, new, EveryOperation.model(stored: false)))
        #expect(error?.contains(reason) == true, "\(error ?? "no error")")
    }

    @Test("Tensors of other types and contents than a layer needs")
    func parameters() throws {
        let model = try EveryOperation.model(stored: false)
        let scale = #""first.weight_scale":{"dtype":"F32""#
        #expect(
            error(try changed(scale, #""first.weight_scale":{"dtype":"I32""#, model))?.contains("not of floats") == true
        )
        let bytes = try ModelFile.bytes(of: model)
        let tensor = try #require(try SafetensorsFile(bytes: bytes).tensors["first.weight_scale"])
        for bits in [Float.nan, 0, -1, .infinity].map(\.bitPattern) {
            var changed = bytes
            for byte in 0..<4 {
                changed[tensor.range.lowerBound + byte] = UInt8(truncatingIfNeeded: bits >> (byte * 8))
            }
            #expect(error(changed) == "layer first: weight scales are not all positive")
        }
        let variance = try #require(try SafetensorsFile(bytes: bytes).tensors["#2.variance"])
        for bits in [Float.nan, -1, .infinity].map(\.bitPattern) {
            var changed = bytes
            for byte in 0..<4 {
                changed[variance.range.lowerBound + byte] = UInt8(truncatingIfNeeded: bits >> (byte * 8))
            }
            #expect(error(changed) == "layer : variance is negative or not finite")
        }
        let stored = try EveryOperation.model(stored: true)
        #expect(error(try changed(#"\"tensor\":\"default_boxes\""#, #"\"tensor\":\"sum\""#, stored)) != nil)
    }

    @Test("No truncation is a detector", arguments: [false, true])
    func truncations(stored: Bool) throws {
        let bytes = try ModelFile.bytes(of: EveryOperation.model(stored: stored))
        #expect(error(bytes) == nil)
        for length in 0..<bytes.count { #expect(error(Array(bytes[..<length])) != nil, "\(length) of \(bytes.count)") }
    }

    @Test("Changed bytes are refused, or make a detector that runs", arguments: [false, true])
    func mutations(stored: Bool) throws {
        let original = try ModelFile.bytes(of: EveryOperation.model(stored: stored))
        let digits = Array("0123456789-.e,:[]{}\"\\".utf8)
        var random = SeededGenerator(seed: stored ? 2 : 1)
        var (valid, compiled) = (0, 0)
        for trial in 0..<6000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                // Characters of JSON's grammar reach further than any others do.
                bytes[index] =
                    trial % 2 == 0
                    ? digits[Int.random(in: 0..<digits.count, using: &random)]
                    : UInt8.random(in: 0...255, using: &random)
            }
            guard let model = try? ModelFile.safetensors(bytes) else { continue }
            valid += 1
            #expect((try? ModelFile.bytes(of: model)) != nil, "what is read can be written")
            guard model.network.tensors.allSatisfy({ $0.size < 1 << 20 }),
                let engine = try? InferenceEngine(model: model)
            else { continue }
            let input = engine.makeInput()
            input.withUnsafeMutableBytes { for index in $0.indices { $0[index] = UInt8(truncatingIfNeeded: index) } }
            _ = engine.detect([input], options: [DetectionOptions(scoreThreshold: 0)])
            compiled += 1
        }
        #expect((100...5900).contains(valid) && compiled > 100, "\(valid) of 6000 are detectors, \(compiled) ran")
    }
}
