/// State dicts of detectors under the names of those who published them, with weights of `FormulaArray`: for tests without
/// their files. What PyTorch makes of them is in `Fixtures/torch-detectors`.
package enum TorchDetectors {
    /// The tensors of a list of layers.
    private struct Layers {
        var tensors: [TorchWriter.Tensor] = []

        private mutating func add(_ name: String, _ shape: [Int]) {
            tensors.append(TorchWriter.Tensor(name, shape, FormulaArray.parameter(name, shape: shape)))
        }

        mutating func convolution(_ name: String, _ input: Int, _ output: Int, _ kernel: Int, bias: Bool = true) {
            add(name + ".weight", [output, input, kernel, kernel])
            if bias { add(name + ".bias", [output]) }
        }

        mutating func normalization(_ name: String, _ channels: Int) {
            add(name + ".weight", [channels])
            add(name + ".bias", [channels])
            add(name + ".running_mean", [channels])
            add(name + ".running_var", [channels])
            tensors.append(
                TorchWriter.Tensor(
                    name + ".num_batches_tracked", [], storage: "LongStorage", data: [UInt8](repeating: 0, count: 8)))
        }
    }

    /// BlazeFace-PyTorch's front or back model.
    package static func blazeFace(isBack: Bool) -> [TorchWriter.Tensor] {
        var layers = Layers()
        func block(_ name: String, _ input: Int, _ output: Int) {
            layers.convolution(name + ".convs.0", 1, input, 3)
            layers.convolution(name + ".convs.1", input, output, 1)
        }
        let stem = isBack ? "backbone" : "backbone1"
        layers.convolution(stem + ".0", 3, 24, 5)
        let front = [24, 28, 32, 36, 42, 48, 56, 64, 72, 80, 88]
        let back = [Int](repeating: 24, count: 15) + [Int](repeating: 48, count: 8) + [Int](repeating: 96, count: 8)
        var channels = 24
        for (index, output) in (isBack ? back : front).enumerated() {
            block("\(stem).\(index + 2)", channels, output)
            channels = output
        }
        if isBack {
            block("final", 96, 96)
        } else {
            for index in 0..<5 { block("backbone2.\(index)", index == 0 ? 88 : 96, 96) }
        }
        layers.convolution("classifier_8", channels, 2, 1)
        layers.convolution("classifier_16", 96, 6, 1)
        layers.convolution("regressor_8", channels, 32, 1)
        layers.convolution("regressor_16", 96, 96, 1)
        return layers.tensors
    }

    /// Ultra-Light-Face, slim or with its receptive field block.
    package static func ultraLightFace(hasField: Bool) -> [TorchWriter.Tensor] {
        var layers = Layers()
        func unit(_ name: String, _ input: Int, _ output: Int, _ kernel: Int, _ parts: (String, String)) {
            layers.convolution("\(name).\(parts.0)", input, output, kernel, bias: false)
            layers.normalization("\(name).\(parts.1)", output)
        }
        unit("base_net.0", 3, 16, 3, ("0", "1"))
        var channels = 16
        for (index, output) in [32, 32, 32, 64, 64, 64, 64, 128, 128, 128, 256, 256].enumerated() {
            let name = "base_net.\(index + 1)"
            if hasField, index == 6 {
                for (part, input, output, kernel) in [
                    ("branch0.0", 64, 8, 1), ("branch0.1", 8, 16, 3), ("branch0.2", 16, 16, 3), ("branch1.0", 64, 8, 1),
                    ("branch1.1", 8, 16, 3), ("branch1.2", 16, 16, 3), ("branch2.0", 64, 8, 1), ("branch2.1", 8, 12, 3),
                    ("branch2.2", 12, 16, 3), ("branch2.3", 16, 16, 3), ("ConvLinear", 48, 64, 1),
                    ("shortcut", 64, 64, 1),
                ] { unit("\(name).\(part)", input, output, kernel, ("conv", "bn")) }
            } else {
                unit(name, 1, channels, 3, ("0", "1"))
                unit(name, channels, output, 1, ("3", "4"))
            }
            channels = output
        }
        layers.convolution("extras.0.0", 256, 64, 1)
        layers.convolution("extras.0.2.0", 1, 64, 3)
        layers.convolution("extras.0.2.2", 64, 256, 1)
        for (name, columns) in [("regression_headers", 4), ("classification_headers", 2)] {
            for (map, (channels, boxes)) in [(64, 3), (128, 2), (256, 2)].enumerated() {
                layers.convolution("\(name).\(map).0", 1, channels, 3)
                layers.convolution("\(name).\(map).2", channels, boxes * columns, 1)
            }
            layers.convolution("\(name).3", 256, 3 * columns, 3)
        }
        return layers.tensors
    }

    /// pytorch-ssd's `mb2-ssd-lite`.
    package static func mobileNetV2Lite(classes: Int) -> [TorchWriter.Tensor] {
        var layers = Layers()
        func unit(_ name: String, _ part: Int, _ input: Int, _ output: Int, _ kernel: Int, bias: Bool = false) {
            layers.convolution("\(name).\(part)", input, output, kernel, bias: bias)
            layers.normalization("\(name).\(part + 1)", output)
        }
        func block(_ name: String, _ input: Int, _ hidden: Int, _ output: Int) {
            if hidden != input { unit(name + ".conv", 0, input, hidden, 1) }
            let part = hidden != input ? 3 : 0
            unit(name + ".conv", part, 1, hidden, 3)
            unit(name + ".conv", part + 3, hidden, output, 1)
        }
        unit("base_net.0", 0, 3, 32, 3)
        var (channels, number) = (32, 0)
        for (expansion, output, blocks) in [
            (1, 16, 1), (6, 24, 2), (6, 32, 3), (6, 64, 4), (6, 96, 3), (6, 160, 3), (6, 320, 1),
        ] {
            for _ in 0..<blocks {
                number += 1
                block("base_net.\(number)", channels, channels * expansion, output)
                channels = output
            }
        }
        unit("base_net.18", 0, 320, 1280, 1)
        for (index, (input, hidden, output)) in [
            (1280, 256, 512), (512, 128, 256), (256, 128, 256), (256, 64, 64),
        ].enumerated() { block("extras.\(index)", input, hidden, output) }
        for (name, columns) in [("regression_headers", 4), ("classification_headers", classes)] {
            for (map, channels) in [576, 1280, 512, 256, 256].enumerated() {
                unit("\(name).\(map)", 0, 1, channels, 3, bias: true)
                layers.convolution("\(name).\(map).3", channels, 6 * columns, 1)
            }
            layers.convolution("\(name).5", 64, 6 * columns, 1)
        }
        return layers.tensors
    }

    /// SSD512 under ssd.pytorch's or torchvision's names; its tensors are zeros.
    package static func ssd512(isTorchvision: Bool, classes: Int) -> [TorchWriter.Tensor] {
        var tensors: [TorchWriter.Tensor] = []
        func convolution(_ name: String, _ input: Int, _ output: Int, _ kernel: Int) {
            for (suffix, shape) in [("weight", [output, input, kernel, kernel]), ("bias", [output])] {
                let values = [Float](repeating: 0, count: shape.reduce(1, *))
                tensors.append(TorchWriter.Tensor("\(name).\(suffix)", shape, values))
            }
        }
        let indices = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]
        let widths = [64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
        var channels = 3
        for (position, (index, width)) in zip(indices, widths).enumerated() {
            let torchvision =
                position < 10 ? "backbone.features.\(index)" : "backbone.extra.0.\(2 * (position - 10) + 1)"
            convolution(isTorchvision ? torchvision : "vgg.\(index)", channels, width, 3)
            channels = width
        }
        convolution(isTorchvision ? "backbone.extra.0.7.1" : "vgg.31", 512, 1024, 3)
        convolution(isTorchvision ? "backbone.extra.0.7.3" : "vgg.33", 1024, 1024, 1)
        var input = 1024
        for (layer, (reduced, output, kernel)) in [
            (256, 512, 3), (128, 256, 3), (128, 256, 3), (128, 256, 3), (128, 256, 4),
        ].enumerated() {
            convolution(isTorchvision ? "backbone.extra.\(layer + 1).0" : "extras.\(2 * layer)", input, reduced, 1)
            convolution(
                isTorchvision ? "backbone.extra.\(layer + 1).2" : "extras.\(2 * layer + 1)", reduced, output, kernel)
            input = output
        }
        for (map, (channels, boxes)) in [
            (512, 4), (1024, 6), (512, 6), (256, 6), (256, 6), (256, 4), (256, 4),
        ].enumerated() {
            let (loc, conf) =
                isTorchvision
                ? ("head.regression_head.module_list.\(map)", "head.classification_head.module_list.\(map)")
                : ("loc.\(map)", "conf.\(map)")
            convolution(loc, channels, boxes * 4, 3)
            convolution(conf, channels, boxes * classes, 3)
        }
        tensors.append(
            TorchWriter.Tensor(
                isTorchvision ? "backbone.scale_weight" : "L2Norm.weight", [512], [Float](repeating: 20, count: 512)))
        return tensors
    }
}
