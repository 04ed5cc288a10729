extension DefaultBoxConfiguration {
    /// SSD300 for Pascal VOC (Caffe, ssd.pytorch without its clip): 8732 boxes.
    public static let ssd300VOC = ssd300(sizes: [30, 60, 111, 162, 213, 264, 315], clip: .none)

    /// SSD300 for COCO (Caffe): 8732 boxes.
    public static let ssd300COCO = ssd300(sizes: [21, 45, 99, 153, 207, 261, 315], clip: .none)

    /// torchvision's `ssd300_vgg16` (scales 0.07, 0.15, 0.33, 0.51, 0.69, 0.87, 1.05): 8732 boxes.
    public static let torchvisionSSD300 = ssd300(sizes: [21, 45, 99, 153, 207, 261, 315], clip: .sizeOnly)

    /// ssd.pytorch's SSD300 for VOC, which clamps the centre form: 8732 boxes.
    public static let ssdPyTorchVOC = ssd300(sizes: [30, 60, 111, 162, 213, 264, 315], clip: .centerForm)

    /// SSD512 for Pascal VOC with the paper's sizes: 24564 boxes.
    public static let ssd512VOC = ssd512(truncatesSizes: false)

    /// SSD512 for Pascal VOC as Caffe computes it, with sizes truncated to integers: 24564 boxes.
    public static let ssd512VOCCaffe = ssd512(truncatesSizes: true)

    /// torchvision's `ssdlite320_mobilenet_v3_large` (scales 0.20 to 0.95, then 1.0): 3234 boxes.
    public static let torchvisionSSDLite320: DefaultBoxConfiguration = {
        let sides = [20, 10, 5, 3, 2, 1]
        let sizes: [Float] = [64, 112, 160, 208, 256, 304, 320]
        let maps = sides.indices.map { k in
            SourceMap(
                size: sides[k], minimumSizes: [sizes[k]], maximumSizes: [sizes[k + 1]], aspectRatios: [2, 3])
        }
        return DefaultBoxConfiguration(imageWidth: 320, imageHeight: 320, maps: maps, clip: .sizeOnly)
    }()

    /// MobileNet-SSD (chuanqi305, Caffe): 1917 boxes, centres from the maps' sizes.
    public static let mobileNetSSD: DefaultBoxConfiguration = {
        let sides = [10, 5, 3, 2, 1]
        let sizes: [Float] = [105, 150, 195, 240, 285, 300]
        let first = SourceMap(size: 19, minimumSizes: [60], aspectRatios: [2])
        let rest = sides.indices.map { k in
            SourceMap(size: sides[k], minimumSizes: [sizes[k]], maximumSizes: [sizes[k + 1]], aspectRatios: [2, 3])
        }
        return DefaultBoxConfiguration(imageWidth: 300, imageHeight: 300, maps: [first] + rest)
    }()

    /// Ultra-Light-Face at 320 × 240 (width × height): 4420 boxes.
    public static let ultraLightFace320 = DefaultBoxConfiguration(
        imageWidth: 320, imageHeight: 240,
        maps: [
            SourceMap(rows: 30, columns: 40, stepX: 8, stepY: 8, minimumSizes: [10, 16, 24]),
            SourceMap(rows: 15, columns: 20, stepX: 16, stepY: 16, minimumSizes: [32, 48]),
            SourceMap(rows: 8, columns: 10, stepX: 32, stepY: 32, minimumSizes: [64, 96]),
            SourceMap(rows: 4, columns: 5, stepX: 64, stepY: 64, minimumSizes: [128, 192, 256]),
        ],
        clip: .centerForm)

    private static func ssd300(sizes: [Float], clip: Clip) -> DefaultBoxConfiguration {
        let sides = [38, 19, 10, 5, 3, 1]
        let steps: [Float] = [8, 16, 32, 64, 100, 300]
        let ratios: [[Float]] = [[2], [2, 3], [2, 3], [2, 3], [2], [2]]
        let maps = sides.indices.map { k in
            SourceMap(
                size: sides[k], step: steps[k], minimumSizes: [sizes[k]], maximumSizes: [sizes[k + 1]],
                aspectRatios: ratios[k])
        }
        return DefaultBoxConfiguration(imageWidth: 300, imageHeight: 300, maps: maps, clip: clip)
    }

    private static func ssd512(truncatesSizes: Bool) -> DefaultBoxConfiguration {
        let sides = [64, 32, 16, 8, 4, 2, 1]
        let steps: [Float] = [8, 16, 32, 64, 128, 256, 512]
        let sizes: [Float] = [35.84, 76.8, 153.6, 230.4, 307.2, 384, 460.8, 537.6]
        let ratios: [[Float]] = [[2], [2, 3], [2, 3], [2, 3], [2, 3], [2], [2]]
        let maps = sides.indices.map { k in
            SourceMap(
                size: sides[k], step: steps[k], minimumSizes: [sizes[k]], maximumSizes: [sizes[k + 1]],
                aspectRatios: ratios[k])
        }
        return DefaultBoxConfiguration(
            imageWidth: 512, imageHeight: 512, maps: maps, truncatesSizes: truncatesSizes)
    }
}
