import HTTP
import Images
import Serving
import TestSupport
import Testing

/// What is refused of inference requests whose numbers lie.
@Suite struct InferenceRequestTests {
    private static func error(
        _ json: String, _ bytes: [UInt8] = [], headerLength: Int? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> ServiceError? {
        do throws(ServiceError) {
            _ = try InferenceRequest(
                (Array(json.utf8) + bytes)[...], headerLength: headerLength ?? json.utf8.count, maximumImages: 4,
                limits: ImageLimits(maximumPixels: 10_000, maximumDimension: 1000))
            return nil
        } catch { return error }
    }

    private static func input(_ datatype: String, _ shape: String, _ rest: String) -> String {
        #"{"inputs":[{"name":"image","datatype":"\#(datatype)","shape":\#(shape),\#(rest)}]}"#
    }

    private static func binary(_ datatype: String, _ shape: String, _ size: String) -> String {
        input(datatype, shape, #""parameters":{"binary_data_size":\#(size)}"#)
    }

    @Test func whatIsWellFormedIsTaken() throws {
        #expect(Self.error(Self.binary("BYTES", "[2]", "9"), Facade.element([7]) + Facade.element([])) == nil)
        #expect(Self.error(Self.binary("UINT8", "[1,2,1,3]", "6"), [1, 2, 3, 4, 5, 6]) == nil)
        #expect(Self.error(Self.input("UINT8", "[1,1,1,3]", #""data":[[[[0,255,7]]]]"#)) == nil)
        #expect(Self.error(Self.input("BYTES", "[1,2]", #""data":[["AAAA","AAAA"]]"#)) == nil)
    }

    /// Header lengths beyond the content, and before the end of the JSON.
    @Test(arguments: [-1, 0, 10, 1 << 20, Int.max, Int.min]) func headerLengthsThatLie(length: Int) {
        let error = Self.error(Self.binary("BYTES", "[1]", "5"), Facade.element([7]), headerLength: length)
        switch error {
        case .malformedTensor, .malformedJSON: break
        default: Issue.record("\(String(describing: error))")
        }
    }

    @Test(arguments: [
        "[9223372036854775807,2]", "[4294967296,4294967296]", "[-1]", "[]", "[1.5]", "[\"1\"]", "1",
        "[99999999999999999999]", "[1,1,1,1,1,1,1,1,1]", "[2]", "[1e3]",
    ])
    func shapesOfFilesThatLie(shape: String) {
        guard case .malformedTensor = Self.error(Self.binary("BYTES", shape, "5"), Facade.element([7])) else {
            Issue.record("\(shape) is taken")
            return
        }
    }

    @Test func numbersOfImagesBeyondTheLimit() {
        for shape in ["[5]", "[1000000000]", "[3000000000,3]"] {
            #expect(Self.error(Self.binary("BYTES", shape, "5"), Facade.element([7])) == .tooManyImages(limit: 4))
        }
        #expect(Self.error(Self.binary("UINT8", "[5,1,1,3]", "3"), [1, 2, 3]) == .tooManyImages(limit: 4))
        #expect(Self.error(Self.binary("BYTES", "[0]", "0")) == .missingImage)
    }

    @Test(arguments: [
        ("[1,4611686018427387904,4,3]", true), ("[1,1001,1,3]", true), ("[1,101,100,3]", true),
        ("[1,0,1,3]", false), ("[1,1,1,4]", false), ("[1,1,3]", false), ("[1,1,2,3]", false),
    ])
    func shapesOfPixelsThatLie(shape: String, isImage: Bool) {
        switch (Self.error(Self.binary("UINT8", shape, "3"), [1, 2, 3]), isImage) {
        case (.image?, true), (.malformedTensor?, false): break
        case (let error, _): Issue.record("\(shape): \(String(describing: error))")
        }
    }

    @Test func elementsBeyondTheEnd() {
        let lengths: [[UInt8]] = [
            [], [1], [1, 0, 0], [1, 0, 0, 0], [255, 255, 255, 255, 1], [2, 0, 0, 0, 1], [0, 0, 0, 0, 1],
        ]
        for bytes in lengths {
            guard case .malformedTensor = Self.error(Self.binary("BYTES", "[1]", "\(bytes.count)"), bytes) else {
                Issue.record("\(bytes) is taken")
                continue
            }
        }
    }

    @Test(arguments: [
        #"{"inputs":[]}"#, #"{}"#, #"{"inputs":{}}"#, #"{"inputs":[1]}"#, #"{"inputs":[{"name":"photo"}]}"#,
        #"{"inputs":[{"name":"image","shape":[1],"datatype":"FP32","data":[1]}]}"#,
        #"{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES"}]}"#,
        #"{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":[1.5]}]}"#,
        #"{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":["A","A"]}]}"#,
        #"{"inputs":[{"name":"image","shape":[1,1,1,3],"datatype":"UINT8","data":[1,2,256]}]}"#,
        #"{"inputs":[{"name":"image","shape":[1,1,1,3],"datatype":"UINT8","data":[1,2]}]}"#,
        #"{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","parameters":{"shared_memory_region":"a"}}]}"#,
        #"{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":-1}}]}"#,
        #"{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":9223372036854775807}}]}"#,
        #"{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":["A"]}],"outputs":[{"name":"masks"}]}"#,
        #"{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":["A"]}],"outputs":[{"name":"boxes"},{"name":"boxes"}]}"#,
        #"{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":["A"]}],"outputs":[{"name":"boxes","parameters":{"classification":3}}]}"#,
        #"{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":["A"]}],"parameters":{"binary_data_output":1}}"#,
        #"{"id":1,"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":["A"]}]}"#,
    ])
    func membersThatAreNotTaken(json: String) {
        guard case .malformedTensor = Self.error(json) else {
            Issue.record("\(json) is taken: \(String(describing: Self.error(json)))")
            return
        }
    }
}
