/// The models that are known by name. None is part of the program: each lies with its publisher.
public enum ModelCatalogue {
    /// All of them.
    public static let entries = [
        CatalogueEntry(
            name: "coco-ssd-mobilenet-v1",
            summary: "TensorFlow's starter model, 80 classes of COCO: MobileNetV1, 300 × 300 pixels, int8",
            licence: "Apache-2.0, as TensorFlow's Object Detection API; trained on COCO's photos",
            address: "https://storage.googleapis.com/download.tensorflow.org/models/tflite/"
                + "coco_ssd_mobilenet_v1_1.0_quant_2018_06_29.zip",
            size: 4_183_312, maximumBytes: 32 << 20,
            members: [
                .init(name: "detect.tflite", maximumBytes: 32 << 20),
                .init(name: "labelmap.txt", maximumBytes: 1 << 16),
            ]),
        CatalogueEntry(
            name: "ssdlite320-mobilenetv3-coco",
            summary:
                "torchvision's ssdlite320_mobilenet_v3_large, 80 classes of COCO, AP .213 by torchvision's measure",
            licence: torchvision,
            address: "https://download.pytorch.org/models/ssdlite320_mobilenet_v3_large_coco-a79551df.pth",
            size: 14_070_000, maximumBytes: 20 << 20, digestPrefix: "a79551df"),
        CatalogueEntry(
            name: "ssd300-vgg16-coco",
            summary: "torchvision's ssd300_vgg16, 80 classes of COCO, AP .251 by torchvision's measure",
            licence: torchvision,
            address: "https://download.pytorch.org/models/ssd300_vgg16_coco-b556d3b4.pth",
            size: 142_594_000, maximumBytes: 160 << 20, digestPrefix: "b556d3b4"),
    ]

    private static let torchvision =
        "BSD-3-Clause, as torchvision; trained on COCO's photos, whose terms may apply to the weights"

    /// The one of this name; nil if there is none.
    public static func entry(named name: String) -> CatalogueEntry? { entries.first { $0.name == name } }
}
