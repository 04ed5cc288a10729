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

    /// SSD512 for COCO with the paper's sizes (scales .04, .1, .26, .42, .58, .74, .9, 1.06): 24564 boxes.
    public static let ssd512COCO = ssd512(
        sizes: [20.48, 51.2, 133.12, 215.04, 296.96, 378.88, 460.8, 542.72], truncatesSizes: false)

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
    public static let ultraLightFace320 = ultraLightFace(width: 320, height: 240)

    /// Ultra-Light-Face at any size: maps of as many cells as steps of 8, 16, 32 and 64 pixels begin in it, and centres from the
    /// maps' sizes, as its authors' exported graph has them.
    public static func ultraLightFace(width: Int, height: Int) -> DefaultBoxConfiguration {
        let sizes: [(step: Int, sizes: [Float])] = [
            (8, [10, 16, 24]), (16, [32, 48]), (32, [64, 96]), (64, [128, 192, 256]),
        ]
        return DefaultBoxConfiguration(
            imageWidth: width, imageHeight: height,
            maps: sizes.map {
                SourceMap(
                    rows: (height + $0.step - 1) / $0.step, columns: (width + $0.step - 1) / $0.step,
                    minimumSizes: $0.sizes)
            },
            clip: .centerForm)
    }

    /// MediaPipe's BlazeFace (arXiv 1907.05047): boxes as large as the input, of which only the centres count.
    ///
    /// - Parameters:
    ///   - side: The input's side, in pixels.
    ///   - maps: The sides of the maps, in cells, and the boxes of a cell of each.
    public static func blazeFace(side: Int, maps: [(side: Int, boxes: Int)]) -> DefaultBoxConfiguration {
        let shape = Shape(width: Float(side), height: Float(side))
        return DefaultBoxConfiguration(
            imageWidth: side, imageHeight: side,
            maps: maps.map {
                SourceMap(
                    rows: $0.side, columns: $0.side, shapes: Array(repeating: shape, count: $0.boxes))
            })
    }

    /// The SSD paper's boxes (section 2.2) on maps of these sizes: of the K maps the k-th has a size of .2 + .7 · k / (K − 1) of the
    /// image's shorter side, and its boxes are a square, one as large as the mean with the next size, and of the ratios 2, ½, 3 and ⅓,
    /// then 4, ¼ and so on, as many as there are.
    public static func usual(
        imageWidth: Int, imageHeight: Int, maps: [(rows: Int, columns: Int, boxes: Int)]
    ) -> DefaultBoxConfiguration {
        let side = Float(min(imageWidth, imageHeight))
        func size(_ k: Int) -> Float { side * (0.2 + 0.7 * Float(k) / Float(max(1, maps.count - 1))) }
        return DefaultBoxConfiguration(
            imageWidth: imageWidth, imageHeight: imageHeight,
            maps: maps.enumerated().map { k, map in
                let shapes = (0..<map.boxes).map { box in
                    guard box != 1 else {
                        let mean = (size(k) * size(k + 1)).squareRoot()
                        return Shape(width: mean, height: mean)
                    }
                    let ratio = box == 0 ? 1 : Float(box / 2 + 1)
                    let root = (box.isMultiple(of: 2) ? ratio : 1 / ratio).squareRoot()
                    return Shape(width: size(k) * root, height: size(k) / root)
                }
                return SourceMap(rows: map.rows, columns: map.columns, shapes: shapes)
            })
    }

    /// AIZOO's face mask detector at 260 × 260: 5972 boxes. Of a cell's two sizes a square each, then the first with two
    /// upright ratios.
    public static let aizooFaceMask: DefaultBoxConfiguration = {
        let side: Float = 260
        let sizes: [(Float, Float)] = [(0.04, 0.056), (0.08, 0.11), (0.16, 0.22), (0.32, 0.45), (0.64, 0.72)]
        let maps = zip([33, 17, 9, 5, 3], sizes).map { cells, sizes in
            let squares = [sizes.0, sizes.1].map { Shape(width: $0 * side, height: $0 * side) }
            let upright = [Float(0.62), 0.42].map { ratio in
                Shape(width: sizes.0 * side * ratio.squareRoot(), height: sizes.0 * side / ratio.squareRoot())
            }
            return SourceMap(rows: cells, columns: cells, shapes: squares + upright)
        }
        return DefaultBoxConfiguration(imageWidth: 260, imageHeight: 260, maps: maps)
    }()

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

    private static func ssd512(
        sizes: [Float] = [35.84, 76.8, 153.6, 230.4, 307.2, 384, 460.8, 537.6], truncatesSizes: Bool
    ) -> DefaultBoxConfiguration {
        let sides = [64, 32, 16, 8, 4, 2, 1]
        let steps: [Float] = [8, 16, 32, 64, 128, 256, 512]
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
