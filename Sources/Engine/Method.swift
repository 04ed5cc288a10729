import CKernels
import Networks
import Platform

/// A way to compute a convolution, chosen once for its layer and instruction set: it alone reads what it packs.
///
/// `@unchecked Sendable`: the pointer is to a constant of the kernels.
package struct Method: @unchecked Sendable {
    private let pointer: UnsafePointer<ck_method>

    /// The first method of an element's list that suits a layer; nil where there is none.
    package init?(_ element: ck_element, _ layer: ck_layer, _ isa: ck_isa) {
        var layer = layer
        guard let pointer = ck_method_of(isa, element, &layer) else { return nil }
        self.pointer = pointer
    }

    /// For kernels that take it.
    var kernel: UnsafePointer<ck_method> { pointer }

    /// As people are shown it: `f32/winograd4`.
    package var name: String { element + "/" + shortName }
    /// What it multiplies: `f32`, `bf16` or `u8`.
    var element: String { String(cString: ck_element_name(pointer.pointee.element)) }
    /// Its name among the methods of its element: `winograd4`.
    var shortName: String { String(cString: pointer.pointee.name) }

    /// Whether it can be part of a bottleneck and scale the channels of its input.
    var joins: Bool { pointer.pointee.joins != 0 }

    /// Bytes of the packed weights.
    package func packedSize(_ isa: ck_isa, _ shape: ck_convolution_shape) -> Int {
        var shape = shape
        return pointer.pointee.packed_size(isa, &shape)
    }

    /// Writes the packed weights.
    func pack(
        _ isa: ck_isa, _ shape: ck_convolution_shape, _ parameters: ck_parameters, to memory: UnsafeMutableRawPointer
    ) {
        var (shape, parameters) = (shape, parameters)
        pointer.pointee.pack(isa, &shape, &parameters, memory)
    }

    /// Writes the packed weights of a convolution of floats, shared out among threads where that is much work.
    ///
    /// - Parameters:
    ///   - weights: OHWI or, of a depthwise convolution, HWC.
    ///   - bias: One an output channel; nil for none.
    package func pack(
        _ isa: ck_isa, _ shape: ck_convolution_shape, weights: [Float], bias: [Float]?,
        to memory: UnsafeMutableRawPointer, _ parallel: ParallelRanges
    ) {
        weights.withUnsafeBufferPointer { weights in
            (bias ?? []).withUnsafeBufferPointer { values in
                let floats = ck_parameters_f32(
                    weights: weights.baseAddress, bias: bias == nil ? nil : values.baseAddress)
                let parameters = ck_parameters(f32: floats, u8: ck_parameters_u8())
                guard let packBlocks = pointer.pointee.pack_blocks else {
                    return pack(isa, shape, parameters, to: memory)
                }
                // Blocks share no byte.
                parallel.run(Int(division(isa, shape).blocks)) { range, _ in
                    var (shape, parameters) = (shape, parameters)
                    packBlocks(isa, &shape, &parameters, memory, Int32(range.lowerBound), Int32(range.upperBound))
                }
            }
        }
    }

    /// Bytes of scratch memory that a thread needs.
    package func scratchSize(_ isa: ck_isa, _ shape: ck_convolution_shape, scalesChannels: Bool = false) -> Int {
        var shape = shape
        return (scalesChannels ? pointer.pointee.scaled_scratch_size : pointer.pointee.scratch_size)(isa, &shape)
    }

    /// How the work is best divided.
    package func division(_ isa: ck_isa, _ shape: ck_convolution_shape) -> ck_division {
        var shape = shape
        return pointer.pointee.division(isa, &shape)
    }

    /// Computes a part of a packed layer.
    ///
    /// - Parameter factors: null, or for each image the factors of the input's channels.
    @inline(__always)
    package func run(
        _ isa: ck_isa, _ layer: ck_convolution, factors: UnsafePointer<UnsafeRawPointer?>? = nil, _ work: ck_work
    ) {
        var (layer, work) = (layer, work)
        if let factors {
            pointer.pointee.run_scaled(isa, &layer, factors, &work)
        } else {
            pointer.pointee.run(isa, &layer, &work)
        }
    }
}
