import Foundation
import HTTP
import Serving
import TestSupport
import Testing

/// The options of a detection: what they do, and what they refuse.
@Suite struct OptionTests {
    /// Red at full score, a green of 0.82 and a blue of 0.5.
    private static func photo() throws -> [UInt8] {
        try ColorPhoto(cells: [0: .red, 5: .green.at(160), 10: .blue.at(128)]).png
    }

    private static func labels(_ target: String) async throws -> [String] {
        let response = try await Service().ask(.post, target, body: try photo())
        #expect(response.status == .ok, "\(target): \(response.text)")
        return try response.detections.map(\.label)
    }

    @Test(arguments: [
        ("", ["red", "green", "sky \"blue\""]), ("?threshold=0.6", ["red", "green"]), ("?threshold=1", []),
        ("?threshold=9e-1", ["red"]), ("?threshold=.6", ["red", "green"]),
        ("?threshold=.60&threshold=0.6", ["red", "green"]), ("?max_detections=1", ["red"]),
        ("?classes=green", ["green"]),
        ("?classes=GREEN,1", ["red", "green"]), ("?classes=red%2C+green", ["red", "green"]),
        ("?threshold=0.9&threshold=0.90", ["red"]), ("?format=json", ["red", "green", "sky \"blue\""]),
        ("?iou_threshold=0.3&coordinates=pixel", ["red", "green", "sky \"blue\""]),
        ("?threshold=red:0.9,green:0.9,*:0.4", ["red", "sky \"blue\""]), ("?threshold=*:0.6", ["red", "green"]),
        ("?threshold=GREEN:0.9", ["red", "sky \"blue\""]), ("?threshold=1:1,3:0.6", ["green"]),
        ("?threshold=red:1,%202:.5,1:1.0", ["green", "sky \"blue\""]),
        ("?threshold=sky+%22blue%22:0.6", ["red", "green"]), ("?threshold=red:1&max_detections=1", ["green"]),
        ("?threshold=red:1&classes=red,green", ["green"]),
        ("?region=0,0,64,64", ["red", "green", "sky \"blue\""]), ("?region=20,20,30,30", ["green"]),
        ("?region=0.3,0.3,.5,.5", ["green"]), ("?region=0,0,0.25,1", ["red"]), ("?region=0,0,17,64", ["red", "green"]),
        ("?region=0,0,17,64&covers=true", ["red"]), ("?region=0,0,17,64&covers=false", ["red", "green"]),
        ("?region=0,0,32,32&covers=true", ["red", "green"]),
        ("?region=0,0,0.25,0.25;40,40,900,900&covers=true", ["red"]),
        ("?region=0,0,0.25,0.25;30,30,900,900&covers=true", ["red", "sky \"blue\""]),
        ("?region=30,30,60,60&max_detections=1", ["green"]), ("?region=36,36,60,60&max_detections=1", ["sky \"blue\""]),
        ("?region=100,100,200,200", []), ("?covers=true", ["red", "green", "sky \"blue\""]),
    ])
    func takeEffect(query: String, labels: [String]) async throws {
        #expect(try await Self.labels("/detect" + query) == labels)
    }

    @Test func theDefaultThresholdIsTheServices() async throws {
        let service = try Service { $0.defaultThreshold = 0.9 }
        #expect(try await service.ask(body: try Self.photo()).detections.map(\.label) == ["red"])
        #expect(try await service.ask(.post, "/detect?threshold=0.6", body: try Self.photo()).detections.count == 2)
    }

    static let malformed: [(name: String, value: String)] = [
        ("threshold", ""), ("threshold", "+0.5"), ("threshold", "-0.1"), ("threshold", "1.01"), ("threshold", "nan"),
        ("threshold", "inf"), ("threshold", "."), ("threshold", "-.5"), ("threshold", "..5"), ("threshold", ".e1"),
        ("threshold", "5."), ("threshold", "0x1p-1"), ("threshold", "0.5 "),
        ("threshold", "00.5"), ("threshold", "1e999"), ("threshold", "½"), ("iou_threshold", "2"),
        ("iou_threshold", "high"), ("max_detections", "0"), ("max_detections", "1001"), ("max_detections", "+5"),
        ("max_detections", "5.0"), ("max_detections", "-1"), ("max_detections", "99999999999999999999"),
        ("classes", ""), ("classes", "unicorn"), ("classes", "red,,green"), ("classes", "0"), ("classes", "4"),
        ("threshold", "red:"), ("threshold", "red:2"), ("threshold", ":0.5"), ("threshold", "red:0.5,"),
        ("threshold", "pink:0.5"), ("threshold", "0:0.5"), ("threshold", "red:0.5,0.6"), ("threshold", "*"),
        ("region", ""), ("region", "0,0,1"), ("region", "0,0,1,1,1"), ("region", "0,0,0,1"), ("region", "5,9,8,9"),
        ("region", "-1,0,5,5"), ("region", "0,0,5,1e999"), ("region", "0,0,nan,5"), ("region", "0,0,5,5;"),
        ("region", Array(repeating: "0,0,5,5", count: 33).joined(separator: ";")), ("covers", "yes"),
        ("covers", "True"),
        ("tile", ""), ("tile", "0x2"), ("tile", "2"), ("tile", "2x"), ("tile", "2x2x2"), ("tile", "9x1"),
        ("tile", "5x5"),
        ("tile", "10x1"), ("tile", "+2x2"), ("tile", "AUTO"),
        ("classes", "-1"), ("coordinates", "Pixel"), ("coordinates", ""), ("format", "xml"),
    ]

    /// A list takes fifty times the memory of its text, so the text is bounded: in a query by the request line.
    @Test func longOnesAreRefused() async throws {
        let photo = try Self.photo()
        let list = Array(repeating: "red", count: 2048).joined(separator: ",")
        let service = try Service()
        func json(_ classes: String) throws -> [UInt8] {
            Array("{\"image\":\"\(Data(photo).base64EncodedString())\",\"classes\":\(classes)}".utf8)
        }
        func answers(_ list: String) async throws -> [Response] {
            [
                try await service.ask(
                    headers: Form.headers, body: Form().with("classes", list).with(file: "image", photo).body),
                try await service.ask(headers: ["Content-Type": "application/json"], body: try json("\"\(list)\"")),
                try await service.ask(headers: ["Content-Type": "application/json"], body: try json("[\"\(list)\"]")),
            ]
        }
        for response in try await answers(list + ",red") { #expect(response.problem == "invalid-option") }
        #expect(try await answers(list).prefix(2).map(\.status) == [.ok, .ok])
    }

    @Test(arguments: malformed) func malformedOnesAreNamed(name: String, value: String) async throws {
        let photo = try Self.photo()
        let encoded = try #require(value.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        let service = try Service()
        let json = try JSONSerialization.data(withJSONObject: [
            "image": Data(photo).base64EncodedString(), name: value,
        ])
        let responses = [
            try await service.ask(.post, "/detect?\(name)=\(encoded)", body: photo),
            try await service.ask(
                headers: Form.headers, body: Form().with(name, value).with(file: "image", photo).body),
            try await service.ask(headers: ["Content-Type": "application/json"], body: Array(json)),
        ]
        for response in responses {
            #expect(response.status == .badRequest)
            #expect(response.problem == "invalid-option")
            #expect(try #require(try response.object["detail"] as? String).contains("“\(name)”"))
        }
    }

    @Test(arguments: ["treshold", "models", "THRESHOLD", "images", "\u{1F98A}\"\\"])
    func unknownOnesAreNamed(name: String) async throws {
        let encoded = try #require(name.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        let response = try await Service().ask(.post, "/detect?\(encoded)=1", body: try Self.photo())
        #expect(response.status == .badRequest)
        #expect(response.problem == "unknown-option")
        #expect(try #require(try response.object["detail"] as? String).contains("“\(name)”"))
    }

    @Test func aLongUnknownNameIsNotRepeatedInFull() async throws {
        let name = String(repeating: "x", count: 5000)
        let response = try await Service().ask(.post, "/detect?\(name)=1", body: try Self.photo())
        #expect(response.problem == "unknown-option")
        #expect(response.body.count < 500)
    }

    @Test(arguments: [
        "threshold=0.5&threshold=0.6", "threshold=red:0.5,1:0.6", "threshold=*:0.5,*:0.6", "covers=true&covers=false",
        "region=0,0,5,5&region=0,0,5,6", "threshold=0.5&threshold=red:0.5", "classes=red&classes=green",
        "format=json&format=image",
    ])
    func contradictionsAreRefused(query: String) async throws {
        let response = try await Service().ask(.post, "/detect?" + query, body: try Self.photo())
        #expect(response.status == .badRequest)
        #expect(response.problem == "conflicting-option")
    }

    @Test func aFieldThatContradictsTheQueryIsRefused() async throws {
        let form = Form().with("threshold", "0.6").with(file: "image", try Self.photo())
        let service = try Service()
        let agreeing = try await service.ask(
            .post, "/detect?threshold=0.6", headers: Form.headers, body: form.body)
        #expect(try agreeing.detections.count == 2)
        let contradicting = try await service.ask(
            .post, "/detect?threshold=0.7", headers: Form.headers, body: form.body)
        #expect(contradicting.problem == "conflicting-option")
    }

    @Test func membersOfJSONMayBeNumbersAndArrays() async throws {
        let image = Data(try Self.photo()).base64EncodedString()
        for (members, labels) in [
            (#""threshold":0.6,"max_detections":5,"classes":["red",2]"#, ["red", "green"]),
            (#""threshold":{"red":1,"*":0.6}"#, ["green"]), (#""threshold":"red:1,*:.6""#, ["green"]),
            (#""region":[0,0,17,17],"covers":true"#, ["red"]),
            (#""region":[[0,0,0.2,0.2],[36,36,60,60]]"#, ["red", "sky \"blue\""]),
            (#""region":"0,0,17,17","covers":"false""#, ["red", "green"]),
        ] {
            let body = "{\(members),\"image\":\"\(image)\"}"
            let response = try await Service().ask(
                headers: ["Content-Type": "application/json"], body: Array(body.utf8))
            #expect(try response.detections.map(\.label) == labels, "\(members)")
        }
    }

    @Test(arguments: [
        #""threshold":true"#, #""threshold":null"#, #""threshold":[0.5]"#, #""classes":[[1]]"#, #""classes":[]"#,
        #""max_detections":1.5"#, #""format":{}"#, #""threshold":{}"#, #""threshold":{"red":"0.5"}"#,
        #""threshold":{"pink":0.5}"#, #""region":[]"#, #""region":[0,0,1]"#, #""region":[[0,0,1,1],0]"#,
        #""region":["0,0,1,1"]"#, #""region":true"#, #""covers":1"#, #""covers":null"#,
    ])
    func membersOfAnotherKindAreRefused(member: String) async throws {
        let image = Data(try Self.photo()).base64EncodedString()
        let body = #"{\#(member),"image":"\#(image)"}"#
        let response = try await Service().ask(headers: ["Content-Type": "application/json"], body: Array(body.utf8))
        #expect(response.problem == "invalid-option")
    }
}
