/// MobileNet (arXiv 1704.04861, table 1) without its classifier, batch normalization already part of the weights. Source
/// maps are conv11 and conv13, as in chuanqi305's MobileNet-SSD.
struct MobileNetV1Backbone: Backbone {
    func build(_ builder: inout SSDLayerBuilder) throws(NetworkError) -> TensorID {
        let half = Window(kernel: 3, stride: 2, padding: 1)
        var x = try builder.convolution(builder.network.inputTensor, "conv0", channels: 32, half, .relu)
        let channels = [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024]
        for (index, channels) in channels.enumerated() {
            let number = index + 1
            let window = [2, 4, 6, 12].contains(number) ? half : Window(kernel: 3, padding: 1)
            x = try builder.depthwise(x, "conv\(number).depthwise", window, .relu)
            x = try builder.convolution(x, "conv\(number)", channels: channels, Window(kernel: 1), .relu)
            if number == 11 || number == 13 { try builder.addSourceMap(x) }
        }
        return x
    }
}
