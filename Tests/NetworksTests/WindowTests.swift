import Networks
import Testing

/// The one formula of output sizes, on the cases that implementations disagree on.
struct WindowTests {
    private func output(_ window: Window, height: Int, width: Int) throws -> [Int] {
        var builder = NetworkBuilder(
            input: try TensorShape(height: height, width: width, channels: 3), element: .float32)
        let pooled = try builder.maxPooling(builder.inputTensor, window, name: "pool")
        return [builder[pooled].shape.height, builder[pooled].shape.width]
    }

    @Test func `ceil mode counts a window that hangs over the edge`() throws {
        #expect(try output(Window(kernel: 2, stride: 2), height: 75, width: 75) == [37, 37])
        #expect(try output(Window(kernel: 2, stride: 2, ceilMode: true), height: 75, width: 75) == [38, 38])
        // A window that would begin in the padding after the input does not count.
        let window = Window(kernel: 2, stride: 3, padding: 1, ceilMode: true)
        #expect(try output(window, height: 4, width: 5) == [2, 2])
    }

    @Test(arguments: [
        (300, 3, 2, 150, 0, 1), (75, 3, 2, 38, 1, 1), (10, 3, 2, 5, 0, 1), (7, 1, 1, 7, 0, 0), (5, 2, 1, 5, 0, 1),
    ])
    func `same padding is asymmetric on even sizes`(
        input: Int, kernel: Int, stride: Int, outputs: Int, before: Int, after: Int
    ) throws {
        var window = Window(kernel: kernel, stride: stride)
        window.padAsSame(inputHeight: input, inputWidth: input)
        #expect([window.paddingTop, window.paddingLeft] == [before, before])
        #expect([window.paddingBottom, window.paddingRight] == [after, after])
        #expect(try output(window, height: input, width: input) == [outputs, outputs])
    }

    @Test func `a window that cannot be is an error`() throws {
        for window in [
            Window(kernel: 0), Window(kernel: 3, stride: 0), Window(kernel: 3, padding: -1),
            Window(kernel: 1 << 40), Window(kernel: 3, stride: Int.max), Window(kernel: 9),
        ] {
            #expect(throws: NetworkError.self) { try output(window, height: 8, width: 8) }
        }
    }
}
