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
}
