/// What is fuzzed. Each takes arbitrary bytes and stops the process where a law is broken, as any trap does.
enum Fuzzer: String, CaseIterable {
    /// The request parser: any split of the bytes gives the same requests.
    case parser
    /// The connection's state machine: its invariants hold under any order of events.
    case connection
    /// The chunked coding, behind a head that is right.
    case chunked
    /// The parser of responses: any split of the bytes gives the same response.
    case response
    /// Form bodies.
    case multipart
    /// JSON bodies and base64.
    case json
    /// The fields and the targets that are taken apart.
    case fields
    /// Photos: what is recognised, and what is decoded of it.
    case image
    /// Model files of TensorFlow Lite.
    case tflite
    /// Model files of our own: what is read can be written, and read again as the same.
    case safetensors
    /// Model files of PyTorch: every tensor of what is an archive can be read.
    case pth
    /// Model files of the Open Neural Network Exchange.
    case onnx
    /// Files beside models that describe them: what is read changes a detector, or does not fit it.
    case sidecar
    /// Lists of class names.
    case labels
    /// Annotations of Pascal VOC.
    case voc
    /// Labels of YOLO's layout.
    case yolo
    /// `data.yaml`, which describes a dataset of YOLO's layout.
    case yaml
    /// Ground truth and detections of COCO.
    case coco
    /// Files of settings, and the values that are more than numbers.
    case settings
    /// Checkpoints of training: what is read can be written, and read again as the same.
    case checkpoint
    /// Compressed bodies.
    case gzip
    /// Inference requests with binary tensors: two bytes say how many of the others are JSON.
    case inference
    /// Zip archives: what is taken out of one is what its checksum is of, and within bounds.
    case zip

    func run(_ bytes: [UInt8]) {
        switch self {
        case .parser: ParserFuzzing.run(bytes)
        case .connection: ConnectionFuzzing.run(bytes)
        case .chunked: ParserFuzzing.run(Seeds.chunkedHead + bytes)
        case .response: ResponseFuzzing.run(bytes)
        case .multipart: BodyFuzzing.multipart(bytes)
        case .json: BodyFuzzing.json(bytes)
        case .fields: BodyFuzzing.fields(bytes)
        case .image: FileFuzzing.image(bytes)
        case .tflite: FileFuzzing.tflite(bytes)
        case .safetensors: FileFuzzing.safetensors(bytes)
        case .pth: FileFuzzing.pth(bytes)
        case .onnx: FileFuzzing.onnx(bytes)
        case .sidecar: FileFuzzing.sidecar(bytes)
        case .labels: DataFuzzing.labels(bytes)
        case .voc: DataFuzzing.voc(bytes)
        case .yolo: DataFuzzing.yolo(bytes)
        case .yaml: DataFuzzing.yaml(bytes)
        case .coco: DataFuzzing.coco(bytes)
        case .settings: DataFuzzing.settings(bytes)
        case .checkpoint: DataFuzzing.checkpoint(bytes)
        case .gzip: BodyFuzzing.gzip(bytes)
        case .inference: BodyFuzzing.inference(bytes)
        case .zip: FileFuzzing.zip(bytes)
        }
    }
}
