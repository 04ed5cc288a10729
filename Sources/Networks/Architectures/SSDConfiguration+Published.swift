import MultiBox

extension SSDConfiguration {
    /// torchvision's `ssd300_vgg16`; published for COCO with 91 classes.
    public static func torchvisionSSD300(classCount: Int) -> SSDConfiguration {
        let mean: [Float] = [0.48235 * 255, 0.45882 * 255, 0.40784 * 255]
        return SSDConfiguration(
            architecture: .ssd300VGG16, defaultBoxes: .torchvisionSSD300, coder: .torchvision,
            output: .torchvisionSSD300(classCount: classCount),
            preprocessing: Preprocessing(
                width: 300, height: 300, channelOrder: .rgb,
                normalization: .affine(scale: [1, 1, 1], bias: mean.map { -$0 })),
            // Its norm is held at 1e-12 from below; nothing is added to it.
            l2Epsilon: 1e-24)
    }

    /// ssd.pytorch's SSD300: Pascal VOC's box sizes, or COCO's for the class counts of COCO models (81, 91 and 201).
    public static func ssdPyTorch300(classCount: Int) -> SSDConfiguration {
        var boxes = DefaultBoxConfiguration.ssdPyTorchVOC
        if [81, 91, 201].contains(classCount) {
            boxes = .ssd300COCO
            boxes.clip = .centerForm
        }
        return SSDConfiguration(
            architecture: .ssd300VGG16, defaultBoxes: boxes, output: .ssdPyTorch(classCount: classCount),
            preprocessing: .reducedVGG16(width: 300, height: 300))
    }

    /// SSD512 as ssd.pytorch would have it, whose own is a stub: the paper's box sizes for Pascal VOC, or COCO's for the class
    /// counts of COCO models.
    public static func ssdPyTorch512(classCount: Int) -> SSDConfiguration {
        var boxes = [81, 91, 201].contains(classCount) ? DefaultBoxConfiguration.ssd512COCO : .ssd512VOC
        boxes.clip = .centerForm
        return SSDConfiguration(
            architecture: .ssd512VGG16, defaultBoxes: boxes, output: .ssdPyTorch(classCount: classCount),
            preprocessing: .reducedVGG16(width: 512, height: 512))
    }

    /// SSD512 as torchvision would have it, which has none: its SSD300 on the paper's maps and box sizes.
    public static func torchvisionSSD512(classCount: Int) -> SSDConfiguration {
        var configuration = torchvisionSSD300(classCount: classCount)
        configuration.architecture = .ssd512VGG16
        configuration.defaultBoxes = [81, 91].contains(classCount) ? .ssd512COCO : .ssd512VOC
        configuration.defaultBoxes.clip = .sizeOnly
        (configuration.preprocessing.width, configuration.preprocessing.height) = (512, 512)
        return configuration
    }

    /// The authors' SSD512 for Pascal VOC, in Caffe.
    public static func caffeSSD512(classCount: Int) -> SSDConfiguration {
        SSDConfiguration(
            architecture: .ssd512VGG16, defaultBoxes: .ssd512VOCCaffe, output: .caffe(classCount: classCount),
            preprocessing: Preprocessing(
                width: 512, height: 512, channelOrder: .bgr,
                normalization: .affine(scale: [1, 1, 1], bias: [-104, -117, -123]), interpolation: .bytes))
    }

    /// torchvision's `ssdlite320_mobilenet_v3_large`; published for COCO with 91 classes.
    public static func torchvisionSSDLite320(classCount: Int) -> SSDConfiguration {
        SSDConfiguration(
            architecture: .ssdlite320MobileNetV3, defaultBoxes: .torchvisionSSDLite320, coder: .torchvision,
            output: .torchvisionSSDLite320(classCount: classCount),
            preprocessing: Preprocessing(
                width: 320, height: 320, channelOrder: .rgb,
                normalization: .affine(scale: [1 / 127.5, 1 / 127.5, 1 / 127.5], bias: [-1, -1, -1])))
    }

    /// chuanqi305's MobileNet-SSD for Pascal VOC, in Caffe.
    public static func mobileNetSSD(classCount: Int) -> SSDConfiguration {
        let scale: Float = 0.007843
        return SSDConfiguration(
            architecture: .mobileNetV1SSD300, defaultBoxes: .mobileNetSSD, output: .caffe(classCount: classCount),
            preprocessing: Preprocessing(
                width: 300, height: 300, channelOrder: .bgr,
                normalization: .affine(
                    scale: [scale, scale, scale], bias: [-127.5 * scale, -127.5 * scale, -127.5 * scale]),
                interpolation: .bytes))
    }

    /// Our small SSD300.
    ///
    /// - Parameters:
    ///   - defaultBoxes: Those of `SmallSSD300.defaultBoxes(sizes:aspectRatio:)`.
    ///   - iouThreshold: Overlap above which the lower of two detections of a class is dropped.
    public static func smallSSD300(
        classCount: Int, defaultBoxes: DefaultBoxConfiguration = SmallSSD300.defaultBoxes(), iouThreshold: Float = 0.45
    ) -> SSDConfiguration {
        SSDConfiguration(
            architecture: .smallSSD300, defaultBoxes: defaultBoxes,
            output: DetectionOutputConfiguration(
                classCount: classCount, iouThreshold: iouThreshold, clip: .beforeSuppression),
            preprocessing: SmallSSD300.preprocessing)
    }

    /// SSDLite on MobileNetV2.
    ///
    /// - Parameters:
    ///   - architecture: One of those on MobileNetV2.
    ///   - defaultBoxes: Those of `SSDLiteMobileNetV2.defaultBoxes(_:side:sizes:aspectRatio:)`; they say how large the input is.
    ///     Nil for the default ones.
    ///   - iouThreshold: Overlap above which the lower of two detections of a class is dropped.
    public static func ssdliteMobileNetV2(
        _ architecture: SSDArchitecture = .ssdliteMobileNetV2, classCount: Int,
        defaultBoxes: DefaultBoxConfiguration? = nil,
        iouThreshold: Float = SSDLiteMobileNetV2.iouThreshold
    ) -> SSDConfiguration {
        precondition(SSDLiteMobileNetV2.architectures.contains(architecture), "one on MobileNetV2")
        let defaultBoxes = defaultBoxes ?? SSDLiteMobileNetV2.defaultBoxes(architecture)
        return SSDConfiguration(
            architecture: architecture, defaultBoxes: defaultBoxes,
            output: DetectionOutputConfiguration(
                classCount: classCount, iouThreshold: iouThreshold, clip: .beforeSuppression),
            preprocessing: .imageNet(width: defaultBoxes.imageWidth, height: defaultBoxes.imageHeight))
    }

    /// The best known detector of an architecture, with the class count of its published weights unless another is
    /// given: COCO's 91 in torchvision's networks and those on MobileNetV2, Pascal VOC's 21 in the others.
    public static func published(_ architecture: SSDArchitecture, classCount: Int? = nil) -> SSDConfiguration {
        switch architecture {
        case .ssd300VGG16: torchvisionSSD300(classCount: classCount ?? LabelMap.coco.count)
        case .ssd512VGG16: caffeSSD512(classCount: classCount ?? LabelMap.pascalVOC.count)
        case .ssdlite320MobileNetV3: torchvisionSSDLite320(classCount: classCount ?? LabelMap.coco.count)
        case .ssdliteMobileNetV2, .ssdliteMobileNetV2Half, .ssdliteMobileNetV2FPN:
            ssdliteMobileNetV2(architecture, classCount: classCount ?? LabelMap.coco.count)
        case .mobileNetV1SSD300: mobileNetSSD(classCount: classCount ?? LabelMap.pascalVOC.count)
        case .smallSSD300: smallSSD300(classCount: classCount ?? LabelMap.pascalVOC.count)
        }
    }
}
