extension Preprocessing {
    /// That of image classifiers trained on ImageNet by PyTorch's recipe, whose layers a detector begins with: red, green,
    /// blue, each (x / 255 − mean) / deviation with the means .485, .456, .406 and the deviations .229, .224, .225.
    public static func imageNet(width: Int, height: Int) -> Preprocessing {
        let (means, deviations): ([Float], [Float]) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
        return Preprocessing(
            width: width, height: height, channelOrder: .rgb,
            normalization: .affine(
                scale: deviations.map { 1 / (255 * $0) }, bias: zip(means, deviations).map { -$0 / $1 }))
    }

    /// That of the VGG16 of SSD's authors as ssd.pytorch feeds it: red, green, blue, each less the mean over ImageNet, 123, 117
    /// and 104.
    public static func reducedVGG16(width: Int, height: Int) -> Preprocessing {
        Preprocessing(
            width: width, height: height, channelOrder: .rgb,
            normalization: .affine(scale: [1, 1, 1], bias: [-123, -117, -104]), interpolation: .bytes)
    }
}
