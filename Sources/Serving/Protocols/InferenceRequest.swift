import Images
import JSON

/// A request of the Open Inference Protocol, version 2, with the binary tensor extension (Triton's
/// `protocol/extension_binary_data.md`): JSON, and behind it the bytes of tensors in the order in which the JSON has them.
///
/// Every number in it is the client's: shapes are multiplied with care, and nothing is taken apart before it is known that
/// it is there and not more than may be.
package struct InferenceRequest: Sendable {
    /// The one input that is taken.
    static let input = "image"
    /// The most dimensions of a shape: a batch of images has four.
    private static let maximumRank = 8
    /// Bytes that say how long an element of BYTES is.
    private static let lengthBytes = 4

    /// What the answer repeats.
    package private(set) var id: String?
    /// The images.
    package let images: ImageTensor
    /// Whether its images are spelled in the JSON and no parts of the content.
    let isSpelled: Bool
    /// The members of `parameters`, those that belong to the protocol left out.
    let parameters: [(name: String, value: JSONValue)]
    /// The tensors that are wanted, in the order wanted.
    let outputs: [WantedOutput]

    /// Reads a request's content.
    ///
    /// - Parameter headerLength: the bytes of JSON that it begins with, as `Inference-Header-Content-Length` says; nil where it
    ///   is nothing else.
    /// - Throws: `ServiceError.malformedJSON`, `.notAnObject`, `.malformedTensor`, `.tooManyImages` or `.image` for images
    ///   of a size beyond the limits.
    package init(
        _ body: ArraySlice<UInt8>, headerLength: Int?, maximumImages: Int, limits: ImageLimits
    ) throws(ServiceError) {
        let header = headerLength ?? body.count
        guard (0...body.count).contains(header) else {
            throw Self.malformed("its JSON is said to be \(header) bytes, and the content is \(body.count)")
        }
        let members = try Self.object(body.prefix(header))
        var isBinary = false
        var parameters: [(name: String, value: JSONValue)] = []
        var input: JSONValue?
        var wanted: JSONValue?
        for (name, value) in members {
            switch name {
            case "id":
                guard let text = value.text else { throw Self.malformed("“id” is not a string") }
                id = text
            case "parameters":
                guard case .object(let members) = value else { throw Self.malformed("“parameters” is not an object") }
                for (name, value) in members {
                    if name == "binary_data_output" {
                        isBinary = try Self.truth(value, name)
                    } else if !Self.isReserved(name) {
                        parameters.append((name, value))
                    }
                }
            case "inputs":
                guard case .array(let inputs) = value, inputs.count == 1 else {
                    throw Self.malformed("“inputs” is not an array of one tensor, “\(Self.input)”")
                }
                input = inputs[0]
            case "outputs": wanted = value
            // `model_name`, `model_version` and what later versions have.
            default: continue
            }
        }
        self.parameters = parameters
        outputs = try Self.outputs(wanted, isBinary: isBinary)
        guard let input else { throw Self.malformed("it has no “inputs”") }
        isSpelled = header == body.count
        images = try Self.images(
            input, binary: body.dropFirst(header), maximumImages: maximumImages, limits: limits)
    }

    private static func malformed(_ reason: String) -> ServiceError { .malformedTensor(reason: reason) }

    private static func object(_ text: ArraySlice<UInt8>) throws(ServiceError) -> [(name: String, value: JSONValue)] {
        let value: JSONValue
        do throws(JSONError) { value = try JSONReader.parse(text, packing: "data") } catch {
            throw .malformedJSON(reason: error.description)
        }
        guard case .object(let members) = value else { throw .notAnObject(kind: value.kind) }
        return members
    }

    /// Whether a parameter is one of Triton's that make no difference to a model without state.
    private static func isReserved(_ name: String) -> Bool {
        ["sequence_id", "sequence_start", "sequence_end", "priority", "timeout"].contains(name)
            || name.hasPrefix("triton_")
    }

    private static func truth(_ value: JSONValue, _ name: String) throws(ServiceError) -> Bool {
        guard case .boolean(let truth) = value else { throw malformed("“\(name)” is neither true nor false") }
        return truth
    }

    // MARK: Outputs

    private static func outputs(_ value: JSONValue?, isBinary: Bool) throws(ServiceError) -> [WantedOutput] {
        guard let value else { return InferenceOutput.allCases.map { WantedOutput(output: $0, isBinary: isBinary) } }
        guard case .array(let elements) = value else { throw malformed("“outputs” is not an array") }
        var outputs: [WantedOutput] = []
        for element in elements {
            guard case .object(let members) = element,
                let name = members.first(where: { $0.name == "name" })?.value.text,
                let output = InferenceOutput(rawValue: name)
            else {
                let names = InferenceOutput.allCases.map { "“\($0.rawValue)”" }.joined(separator: ", ")
                throw malformed("an output is none of \(names)")
            }
            guard !outputs.contains(where: { $0.output == output }) else {
                throw malformed("the output “\(name)” is there twice")
            }
            var isBinary = isBinary
            for (name, value) in try parameters(of: members) {
                switch name {
                case "binary_data": isBinary = try truth(value, name)
                case "classification", "shared_memory_region":
                    throw malformed("the output “\(output.rawValue)” asks for “\(name)”, which is not served")
                default: continue
                }
            }
            outputs.append(WantedOutput(output: output, isBinary: isBinary))
        }
        return outputs
    }

    private static func parameters(
        of members: [(name: String, value: JSONValue)]
    ) throws(ServiceError) -> [(name: String, value: JSONValue)] {
        switch members.first(where: { $0.name == "parameters" })?.value {
        case nil: return []
        case .object(let parameters)?: return parameters
        default: throw malformed("“parameters” of a tensor is not an object")
        }
    }

    // MARK: Images

    private static func images(
        _ value: JSONValue, binary: ArraySlice<UInt8>, maximumImages: Int, limits: ImageLimits
    ) throws(ServiceError) -> ImageTensor {
        guard case .object(let members) = value else { throw malformed("the input is not an object") }
        func member(_ name: String) -> JSONValue? { members.first { $0.name == name }?.value }
        guard member("name")?.text == input else { throw malformed("the input is not called “\(input)”") }
        let shape = try shape(member("shape"))
        var binarySize: Int?
        for (name, value) in try parameters(of: members) {
            switch name {
            case "binary_data_size":
                guard case .number(let text) = value, let size = DecimalNumber(text.utf8)?.integer, size >= 0 else {
                    throw malformed("“binary_data_size” is not a number of bytes")
                }
                binarySize = size
            case "shared_memory_region":
                throw malformed("the input is in shared memory, which is not served")
            default: continue
            }
        }
        let data = member("data")
        guard (data == nil) == (binarySize != nil) else {
            throw malformed("the input has either “data” or “binary_data_size”")
        }
        guard binarySize ?? 0 == binary.count else {
            throw malformed("\(binary.count) bytes follow the JSON, which says \(binarySize ?? 0)")
        }
        switch member("datatype")?.text {
        case "BYTES":
            let count = try count(shape, "BYTES")
            guard count > 0 else { throw .missingImage }
            guard count <= maximumImages else { throw .tooManyImages(limit: maximumImages) }
            guard let data else { return .files(try elements(binary, count: count)) }
            return .texts(try texts(data, count: count))
        case "UINT8":
            guard shape.count == 4, shape[3] == 3 else {
                throw malformed("a UINT8 input is of the shape [n, height, width, 3]")
            }
            guard shape[0] > 0 else { throw .missingImage }
            guard shape[0] <= maximumImages else { throw .tooManyImages(limit: maximumImages) }
            guard shape[1] > 0, shape[2] > 0 else { throw malformed("an image has no pixels") }
            let size = ImageSize(width: shape[2], height: shape[1])
            do throws(ImageError) { try limits.check(size) } catch { throw .image(error) }
            let bytes = try count(shape, "UINT8")
            let pixels: ArraySlice<UInt8>
            switch data {
            case nil: pixels = binary
            case .bytes(let packed)?: pixels = packed[...]
            default: throw malformed("“data” is not an array of numbers from 0 to 255")
            }
            guard pixels.count == bytes else {
                throw malformed("the shape \(shape) takes \(bytes) numbers, and there are \(pixels.count)")
            }
            return .pixels(pixels, size: size, count: shape[0])
        default: throw malformed("the datatype is neither “BYTES” nor “UINT8”")
        }
    }

    private static func shape(_ value: JSONValue?) throws(ServiceError) -> [Int] {
        guard case .array(let elements) = value, !elements.isEmpty, elements.count <= maximumRank else {
            throw malformed("“shape” is not an array of 1 to \(maximumRank) numbers")
        }
        var shape: [Int] = []
        for element in elements {
            guard case .number(let text) = element, let side = DecimalNumber(text.utf8)?.integer, side >= 0 else {
                throw malformed("“shape” has something else than whole numbers")
            }
            shape.append(side)
        }
        return shape
    }

    /// The elements of a shape.
    private static func count(_ shape: [Int], _ datatype: String) throws(ServiceError) -> Int {
        var count = 1
        for side in shape {
            let (product, overflows) = count.multipliedReportingOverflow(by: side)
            guard !overflows else { throw malformed("the \(datatype) input has more elements than can be counted") }
            count = product
        }
        return count
    }

    /// Elements of BYTES, each behind its length in four bytes, lowest first.
    private static func elements(_ bytes: ArraySlice<UInt8>, count: Int) throws(ServiceError) -> [ArraySlice<UInt8>] {
        var rest = bytes
        var elements: [ArraySlice<UInt8>] = []
        for index in 0..<count {
            guard rest.count >= lengthBytes else { throw malformed("element \(index) of \(count) has no length") }
            let length = rest.prefix(lengthBytes).reversed().reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(lengthBytes)
            guard length <= rest.count else {
                throw malformed("element \(index) is said to be \(length) bytes, and \(rest.count) are left")
            }
            elements.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        guard rest.isEmpty else { throw malformed("\(rest.count) bytes follow the last element") }
        return elements
    }

    /// Strings of an array, or of arrays within each other, in their order.
    private static func texts(_ data: JSONValue, count: Int) throws(ServiceError) -> [JSONString] {
        var texts: [JSONString] = []
        /// The reader has bounded depth and number.
        func add(_ value: JSONValue) throws(ServiceError) {
            switch value {
            case .array(let elements): for element in elements { try add(element) }
            case .string(let text): texts.append(text)
            default: throw malformed("“data” of BYTES has something else than strings of base64")
            }
        }
        try add(data)
        guard texts.count == count else {
            throw malformed("the shape takes \(count) elements, and there are \(texts.count)")
        }
        return texts
    }
}
