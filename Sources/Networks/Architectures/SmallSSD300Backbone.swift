/// A network of about half a gigaflop of multiply-adds at 300 × 300 pixels that trains from scratch on a CPU, with its extra
/// feature layers.
///
/// Convolutions are dense, 3 × 3 and followed by batch normalization, without which an SSD does not train from scratch
/// (Zhu et al. 2019, arXiv 1810.08425); residual sums (He et al. 2016) keep gradients alive. Maps of 38, 19, 10, 5 and 3
/// cells a side feed the heads. The first sees what the second knows as well (Lin et al. 2017, arXiv 1612.03144): small
/// objects are told apart by what is around them. Batch normalization makes SSD's L2 normalization unnecessary.
struct SmallSSD300Backbone: Backbone {
    func build(_ builder: inout SSDLayerBuilder) throws(NetworkError) -> TensorID {
        var x = try unit(builder.network.inputTensor, 16, stride: 2, "stem1", &builder)
        x = try unit(x, 32, stride: 2, "stem2", &builder)
        x = try residual(x, "stage1.1", &builder)
        x = try unit(x, 64, stride: 2, "stage2.0", &builder)
        x = try residual(x, "stage2.1", &builder)
        let lateral = try residual(x, "stage2.2", &builder)
        x = try unit(lateral, 128, stride: 2, "stage3.0", &builder)
        x = try residual(x, "stage3.1", &builder)
        let map19 = try residual(x, "stage3.2", &builder)
        let map38 = try builder.add(lateral, upsampled(map19, "topdown", &builder), "topdown.sum")
        x = try unit(map19, 192, stride: 2, "stage4.0", &builder)
        let map10 = try residual(x, "stage4.1", &builder)
        x = try unit(map10, 96, kernel: 1, padding: 0, "extra1.0", &builder)
        let map5 = try unit(x, 192, stride: 2, "extra1.1", &builder)
        x = try unit(map5, 96, kernel: 1, padding: 0, "extra2.0", &builder)
        let map3 = try unit(x, 192, padding: 0, "extra2.1", &builder)
        for map in [map38, map19, map10, map5, map3] { try builder.addSourceMap(map) }
        return map3
    }

    private func unit(
        _ x: TensorID, _ channels: Int, kernel: Int = 3, stride: Int = 1, padding: Int = 1,
        activation: Activation = .relu, _ name: String, _ builder: inout SSDLayerBuilder
    ) throws(NetworkError) -> TensorID {
        try builder.normalizedConvolution(
            x, name, channels: channels, Window(kernel: kernel, stride: stride, padding: padding), activation)
    }

    private func residual(
        _ x: TensorID, _ name: String, _ builder: inout SSDLayerBuilder
    ) throws(NetworkError) -> TensorID {
        let y = try unit(x, builder.network[x].shape.channels, name, &builder)
        return try builder.add(y, x, name + ".sum")
    }

    /// Twice the size, half the channels, by sub-pixel convolution (Shi et al. 2016, arXiv 1609.05158): a pointwise
    /// convolution makes a cell's two pixels of the even row, another those of the odd row; as rows of maps are contiguous,
    /// joining and reshaping put them in their places.
    private func upsampled(
        _ x: TensorID, _ name: String, _ builder: inout SSDLayerBuilder
    ) throws(NetworkError) -> TensorID {
        let shape = builder.network[x].shape
        let (rows, columns, channels) = (shape.height, 2 * shape.width, shape.channels / 2)
        let half = try TensorShape(height: rows, width: columns, channels: channels)
        var parts: [TensorID] = []
        for part in ["even", "odd"] {
            let y = try unit(x, 2 * channels, kernel: 1, padding: 0, activation: .none, "\(name).\(part)", &builder)
            parts.append(try builder.reshape(y, to: half, "\(name).\(part).row"))
        }
        let joined = try builder.concatenation(parts, axis: 1, name + ".rows")
        let whole = try TensorShape(height: 2 * rows, width: columns, channels: channels)
        return try builder.reshape(joined, to: whole, name)
    }
}
