import Foundation
import Images
import JSON
import ModelFiles
import MultiBox
import Networks
import Serving
import TestSupport

/// The inputs that each fuzzer starts from: small ones that reach most of the code.
enum Seeds {
    static let chunkedHead = Array("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)

    private static let get = "GET /a?b=c%20d HTTP/1.1\r\nHost: h\r\n\r\n"
    private static let requests = [
        get + get,
        "POST http://h:80/ HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello" + get,
        "OPTIONS * HTTP/1.0\r\nConnection: keep-alive\r\nA: b\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: [::1]\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\"b\"\r\nhello\r\n0\r\nA: b\r\n\r\n"
            + get,
        "HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ]

    static func of(_ fuzzer: Fuzzer) throws -> [[UInt8]] {
        switch fuzzer {
        case .parser: requests.map { Array($0.utf8) }
        case .connection:
            requests.map { [6, 0x0F, 0x07, 0x1B, 0x02, 0x04, 0x15] + Array($0.utf8) }
                + requests.map { [4, 0x39, 0x1B, 0x0E, 0x04] + Array($0.utf8) }
        case .chunked:
            ["5\r\nhello\r\n0\r\n\r\n", "1;a=b;c=\"d\\\"\"\r\nx\r\nA ;b\r\n0123456789\r\n00\r\nA: b\r\nC: d\r\n\r\n"]
                .map { Array($0.utf8) }
        case .response:
            [
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nRetry-After: 1\r\n\r\nhello",
                "HTTP/1.0 404 Not Found\r\n\r\nrest",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\"b\"\r\nhello\r\n0\r\nA: b\r\n\r\n",
                "HTTP/1.1 204 \r\nConnection: close\r\n\r\n",
            ].map { Array($0.utf8) }
        case .multipart:
            [
                "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\\\"b.jpg\"\r\nContent-Type: image/jpeg\r\n\r\nx\r\n--b--\r\n",
                "preamble\r\n--b \r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--b\r\nContent-Disposition: form-data; name*=UTF-8''b\r\n\r\n1\r\n--b--",
            ].map { Array($0.utf8) }
        case .json:
            [
                #"{"image":"aGVsbG8=","threshold":0.5,"classes":["dog",18],"format":null,"a":true}"#,
                #"[-1.5e+10,"\u00e9\ud83d\ude00\n",{"a":[[],{}]},false]"#, "aGVsbG8_", "\"\"",
            ].map { Array($0.utf8) }
        case .fields:
            [
                "text/html;q=0.5, image/*;a=\"b\\\"c\", */*", "gzip;q=0, identity", "multipart/form-data; boundary=b",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "http://h:80/a?b=c%20d+e", "/%E2%82%AC",
            ].map { Array($0.utf8) }
        case .image: try images()
        case .tflite: [try file("small.tflite")]
        case .safetensors: try models()
        case .pth: FileSeeds.torch
        case .onnx:
            ONNXDetectorFile.Form.allCases.map { ONNXDetectorFile.file($0) }
                + [ONNXDetectorFile.file(activation: "Sigmoid", suppression: (0.5, 0.1))]
        case .sidecar: FileSeeds.sidecars.map { Array($0.utf8) }
        case .labels: FileSeeds.labels.map { Array($0.utf8) }
        case .voc: FileSeeds.annotations.map { Array($0.utf8) }
        case .yolo: FileSeeds.yoloLabels.map { Array($0.utf8) }
        case .yaml: FileSeeds.yoloDescriptions.map { Array($0.utf8) }
        case .coco: FileSeeds.instances.map { Array($0.utf8) }
        case .settings: FileSeeds.settings.map { Array($0.utf8) }
        case .checkpoint: FileSeeds.checkpoints
        case .gzip: FileSeeds.compressed
        case .inference:
            [
                inference(
                    #"{"id":"a","inputs":[{"name":"image","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":11}}],"outputs":[{"name":"boxes","parameters":{"binary_data":true}}]}"#,
                    [1, 0, 0, 0, 7, 2, 0, 0, 0, 8, 9]),
                inference(
                    #"{"inputs":[{"name":"image","shape":[1,1,2,3],"datatype":"UINT8","parameters":{"binary_data_size":6}}]}"#,
                    [1, 2, 3, 4, 5, 6]),
                inference(
                    #"{"inputs":[{"name":"image","shape":[1,1,1,3],"datatype":"UINT8","data":[[[[1,2,3]]]]}],"parameters":{"threshold":0.5}}"#
                ),
                inference(#"{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":["AAAA"]}]}"#),
            ]
        case .zip: FileSeeds.archives
        }
    }

    private static func inference(_ json: String, _ bytes: [UInt8] = []) -> [UInt8] {
        let count = json.utf8.count
        return [UInt8(count >> 8), UInt8(count & 255)] + Array(json.utf8) + bytes
    }

    private static func images() throws -> [[UInt8]] {
        var pixels: [UInt8] = []
        for index in 0..<(20 * 12 * 3) { pixels.append(UInt8(truncatingIfNeeded: index &* 37 ^ index >> 3)) }
        let image = PixelImage(width: 20, height: 12, pixels: pixels)
        let webp = [
            "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==",
            "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA",
        ].compactMap { Base64.decode(JSONString(Array($0.utf8)[...])) }
        let png = try ImageEncoder.png(image)
        return try [try ImageEncoder.jpeg(image, quality: 80), png, Array(png.dropLast(12))] + webp + damagedJPEGs()
            + ["progressive.jpg", "animated.png", "animated.webp", "wild.webp"].map(file)
    }

    /// A JPEG with restart markers, and what webcams and broken transfers make of one.
    private static func damagedJPEGs() throws -> [[UInt8]] {
        let whole = try file("restart.jpg")
        let markers = whole.indices.dropLast().filter { whole[$0] == 0xFF && (0xD0...0xD7).contains(whole[$0 + 1]) }
        guard let middle = markers.dropFirst(4).first, let last = markers.last else { return [whole] }
        var padded = whole
        for marker in markers.reversed() { padded.insert(contentsOf: [0, 0, 0, 0, 0, 0], at: marker) }
        let filling = [UInt8](repeating: 0x5A, count: 40) + [0xFF, 0xD9]
        let header: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 0, 2] + [UInt8](repeating: 0, count: 40)
        return [
            whole, padded, Array(whole.dropLast(2)), whole[..<middle] + filling, whole[..<last] + filling,
            header + [0xFF, 0xD9], header + whole[2...],
        ]
    }

    /// The quantized detector of the other seed, and a float one.
    private static func models() throws -> [[UInt8]] {
        let detector = try TFLiteDetector(TFLiteFile(bytes: try file("small.tflite")))
        let names: [String?] = [nil] + (1..<detector.output.classCount).map { "class \($0)" }
        let quantized = DetectionModel(
            name: "small", version: "", architecture: detector.architecture, network: detector.network,
            locations: detector.locations, scores: detector.scores, preprocessing: detector.preprocessing,
            labels: try LabelMap(names: names, hasBackground: true), defaultBoxes: detector.defaultBoxes,
            coder: detector.coder, output: detector.output)
        var builder = NetworkBuilder(input: try TensorShape(height: 2, width: 2, channels: 3), element: .float32)
        func head(_ columns: Int, _ name: String) throws -> TensorID {
            let convolution = Convolution(
                window: Window(kernel: 1), grouping: .dense, outputChannels: 2 * columns,
                parameters: builder.floats(weights: [Float](repeating: 0.5, count: 6 * columns), bias: []),
                activation: .hardSwish)
            let map = try builder.convolution(builder.inputTensor, convolution, name: name)
            return try builder.reshape(map, to: try TensorShape([8, columns]), name: name)
        }
        let outputs = [try head(4, "locations"), try builder.softmax(try head(2, "scores"), name: "scores")]
        let maps = [DefaultBoxConfiguration.SourceMap(size: 2, minimumSizes: [1], maximumSizes: [2])]
        let float = DetectionModel(
            name: "", version: "", architecture: "", provenance: [("a", "b")],
            network: builder.build(outputs: outputs), locations: outputs[0], scores: outputs[1],
            preprocessing: Preprocessing(
                width: 2, height: 2, channelOrder: .rgb, normalization: .affine(scale: [1, 1, 1], bias: [0, 0, 0])),
            labels: try LabelMap(names: [nil, "a"], hasBackground: true),
            defaultBoxes: .generated(DefaultBoxConfiguration(imageWidth: 2, imageHeight: 2, maps: maps)), coder: .ssd,
            output: DetectionOutputConfiguration(classCount: 2))
        return [try ModelFile.bytes(of: quantized), try ModelFile.bytes(of: float)]
    }

    private static func file(_ name: String) throws -> [UInt8] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        return [UInt8](try Data(contentsOf: folder.appendingPathComponent("Seeds/\(name)")))
    }
}
