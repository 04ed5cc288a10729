import ArgumentParser
import Detectors

/// The option that says into which parts photos are cut.
struct TileArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Look at overlapping parts of each photo too, for small objects in large photos: auto, or columns x rows such as \
            3x2. It takes as long as so many photos more.
            """, valueName: "auto|CxR"), completion: .list(["auto", "2x2", "3x2", "3x3", "4x3"]), transform: parse)
    var tile: Tiling?

    @Sendable private static func parse(_ text: String) throws -> Tiling {
        guard let tiling = Tiling(text) else { throw ValidationError("--tile is \(Tiling.expected).") }
        return tiling
    }
}
