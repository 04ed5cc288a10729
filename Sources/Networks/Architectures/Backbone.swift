/// The layers that an SSD takes over from an image classifier.
protocol Backbone {
    /// Adds the layers after the image and makes source maps of those that the paper names.
    ///
    /// - Returns: the last map, which the extra feature layers continue.
    func build(_ builder: inout SSDLayerBuilder) throws(NetworkError) -> TensorID
}
