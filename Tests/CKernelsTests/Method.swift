import CKernels
import Glibc
import Testing

/// A method on an instruction set, for the layers of one shape.
struct Method {
    let isa: ck_isa
    let shape: ck_convolution_shape
    private let pointer: UnsafePointer<ck_method>

    init(_ isa: ck_isa, _ shape: ck_convolution_shape, _ pointer: UnsafePointer<ck_method>) {
        (self.isa, self.shape, self.pointer) = (isa, shape, pointer)
    }

    /// The one that is chosen for a layer.
    init?(_ isa: ck_isa, _ element: ck_element, _ layer: ck_layer) {
        var layer = layer
        guard let pointer = ck_method_of(isa, element, &layer) else { return nil }
        self.init(isa, layer.shape, pointer)
    }

    /// The one that is chosen for a layer of floats, which has one unless it is depthwise and in bfloat16.
    init(
        _ isa: ck_isa, _ element: ck_element, _ shape: ck_convolution_shape, isDepthwise: Bool = false,
        inputStride: Int
    ) {
        var shape = shape
        guard let method = Method(isa, element, ck_layer_f32(&shape, isDepthwise ? 1 : 0, inputStride)) else {
            preconditionFailure("every layer has a method")
        }
        self = method
    }

    /// The list that a method is chosen from, in order.
    static func all(
        _ isa: ck_isa, _ element: ck_element, _ shape: ck_convolution_shape, isDepthwise: Bool = false
    ) -> [Method] {
        guard var next = ck_methods_of(element, isDepthwise ? 1 : 0) else { return [] }
        var result: [Method] = []
        while let pointer = next.pointee {
            result.append(Method(isa, shape, pointer))
            next += 1
        }
        return result
    }

    var name: String { String(cString: pointer.pointee.name) }
    /// As people are shown it.
    var label: String {
        "\(String(cString: ck_element_name(pointer.pointee.element)))/\(name)/\(String(cString: ck_isa_description(isa)))"
    }
    var joins: Bool { pointer.pointee.joins != 0 }
    var scales: Bool { pointer.pointee.run_scaled != nil }
    /// The value that plans and bottlenecks carry.
    var value: UnsafePointer<ck_method> { pointer }

    func suits(_ layer: ck_layer) -> Bool {
        var layer = layer
        return pointer.pointee.suits(isa, &layer) != 0
    }

    var packedSize: Int { with { pointer.pointee.packed_size(isa, $0) } }
    var scratchSize: Int { with { pointer.pointee.scratch_size(isa, $0) } }
    var scaledScratchSize: Int { with { pointer.pointee.scaled_scratch_size(isa, $0) } }
    var division: ck_division { with { pointer.pointee.division(isa, $0) } }

    /// Weights packed into guarded memory: where that can be done by blocks, the same bytes either way.
    func packed(_ parameters: ck_parameters) -> GuardedBuffer<UInt8> {
        let memory = GuardedBuffer<UInt8>(count: packedSize, filledWith: 0xFF, alignment: 64)
        var parameters = parameters
        with { pointer.pointee.pack(isa, $0, &parameters, memory.address) }
        guard let packBlocks = pointer.pointee.pack_blocks else { return memory }
        let parts = GuardedBuffer<UInt8>(count: packedSize, filledWith: 0xFF, alignment: 64)
        for block in (0..<division.blocks).reversed() {
            with { packBlocks(isa, $0, &parameters, parts.address, block, block + 1) }
        }
        #expect(memcmp(memory.address, parts.address, packedSize) == 0, "\(label) packs its blocks otherwise")
        return memory
    }

    /// Float weights packed into guarded memory.
    func packed(_ weights: [Float], _ bias: [Float]?) -> GuardedBuffer<UInt8> {
        weights.withUnsafeBufferPointer { weights in
            func pack(_ bias: UnsafePointer<Float>?) -> GuardedBuffer<UInt8> {
                var parameters = ck_parameters()
                (parameters.f32.weights, parameters.f32.bias) = (weights.baseAddress, bias)
                return packed(parameters)
            }
            return bias.map { $0.withUnsafeBufferPointer { pack($0.baseAddress) } } ?? pack(nil)
        }
    }

    func run(_ layer: UnsafePointer<ck_convolution>, _ work: UnsafePointer<ck_work>) {
        pointer.pointee.run(isa, layer, work)
    }

    func runScaled(
        _ layer: UnsafePointer<ck_convolution>, _ scales: UnsafePointer<UnsafeRawPointer?>?,
        _ work: UnsafePointer<ck_work>
    ) { pointer.pointee.run_scaled(isa, layer, scales, work) }

    private func with<Result>(_ body: (UnsafePointer<ck_convolution_shape>) -> Result) -> Result {
        withUnsafePointer(to: shape, body)
    }
}

extension ck_convolution {
    /// A layer of floats.
    init(
        shape: ck_convolution_shape, packed: GuardedBuffer<UInt8>, activation: ck_activation,
        residuals: UnsafePointer<UnsafeRawPointer?>? = nil, residualStride: Int = 0
    ) {
        self.init()
        (self.shape, self.packed, self.activation) = (shape, UnsafeRawPointer(packed.address), activation)
        (self.residuals, residual_stride) = (residuals, residualStride)
    }
}
