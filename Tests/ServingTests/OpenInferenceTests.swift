import Foundation
import HTTP
import Serving
import TestSupport
import Testing

/// The Open Inference Protocol, with the bytes that `tritonclient` sends.
@Suite struct OpenInferenceTests {
    private static let path = "/v2/models/tiny/infer"
    private static let photo = ColorPhoto(width: 128, height: 64, cells: [5: .red, 0: .green])

    /// A tensor that was answered: its shape and its numbers.
    private struct Tensor: Equatable {
        let datatype: String
        let shape: [Int]
        let values: [Double]
    }

    /// The tensors of an answer, in JSON or behind it.
    private static func tensors(_ response: Response) throws -> [String: Tensor] {
        let header = response.headers["Inference-Header-Content-Length"].flatMap { Int($0) }
        let json = response.body.prefix(header ?? response.body.count)
        var rest = response.body.dropFirst(json.count)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
        var tensors: [String: Tensor] = [:]
        for output in try #require(object["outputs"] as? [[String: Any]]) {
            let (name, datatype) = (
                try #require(output["name"] as? String), try #require(output["datatype"] as? String)
            )
            let shape = try #require(output["shape"] as? [Int])
            var values = output["data"] as? [Double]
            if let size = (output["parameters"] as? [String: Int])?["binary_data_size"] {
                let width = datatype == "FP32" ? 4 : 8
                values = stride(from: 0, to: size, by: width).map { offset in
                    let start = rest.startIndex + offset
                    let bits = rest[start..<start + width].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                    return width == 4
                        ? Double(Float(bitPattern: UInt32(bits))) : Double(Int64(bitPattern: bits))
                }
                rest = rest.dropFirst(size)
            }
            tensors[name] = Tensor(datatype: datatype, shape: shape, values: try #require(values))
        }
        #expect(rest.isEmpty)
        return tensors
    }

    private static func expect(_ response: Response, _ sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(response.status == .ok, "\(response.text.prefix(300))", sourceLocation: sourceLocation)
        let found = try tensors(response)
        #expect(found["num_detections"] == Tensor(datatype: "INT64", shape: [1], values: [2]))
        #expect(found["class_ids"] == Tensor(datatype: "INT64", shape: [1, 2], values: [1, 2]))
        #expect(
            found["boxes"]
                == Tensor(datatype: "FP32", shape: [1, 2, 4], values: [32, 16, 64, 32, 0, 0, 32, 16]))
        let scores = try #require(found["scores"])
        #expect(scores.datatype == "FP32" && scores.shape == [1, 2])
        #expect(scores.values.allSatisfy { abs($0 - ColorDetector.fullScore) < 1e-4 })
    }

    @Test func photosInJSONAreAnsweredInJSON() async throws {
        let service = try Service()
        let (headers, body) = Facade.request("POST /v2/", try Self.photo.png)
        let response = try await service.ask(.post, Self.path, headers: headers, body: body)
        #expect(response.headers["Content-Type"] == "application/json")
        #expect(response.headers["Inference-Header-Content-Length"] == nil)
        try Self.expect(response)
        #expect(try response.object["model_name"] as? String == "tiny")
        #expect(try response.object["model_version"] as? String == "01234567")
        #expect(try response.object["id"] == nil)
        let versioned = try await service.ask(
            .post, "/v2/models/tiny/versions/01234567/infer", headers: headers, body: body)
        try Self.expect(versioned)
    }

    /// What `InferenceServerClient.infer` sends of a BYTES tensor of its default form, and asks for.
    @Test(arguments: [nil, "gzip", "deflate"] as [String?])
    func bytesBehindJSONAreAnsweredAsBytes(coding: String?) async throws {
        let element = Facade.element(try Self.photo.png)
        var (headers, body) = Facade.binary(
            #"{"id":"a 1","inputs":[{"name":"image","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":\#(element.count)}}],"parameters":{"binary_data_output":true,"priority":1}}"#
                + String(repeating: " ", count: 500),
            element)
        if let coding {
            headers["Content-Encoding"] = coding
            body = try coding == "gzip" ? #require(Gzip.compress(body, level: 6)) : Self.deflated(body)
        }
        let service = try Service()
        let response = try await service.ask(.post, Self.path, headers: headers, body: body)
        #expect(response.headers["Content-Type"] == "application/octet-stream")
        try Self.expect(response)
        #expect(response.text.contains(#""id":"a 1""#))
        #expect(try await service.metric("multibox_queue_bytes") == 0)
    }

    /// The zlib format of stored blocks (RFC 1950, RFC 1951, section 3.2.4).
    private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
        var (a, b) = (UInt32(1), UInt32(0))
        for byte in bytes {
            a = (a + UInt32(byte)) % 65521
            b = (b + a) % 65521
        }
        let (low, high) = (UInt8(bytes.count & 255), UInt8(bytes.count >> 8))
        let sum = b << 16 | a
        return [0x78, 0x01, 1, low, high, ~low, ~high] + bytes
            + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: sum >> $0) }
    }

    @Test(arguments: [true, false]) func pixelsAreTakenAsTheyAre(isBinary: Bool) async throws {
        let service = try Service()
        let pixels = Self.photo.image.pixels
        let head = #"{"inputs":[{"name":"image","shape":[1,64,128,3],"datatype":"UINT8","#
        let response: Response
        if isBinary {
            let (headers, body) = Facade.binary(
                head + #""parameters":{"binary_data_size":\#(pixels.count)}}]}"#, pixels)
            response = try await service.ask(.post, Self.path, headers: headers, body: body)
        } else {
            // Nested as NumPy's tolist has it.
            let rows = stride(from: 0, to: pixels.count, by: 128 * 3).map { row in
                "["
                    + stride(from: row, to: row + 128 * 3, by: 3).map { "\(Array(pixels[$0..<$0 + 3]))" }.joined(
                        separator: ",")
                    + "]"
            }
            let body = head + #""data":[[\#(rows.joined(separator: ","))]]}]}"#
            response = try await service.ask(.post, Self.path, body: Array(body.utf8))
        }
        try Self.expect(response)
    }

    @Test func severalPhotosFillOneTensor() async throws {
        let service = try Service()
        let photos = [try Self.photo.png, try ColorPhoto(cells: [:]).png, try ColorPhoto(cells: [15: .blue]).png]
        let bytes = photos.flatMap { Facade.element($0) }
        let (headers, body) = Facade.binary(
            #"{"inputs":[{"name":"image","shape":[3,1],"datatype":"BYTES","parameters":{"binary_data_size":\#(bytes.count)}}],"outputs":[{"name":"class_ids","parameters":{"binary_data":false}},{"name":"num_detections","parameters":{"binary_data":true}}],"parameters":{"threshold":0.3,"coordinates":"relative"}}"#,
            bytes)
        let found = try Self.tensors(try await service.ask(.post, Self.path, headers: headers, body: body))
        #expect(Set(found.keys) == ["class_ids", "num_detections"])
        #expect(found["num_detections"]?.values == [2, 0, 1])
        #expect(found["class_ids"] == Tensor(datatype: "INT64", shape: [3, 2], values: [1, 2, -1, -1, 3, -1]))
    }

    @Test func theServiceAndItsModelSayWhatTheyAre() async throws {
        let service = try Service()
        let server = try await service.ask(.get, "/v2").object
        #expect(server["name"] as? String == "multibox" && server["version"] as? String == "1.2.3")
        #expect((server["extensions"] as? [String])?.contains("binary_tensor_data") == true)
        for path in ["/v2/health/live", "/v2/health/ready", "/v2/models/tiny/ready"] {
            #expect(try await service.ask(.get, path).status == .ok)
        }
        let model = try await service.ask(.get, "/v2/models/tiny").object
        #expect(model["name"] as? String == "tiny" && model["versions"] as? [String] == ["01234567"])
        let outputs = try #require(model["outputs"] as? [[String: Any]])
        #expect(outputs.compactMap { $0["name"] as? String } == ["boxes", "scores", "class_ids", "num_detections"])
        #expect(try await service.ask(.get, "/v2/models/tiny/versions/01234567/config").status == .ok)
        let loading = try Service(isLoaded: false)
        #expect(try await loading.ask(.get, "/v2/health/live").status == .ok)
        for path in ["/v2/health/ready", "/v2/models/tiny/ready", "/v2/models/tiny"] {
            let response = try await loading.ask(.get, path)
            #expect(response.status == .serviceUnavailable)
            #expect(Set(try response.object.keys) == ["error"])
        }
    }

    @Test(arguments: [
        ("/v2/models/other/infer", 404), ("/v2/models/tiny/versions/2/infer", 404),
        ("/v2/models/tiny/infer?colour=red", 400), ("/v2/models/tiny/infer?format=image", 400),
    ])
    func failuresAreOfItsForm(path: String, status: Int) async throws {
        let (headers, body) = Facade.request("POST /v2/", try Self.photo.png)
        let response = try await Service().ask(.post, path, headers: headers, body: body)
        #expect(response.status.code == status)
        #expect(response.headers["Content-Type"] == "application/json")
        #expect(Set(try response.object.keys) == ["error"])
    }

    @Test func oneBadPhotoFailsTheInference() async throws {
        let bytes = Facade.element(try Self.photo.png) + Facade.element([1, 2, 3])
        let (headers, body) = Facade.binary(
            #"{"inputs":[{"name":"image","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":\#(bytes.count)}}]}"#,
            bytes)
        let response = try await Service().ask(.post, Self.path, headers: headers, body: body)
        #expect(response.status == .unsupportedMediaType)
        #expect((try response.object["error"] as? String)?.contains("JPEG, PNG or WebP") == true)
    }
}
