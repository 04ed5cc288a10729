import Foundation
import HTTP
import TestSupport

/// Requests of the protocols of others, about the detector `tiny`.
enum Facade {
    /// Their operations that look at photos.
    static let operations = [
        "POST /v2/models/{model}/infer", "POST /v2/models/{model}/versions/{version}/infer",
        "POST /v1/vision/detection", "POST /v1/vision/face", "POST /v1/vision/custom/{model}", "POST /image",
    ]

    /// A path with what it names.
    static func path(_ path: String) -> String {
        path.replacing("{model}", with: "tiny").replacing("{version}", with: "01234567")
    }

    /// What asks for the detections in a photo.
    static func request(_ operation: String, _ photo: [UInt8]) -> (headers: HeaderFields, body: [UInt8]) {
        if operation.contains("/v2/") {
            let text =
                #"{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":["\#(Data(photo).base64EncodedString())"]}]}"#
            return (["Content-Type": "application/json"], Array(text.utf8))
        }
        if operation.contains("/v1/") { return (Form.headers, Form().with(file: "image", photo).body) }
        let text = #"{"data":"\#(Data(photo).base64EncodedString())","detect":{"*":50}}"#
        return (["Content-Type": "application/json"], Array(text.utf8))
    }

    /// A content of JSON and bytes behind it, with the field that says where they begin.
    static func binary(_ json: String, _ bytes: [UInt8]) -> (headers: HeaderFields, body: [UInt8]) {
        (
            ["Inference-Header-Content-Length": String(json.utf8.count), "Content-Type": "application/octet-stream"],
            Array(json.utf8) + bytes
        )
    }

    /// An element of BYTES.
    static func element(_ bytes: [UInt8]) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) } + bytes
    }
}
