/// The sliding window of a convolution or pooling: its size, steps and the padding around the input, in pixels.
public struct Window: Sendable, Hashable {
    /// The largest kernel, stride, dilation or padding accepted, in pixels: far above any detector's, low enough that no
    /// arithmetic on them overflows.
    public static let maximumExtent = 1024

    /// Rows and columns of the kernel.
    public var kernelHeight: Int, kernelWidth: Int
    /// Pixels from one output to the next.
    public var strideY: Int, strideX: Int
    /// Pixels from one kernel position to the next.
    public var dilationY: Int, dilationX: Int
    /// Pixels added on each side.
    public var paddingTop: Int, paddingLeft: Int, paddingBottom: Int, paddingRight: Int
    /// Whether a last window that hangs over the edge counts (Caffe's pooling) or is dropped.
    public var ceilMode: Bool

    /// A square window with equal padding on all sides.
    public init(kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1, ceilMode: Bool = false) {
        self.init(kernelHeight: kernel, kernelWidth: kernel, strideY: stride, strideX: stride)
        (dilationY, dilationX) = (dilation, dilation)
        (paddingTop, paddingLeft, paddingBottom, paddingRight) = (padding, padding, padding, padding)
        self.ceilMode = ceilMode
    }

    /// A window without padding.
    public init(kernelHeight: Int, kernelWidth: Int, strideY: Int, strideX: Int, dilationY: Int = 1, dilationX: Int = 1)
    {
        (self.kernelHeight, self.kernelWidth) = (kernelHeight, kernelWidth)
        (self.strideY, self.strideX) = (strideY, strideX)
        (self.dilationY, self.dilationX) = (dilationY, dilationX)
        (paddingTop, paddingLeft, paddingBottom, paddingRight) = (0, 0, 0, 0)
        ceilMode = false
    }

    /// TensorFlow's "SAME": as many outputs as ⌈input / stride⌉, an odd pixel of padding goes to the bottom and right.
    public mutating func padAsSame(inputHeight: Int, inputWidth: Int) {
        func padding(_ input: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> (Int, Int) {
            let outputs = (input + stride - 1) / stride
            let total = max(0, (outputs - 1) * stride + (kernel - 1) * dilation + 1 - input)
            return (total / 2, total - total / 2)
        }
        (paddingTop, paddingBottom) = padding(inputHeight, kernelHeight, strideY, dilationY)
        (paddingLeft, paddingRight) = padding(inputWidth, kernelWidth, strideX, dilationX)
    }

    /// Whether every number is within what `maximumExtent` allows.
    package var isReasonable: Bool {
        let positive = [kernelHeight, kernelWidth, strideY, strideX, dilationY, dilationX]
        let paddings = [paddingTop, paddingLeft, paddingBottom, paddingRight]
        return positive.allSatisfy { (1...Self.maximumExtent).contains($0) }
            && paddings.allSatisfy { (0...Self.maximumExtent).contains($0) }
    }

    /// Rows and columns of the output over an input of this size; not positive if the window does not fit.
    ///
    /// ⌊(input + padding − ((kernel − 1) · dilation + 1)) / stride⌋ + 1, with ⌈ ⌉ in ceil mode, where a window that
    /// would begin beyond the input and its leading padding does not count (as Caffe and PyTorch have it).
    package func outputSize(inputHeight: Int, inputWidth: Int) -> (height: Int, width: Int) {
        func outputs(_ input: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ before: Int, _ after: Int) -> Int {
            let span = input + before + after - ((kernel - 1) * dilation + 1)
            guard span >= 0 else { return 0 }
            var count = (ceilMode ? span + stride - 1 : span) / stride + 1
            if ceilMode, (count - 1) * stride >= input + before { count -= 1 }
            return count
        }
        return (
            outputs(inputHeight, kernelHeight, strideY, dilationY, paddingTop, paddingBottom),
            outputs(inputWidth, kernelWidth, strideX, dilationX, paddingLeft, paddingRight)
        )
    }
}
