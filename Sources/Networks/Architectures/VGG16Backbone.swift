/// VGG16 (arXiv 1409.1556, configuration D) as SSD reduces it: pool3 counts its last row, pool5 keeps the size, and the
/// fully connected fc6 and fc7 become convolutions, fc6 with holes (arXiv 1512.02325, section 3).
struct VGG16Backbone: Backbone {
    func build(_ builder: inout SSDLayerBuilder) throws(NetworkError) -> TensorID {
        var x = builder.network.inputTensor
        for (index, channels) in [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]].enumerated()
        {
            let stage = index + 1
            for (layer, channels) in channels.enumerated() {
                x = try builder.convolution(
                    x, "conv\(stage)_\(layer + 1)", channels: channels, Window(kernel: 3, padding: 1), .relu)
            }
            // conv4_3 is of another magnitude than the later maps: only its normalized copy feeds a head.
            if stage == 4 { try builder.addSourceMap(builder.l2Normalization(x, "conv4_3")) }
            let window =
                stage < 5
                ? Window(kernel: 2, stride: 2, ceilMode: true) : Window(kernel: 3, stride: 1, padding: 1)
            x = try builder.maxPooling(x, "pool\(stage)", window)
        }
        x = try builder.convolution(x, "fc6", channels: 1024, Window(kernel: 3, padding: 6, dilation: 6), .relu)
        x = try builder.convolution(x, "fc7", channels: 1024, Window(kernel: 1), .relu)
        try builder.addSourceMap(x)
        return x
    }
}
