import Networks
import CKernels

extension Network {
    /// Whether a quantized convolution takes less time by Winograd's method in bytes.
    package func winogradIsFaster(_ convolution: Convolution, in layer: Layer) -> Bool {
        guard WinogradFactors.suit(convolution) else { return false }
        var shape = kernelShape(of: convolution.window, in: layer)
        return ck_u8_winograd_is_faster(&shape) != 0
    }

    /// A window over a layer's first input that makes its output, as kernels take it.
    func kernelShape(of window: Window, in layer: Layer) -> ck_convolution_shape {
        let input = self[layer.inputs[0]].shape
        let output = self[layer.output].shape
        return ck_convolution_shape(
            input_height: Int32(input.height), input_width: Int32(input.width), input_channels: Int32(input.channels),
            output_height: Int32(output.height), output_width: Int32(output.width),
            output_channels: Int32(output.channels), kernel_height: Int32(window.kernelHeight),
            kernel_width: Int32(window.kernelWidth), stride_y: Int32(window.strideY), stride_x: Int32(window.strideX),
            dilation_y: Int32(window.dilationY), dilation_x: Int32(window.dilationX),
            padding_top: Int32(window.paddingTop), padding_left: Int32(window.paddingLeft))
    }
}
