import MultiBox
import Networks

/// A published detector whose files say neither its default boxes nor how boxes are coded: it is told by the sizes of its
/// input and its outputs.
struct KnownDetector: Sendable {
    /// What makes confidences of its raw scores.
    enum Confidence: Sendable {
        case softmax, sigmoid
    }

    /// The family of its network.
    let architecture: String
    /// Its class names, background included.
    let labels: [String?]
    /// How a photo becomes its input.
    let preprocessing: Preprocessing
    /// Its default boxes.
    let defaultBoxes: DefaultBoxConfiguration
    /// How offsets describe boxes.
    let coder: BoxCoder
    /// The numbers of a raw offset; those after the first four are of key points.
    let offsetColumns: Int
    /// What makes confidences of its raw scores.
    let confidence: Confidence
    /// How confidences become detections.
    let output: DetectionOutputConfiguration

    /// The detector of these sizes; nil if none is known.
    ///
    /// - Parameters:
    ///   - width: The columns of its input.
    ///   - height: The rows of its input.
    ///   - boxes: The rows of its outputs.
    ///   - offsets: The columns of the offsets.
    ///   - classes: The columns of the scores.
    static func matching(width: Int, height: Int, boxes: Int, offsets: Int, classes: Int) -> KnownDetector? {
        candidates(width: width, height: height).first { known in
            known.preprocessing.width == width && known.preprocessing.height == height
                && known.offsetColumns == offsets && known.output.classCount == classes
                && (try? DefaultBoxGenerator(known.defaultBoxes).count) == boxes
        }
    }

    /// The sides of inputs for which Ultra-Light-Face's weights are trained or work.
    private static let ultraLightFaceSides = 64...2048

    private static func candidates(width: Int, height: Int) -> [KnownDetector] {
        var known = [blazeFaceFront, blazeFaceBack, blazeFaceFullRange, aizooFaceMask]
        if ultraLightFaceSides.contains(width), ultraLightFaceSides.contains(height) {
            known.append(ultraLightFace(width: width, height: height))
        }
        return known
    }

    // MARK: Detectors

    /// Ultra-Light-Fast-Generic-Face-Detector-1MB; its suppression is at an IoU of 0.3 over at most 1500 candidates.
    static func ultraLightFace(width: Int, height: Int) -> KnownDetector {
        KnownDetector(
            architecture: "ultra-light-face", labels: ["background", "face"],
            preprocessing: Preprocessing(
                width: width, height: height, channelOrder: .rgb,
                normalization: .affine(
                    scale: [1 / 128, 1 / 128, 1 / 128], bias: [-127.0 / 128, -127.0 / 128, -127.0 / 128]),
                interpolation: .bytes),
            defaultBoxes: .ultraLightFace(width: width, height: height), coder: .ssd, offsetColumns: 4,
            confidence: .softmax,
            output: DetectionOutputConfiguration(
                classCount: 2, activation: .softmax, iouThreshold: 0.3, candidatesPerClass: 1500, maxDetections: 750))
    }

    /// MediaPipe's BlazeFace (arXiv 1907.05047) for near faces, as of a phone's front camera: 896 boxes of 128 × 128 pixels.
    static let blazeFaceFront = blazeFace("blazeface-front", side: 128, maps: [(16, 2), (8, 6)])
    /// MediaPipe's BlazeFace for faces farther away: 896 boxes of 256 × 256 pixels.
    static let blazeFaceBack = blazeFace("blazeface-back", side: 256, maps: [(16, 2), (8, 6)])
    /// MediaPipe's BlazeFace for faces within five metres: 2304 boxes of 192 × 192 pixels.
    static let blazeFaceFullRange = blazeFace("blazeface-full-range", side: 192, maps: [(48, 1)])

    /// MediaPipe blends the boxes of a face by their scores; here the best of them stands for it.
    private static func blazeFace(_ name: String, side: Int, maps: [(side: Int, boxes: Int)]) -> KnownDetector {
        KnownDetector(
            architecture: name, labels: ["face"],
            preprocessing: .shares(width: side, height: side, from: -1),
            defaultBoxes: .blazeFace(side: side, maps: maps), coder: .blazeFace(side: side), offsetColumns: 16,
            confidence: .sigmoid,
            output: DetectionOutputConfiguration(
                classCount: 1, activation: .sigmoid, backgroundIndex: nil, candidatesPerClass: 1000, clip: .never))
    }

    /// AIZOO's face mask detector (AIZOOTech/FaceMaskDetection).
    static let aizooFaceMask = KnownDetector(
        architecture: "aizoo-face-mask", labels: ["Mask", "NoMask"],
        preprocessing: .shares(width: 260, height: 260, from: 0), defaultBoxes: .aizooFaceMask, coder: .ssd,
        offsetColumns: 4, confidence: .sigmoid,
        output: DetectionOutputConfiguration(
            classCount: 2, activation: .sigmoid, backgroundIndex: nil, candidatesPerClass: 1000, clip: .never))
}

extension Preprocessing {
    /// Red, green, blue, each from `lowest` to 1 in steps of a byte.
    static func shares(width: Int, height: Int, from lowest: Float) -> Preprocessing {
        let scale = (1 - lowest) / 255
        return Preprocessing(
            width: width, height: height, channelOrder: .rgb,
            normalization: .affine(scale: [scale, scale, scale], bias: [lowest, lowest, lowest]), interpolation: .bytes)
    }
}
