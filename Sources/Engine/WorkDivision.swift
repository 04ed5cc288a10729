import CKernels

/// How a step's work may be cut between threads: by output pixels or by blocks of output channels.
package struct WorkDivision {
    /// An image's pixels are best cut at multiples of this many.
    let pixels: Int
    /// Blocks of output channels, of almost equal width.
    let blocks: Int
    /// Whether a part may be some of the blocks.
    var cutsChannels: Bool

    package init(pixels: Int, blocks: Int, cutsChannels: Bool = true) {
        self.pixels = pixels
        self.blocks = blocks
        self.cutsChannels = cutsChannels
    }

    /// How kernels say it.
    init(_ division: ck_division) {
        self.init(pixels: Int(division.pixels), blocks: Int(division.blocks))
    }

    /// The most parts that the work can have if it has this many granules of pixels.
    func maximumParts(granules: Int) -> Int { cutsChannels ? max(granules, blocks) : granules }

    /// Whether `parts` threads are kept busier by blocks of channels than by `granules` of pixels. Every thread that has
    /// only some of the pixels still passes over all the weights, and one that has only some of the channels over all
    /// the inputs; that matters less than how even the parts are.
    package func prefersBlocks(granules: Int, parts: Int) -> Bool {
        func evenness(_ units: Int) -> Double { Double(units) / Double(parts * ((units + parts - 1) / parts)) }
        return cutsChannels && parts > 1 && evenness(blocks) > evenness(granules) + 0.05
    }
}
