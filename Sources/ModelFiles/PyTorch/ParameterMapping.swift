import MultiBox
import Networks

/// Where an implementation keeps the parameters of each layer: from our layers' names to the file's.
package struct ParameterMapping: Sendable {
    /// The file's name of each layer: of a convolution, a batch normalization, or an L2 normalization's scale.
    let places: [String: String]

    /// The name of a parameter in the file; nil if the implementation has no such layer.
    package func name(of parameter: ParameterDescription) -> String? {
        guard let place = places[parameter.layer] else { return nil }
        switch parameter.role {
        case .weight, .normalizationScale, .channelwise: return place + ".weight"
        case .bias, .normalizationShift: return place + ".bias"
        case .l2Scale: return place
        case .normalizationMean: return place + ".running_mean"
        case .normalizationVariance: return place + ".running_var"
        }
    }

    /// Whether a name in the file is one that a parameter can have.
    package func covers(_ name: String) -> Bool {
        places.values.contains { place in
            name.hasPrefix(place)
                && ["", ".weight", ".bias", ".running_mean", ".running_var"].contains(name.dropFirst(place.count))
        }
    }
}

extension ParameterMapping {
    /// VGG16's thirteen layers by the index that each has in the sequence of layers, ReLU and pooling.
    private static let vgg16: [(name: String, index: Int)] = [
        ("conv1_1", 0), ("conv1_2", 2), ("conv2_1", 5), ("conv2_2", 7), ("conv3_1", 10), ("conv3_2", 12),
        ("conv3_3", 14), ("conv4_1", 17), ("conv4_2", 19), ("conv4_3", 21), ("conv5_1", 24), ("conv5_2", 26),
        ("conv5_3", 28),
    ]

    /// torchvision's `vgg16`, which classifies: its convolutions.
    package static let torchvisionVGG16 = ParameterMapping(
        places: Dictionary(uniqueKeysWithValues: vgg16.map { ($0.name, "features.\($0.index)") }))

    /// ssd.pytorch's `vgg16_reducedfc.pth`: VGG16 with fc6 and fc7 as convolutions, by their places in its sequence.
    package static let reducedVGG16 = ParameterMapping(
        places: Dictionary(
            uniqueKeysWithValues: vgg16.map { ($0.name, "\($0.index)") } + [("fc6", "31"), ("fc7", "33")]))

    /// ssd.pytorch's SSD300.
    package static let ssdPyTorch300 = ssdPyTorch(lastLayer: 11)

    /// SSD512 as ssd.pytorch names an SSD's layers: one pair of extra layers and one map more.
    package static let ssdPyTorch512 = ssdPyTorch(lastLayer: 12)

    private static func ssdPyTorch(lastLayer: Int) -> ParameterMapping {
        var names = vgg16.map { ($0.name, "vgg.\($0.index)") } + [("fc6", "vgg.31"), ("fc7", "vgg.33")]
        for layer in 8...lastLayer {
            names += [
                ("conv\(layer)_1", "extras.\((layer - 8) * 2)"), ("conv\(layer)_2", "extras.\((layer - 8) * 2 + 1)"),
            ]
        }
        for map in 0...lastLayer - 6 { names += [("loc.\(map)", "loc.\(map)"), ("conf.\(map)", "conf.\(map)")] }
        var places = Dictionary(uniqueKeysWithValues: names)
        places["conv4_3.l2"] = "L2Norm.weight"
        return ParameterMapping(places: places)
    }

    /// torchvision's `ssd300_vgg16`.
    package static let torchvisionSSD300 = torchvisionSSD(lastLayer: 11)

    /// SSD512 as torchvision names an SSD's layers (its `highres`).
    package static let torchvisionSSD512 = torchvisionSSD(lastLayer: 12)

    private static func torchvisionSSD(lastLayer: Int) -> ParameterMapping {
        var names = vgg16.prefix(10).map { ($0.name, "backbone.features.\($0.index)") }
        names += [
            ("conv5_1", "backbone.extra.0.1"), ("conv5_2", "backbone.extra.0.3"), ("conv5_3", "backbone.extra.0.5"),
            ("fc6", "backbone.extra.0.7.1"), ("fc7", "backbone.extra.0.7.3"),
        ]
        for layer in 8...lastLayer {
            names += [1, 2].map { ("conv\(layer)_\($0)", "backbone.extra.\(layer - 7).\(($0 - 1) * 2)") }
        }
        for map in 0...lastLayer - 6 {
            names += [
                ("loc.\(map)", "head.regression_head.module_list.\(map)"),
                ("conf.\(map)", "head.classification_head.module_list.\(map)"),
            ]
        }
        var places = Dictionary(uniqueKeysWithValues: names)
        places["conv4_3.l2"] = "backbone.scale_weight"
        return ParameterMapping(places: places)
    }

    /// torchvision's `mobilenet_v2`, which classifies: the layers before its classifier.
    package static let torchvisionMobileNetV2: ParameterMapping = {
        var places: [String: String] = [:]
        func normalized(_ name: String, _ block: String) {
            places[name] = block + ".0"
            places[name + ".norm"] = block + ".1"
        }
        normalized("conv1", "features.0")
        for number in 1...17 {
            let (name, parts) = ("bneck\(number)", "features.\(number).conv.")
            // The first block has no expansion.
            let depthwise = number == 1 ? 0 : 1
            if number > 1 { normalized(name + ".expand", parts + "0") }
            normalized(name + ".depthwise", parts + "\(depthwise)")
            places[name + ".project"] = parts + "\(depthwise + 1)"
            places[name + ".project.norm"] = parts + "\(depthwise + 2)"
        }
        normalized("conv2", "features.18")
        return ParameterMapping(places: places)
    }()

    /// torchvision's `mobilenet_v3_large`, which classifies: its layers up to where a detector's are half as wide (arXiv
    /// 1905.02244, section 6.3), which is after squeeze-and-excitation of block 13.
    package static let torchvisionMobileNetV3: ParameterMapping = {
        var places: [String: String] = [:]
        func normalized(_ name: String, _ block: String) {
            places[name] = block + ".0"
            places[name + ".norm"] = block + ".1"
        }
        normalized("conv1", "features.0")
        for number in 1...13 {
            let (name, parts) = ("bneck\(number)", "features.\(number).block.")
            // The first block has no expansion.
            var part = number == 1 ? 0 : 1
            if number > 1 { normalized(name + ".expand", parts + "0") }
            normalized(name + ".depthwise", parts + "\(part)")
            part += 1
            if (4...6).contains(number) || number >= 11 {
                places[name + ".squeeze"] = parts + "\(part).fc1"
                places[name + ".excite"] = parts + "\(part).fc2"
                part += 1
            }
            if number < 13 { normalized(name + ".project", parts + "\(part)") }
        }
        return ParameterMapping(places: places)
    }()

    /// torchvision's `ssdlite320_mobilenet_v3_large`.
    package static let torchvisionSSDLite320: ParameterMapping = {
        var places: [String: String] = [:]
        /// A convolution and its batch normalization, as `Conv2dNormActivation` numbers them.
        func normalized(_ name: String, _ block: String) {
            places[name] = block + ".0"
            places[name + ".norm"] = block + ".1"
        }
        normalized("conv1", "backbone.features.0.0")
        for number in 1...15 {
            // The sequence is cut inside block 13, after its expansion.
            let parts: String
            switch number {
            case ..<13: parts = "backbone.features.0.\(number).block."
            case 13: parts = "backbone.features.1.0."
            default: parts = "backbone.features.1.\(number - 13).block."
            }
            let name = "bneck\(number)"
            var part = 0
            if number == 13 {
                normalized(name + ".expand", "backbone.features.0.13")
                part = 1
            } else if number > 1 {
                normalized(name + ".expand", parts + "0")
                part = 1
            }
            normalized(name + ".depthwise", parts + "\(part)")
            part += 1
            if (4...6).contains(number) || number >= 11 {
                places[name + ".squeeze"] = parts + "\(part).fc1"
                places[name + ".excite"] = parts + "\(part).fc2"
                part += 1
            }
            normalized(name + ".project", parts + "\(part)")
        }
        normalized("conv2", "backbone.features.1.3")
        for (layer, part) in [("reduce", 0), ("depthwise", 1), ("expand", 2)] {
            for number in 1...4 { normalized("extra\(number).\(layer)", "backbone.extra.\(number - 1).\(part)") }
        }
        for (name, head) in [("loc", "regression_head"), ("conf", "classification_head")] {
            for map in 0..<6 {
                let module = "head.\(head).module_list.\(map)"
                normalized("\(name).\(map).depthwise", module + ".0")
                places["\(name).\(map)"] = module + ".1"
            }
        }
        return ParameterMapping(places: places)
    }()
}
