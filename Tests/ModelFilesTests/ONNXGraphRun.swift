import Engine
import ModelFiles
import Networks
import TestSupport
import Testing

/// Runs graphs that are written here on a photo of numbers.
struct ONNXGraphRun {
    let channels: Int, height: Int, width: Int
    /// The photo, channels outermost.
    let photo: [Float]

    init(channels: Int = 3, height: Int, width: Int, seed: UInt64 = 4) {
        (self.channels, self.height, self.width) = (channels, height, width)
        var random = SeededGenerator(seed: seed)
        photo = (0..<channels * height * width).map { _ in Float.random(in: -2...2, using: &random) }
    }

    /// What a graph whose input `x` is the photo makes of it: a feature map with its channels outermost, or rows as they lie.
    func values(
        isMap: Bool = true, operatorSet: Int = 17, _ graph: (inout ONNXWriter) -> String
    ) throws -> [Float] {
        var writer = ONNXWriter()
        writer.input("x", [1, channels, height, width])
        let output = graph(&writer)
        return try values(of: writer.bytes(outputs: [output], operatorSet: operatorSet), output, isMap: isMap).values
    }

    /// What a file makes of the photo, and the network that it is.
    func values(of file: [UInt8], _ output: String, isMap: Bool = true) throws -> (values: [Float], Network) {
        var importer = try ONNXImporter(ONNXFile(bytes: file))
        try importer.importNodes()
        let found = importer.output(output)
        let id = try #require(found)
        let network = importer.build(outputs: [id])
        let plan = try Plan(network: network, instructionSet: .best)
        let pixels = height * width
        let ours = (0..<photo.count).map { Double(photo[$0 % channels * pixels + $0 / channels]) }
        let made = PlanRun(plan, network).run([.floats(ours)])[0][0].reals.map { Float($0) }
        guard isMap else { return (made, network) }
        let shape = network[network.outputs[0]].shape
        let values = (0..<made.count).map { index in
            made[index % shape.pixels * shape.channels + index / shape.pixels]
        }
        return (values, network)
    }

    /// The photo as the first feature map of a graph: what is done to the photo itself is its preparation.
    func map(_ writer: inout ONNXWriter) -> String {
        writer.constant("one", [channels, 1, 1, 1], Array(repeating: 1, count: channels))
        return writer.node("Conv", ["x", "one"], [("group", .integer(channels))])
    }

    /// The photo's number at a place.
    func at(_ channel: Int, _ y: Int, _ x: Int) -> Float { photo[(channel * height + y) * width + x] }
}

/// Expects numbers to be others up to rounding.
func expectEqual(
    _ found: [Float], _ expected: [Float], tolerance: Float = 1e-4, _ what: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(found.count == expected.count, "\(what)", sourceLocation: sourceLocation)
    let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
    #expect(worst <= tolerance, "\(what) \(worst)", sourceLocation: sourceLocation)
}
