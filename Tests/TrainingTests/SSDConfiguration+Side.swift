import MultiBox
import Networks

extension SSDConfiguration {
    /// The same on a smaller input, as large as the last maps need: VGG16 at its published size is slow to test.
    ///
    /// - Parameters:
    ///   - side: The input's.
    ///   - maps: The sides of the maps with default boxes.
    func with(side: Int, maps sides: [Int]) -> SSDConfiguration {
        var configuration = self
        var maps = defaultBoxes.maps
        precondition(maps.count == sides.count, "a side for each map")
        for (index, size) in sides.enumerated() { (maps[index].rows, maps[index].columns) = (size, size) }
        configuration.defaultBoxes.maps = maps
        (configuration.defaultBoxes.imageWidth, configuration.defaultBoxes.imageHeight) = (side, side)
        (configuration.preprocessing.width, configuration.preprocessing.height) = (side, side)
        return configuration
    }
}
