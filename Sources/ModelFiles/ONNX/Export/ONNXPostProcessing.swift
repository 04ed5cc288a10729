import MultiBox

/// Writes what makes detections of raw outputs as nodes of a graph: what `DetectionOutput` does.
struct ONNXPostProcessing {
    private let output: DetectionOutputConfiguration
    private let coder: BoxCoder
    private let defaultBoxes: [CenterBox]

    /// - Throws: what is wrong with the parts.
    init(_ output: DetectionOutputConfiguration, _ coder: BoxCoder, _ defaultBoxes: DefaultBoxes) throws(MultiBoxError)
    {
        self.output = output
        self.coder = coder
        self.defaultBoxes = try defaultBoxes.boxes()
    }

    /// Adds the boxes of raw offsets, [1, N, 4]: left, top, right, bottom. Held within the photo where suppression has them
    /// so, or where there is none.
    func addBoxes(_ locations: String, output name: String, isLast: Bool, to writer: inout ONNXGraphWriter) {
        let isSwapped = coder.order == .yxhw
        func part(_ places: [Int], _ base: String) -> String {
            let indices = writer.list(base + "/places", places)
            return writer.node(
                "Gather", [locations, indices], [("axis", .integer(2))], output: writer.unique(base + "/offsets"))
        }
        let (moves, logScales) = (
            part(isSwapped ? [1, 0] : [0, 1], "decode/center"), part(isSwapped ? [3, 2] : [2, 3], "decode/size")
        )
        let (kind, factors): (String, Variances) =
            switch coder.scaling {
            case .variances(let factors): ("Mul", factors)
            case .divisors(let factors): ("Div", factors)
            }
        let sizes = writer.constant(
            "default boxes/sizes", [1, defaultBoxes.count, 2], defaultBoxes.flatMap { [$0.w, $0.h] })
        let places = writer.constant(
            "default boxes/centers", [1, defaultBoxes.count, 2], defaultBoxes.flatMap { [$0.cx, $0.cy] })
        func pair(_ kind: String, _ a: String, _ b: String, _ base: String) -> String {
            writer.node(kind, [a, b], output: writer.unique(base))
        }
        let moveFactors = writer.constant("decode/center/factors", [2], [factors.x, factors.y])
        let shares = pair(kind, moves, moveFactors, "decode/center/scaled")
        let centers = pair("Add", pair("Mul", shares, sizes, "decode/center/moved"), places, "decode/center")
        let sizeFactors = writer.constant("decode/size/factors", [2], [factors.width, factors.height])
        var scales = pair(kind, logScales, sizeFactors, "decode/size/scaled")
        if let limit = coder.maximumLogScale {
            let limit = writer.number(limit)
            scales = pair("Min", scales, limit, "decode/size/limited")
        }
        // A size below 0, which is no box, is one without extent.
        let grown = writer.node(
            coder.sizes == .linear ? "Relu" : "Exp", [scales], output: writer.unique("decode/size/grown"))
        let half = writer.number(0.5)
        let halves = pair("Mul", pair("Mul", grown, sizes, "decode/size"), half, "decode/half size")
        let corners = [
            pair("Sub", centers, halves, "decode/left top"), pair("Add", centers, halves, "decode/right bottom"),
        ]
        guard output.clip == .beforeSuppression || isLast && output.clip == .atEnd else {
            writer.node("Concat", corners, [("axis", .integer(2))], output: name)
            return
        }
        let whole = writer.node("Concat", corners, [("axis", .integer(2))], output: writer.unique("decode/boxes"))
        clip(whole, output: name, &writer)
    }

    private func clip(_ boxes: String, output name: String, _ writer: inout ONNXGraphWriter) {
        let limits = [writer.number(0), writer.number(1)]
        writer.node("Clip", [boxes] + limits, output: name)
    }

    /// Adds the confidences of raw scores, [1, N, classes].
    func addConfidences(_ scores: String, output name: String, to writer: inout ONNXGraphWriter) {
        switch output.activation {
        case .softmax: writer.node("Softmax", [scores], [("axis", .integer(2))], output: name)
        case .sigmoid: writer.node("Sigmoid", [scores], output: name)
        case .identity: writer.node("Identity", [scores], output: name)
        }
    }

    /// Adds suppression and what follows it.
    ///
    /// - Parameters:
    ///   - boxes: as `addBoxes` makes them.
    ///   - confidences: as `addConfidences` makes them.
    ///   - outputs: the names of the boxes, labels and scores.
    func addSuppression(
        boxes: String, confidences: String, outputs: (boxes: String, labels: String, scores: String),
        to writer: inout ONNXGraphWriter
    ) {
        // The classes that are detected: all but the background.
        let columns = (0..<output.classCount).filter { $0 != output.backgroundIndex }
        let columnList = writer.list("suppression/classes", columns)
        let found = writer.node(
            "Gather", [confidences, columnList], [("axis", .integer(2))], output: writer.unique("suppression/found"))
        let turned = writer.node(
            "Transpose", [found], [("perm", .integers([0, 2, 1]))], output: writer.unique("suppression/by class"))
        switch output.suppression {
        case .perClass:
            let chosen = addSelection(boxes, turned, &writer)
            let classes = writer.node(
                "Gather", [columnList, column(1, of: chosen, &writer)], [("axis", .integer(0))],
                output: writer.unique("suppression/labels"))
            let scores = writer.node(
                "GatherND", [turned, chosen], output: writer.unique("suppression/scores"))
            let kept = boxesKept(boxes, chosen, &writer)
            // The best of all classes.
            let best = addBest(scores, most: output.maxDetections, &writer)
            writer.node("Gather", [classes, best.places], [("axis", .integer(0))], output: outputs.labels)
            writer.node("Identity", [best.scores], output: outputs.scores)
            finish(kept, best.places, output: outputs.boxes, &writer)
        case .bestClass(let classesPerDetection):
            // A box stands for its best class and is reported with more of them.
            let best = writer.node(
                "ReduceMax", [turned], [("axes", .integers([1])), ("keepdims", .integer(1))],
                output: writer.unique("suppression/best class"))
            let chosen = addSelection(boxes, best, &writer)
            let ranked = addBest(
                writer.node("GatherND", [best, chosen], output: writer.unique("suppression/best scores")),
                most: output.maxDetections, &writer
            ).places
            let rows = writer.node(
                "Gather", [column(2, of: chosen, &writer), ranked], [("axis", .integer(0))],
                output: writer.unique("suppression/rows"))
            addClasses(
                boxes, found, rows, columnList, count: min(classesPerDetection, columns.count), outputs, &writer)
        }
    }

    /// What NonMaxSuppression chooses, [chosen, 3]: photo, class, box. As here, the best candidates of a class take part.
    private func addSelection(_ boxes: String, _ scores: String, _ writer: inout ONNXGraphWriter) -> String {
        let candidates = min(output.candidatesPerClass, defaultBoxes.count)
        var scores = scores
        if candidates < defaultBoxes.count {
            // Those below the last of the candidates are below any threshold.
            let count = writer.list("suppression/candidates", [candidates])
            let (values, places) = (
                writer.unique("suppression/candidates' scores"), writer.unique("suppression/candidates' places")
            )
            writer.node("TopK", [scores, count], [("axis", .integer(2))], outputs: [values, places])
            let place = writer.list("suppression/last", [candidates - 1])
            let last = writer.node(
                "Gather", [values, place], [("axis", .integer(2))], output: writer.unique("suppression/last score"))
            let isCandidate = writer.node(
                "GreaterOrEqual", [scores, last], output: writer.unique("suppression/is candidate"))
            let none = writer.constant("suppression/no score", [], [-Float.greatestFiniteMagnitude])
            scores = writer.node(
                "Where", [isCandidate, scores, none], output: writer.unique("suppression/candidates only"))
        }
        let most = writer.list("suppression/most", [min(output.detectionsPerClass ?? .max, candidates)])
        let overlap = writer.constant("suppression/overlap", [1], [output.iouThreshold])
        // ONNX wants scores above the threshold.
        let threshold = writer.constant(
            "suppression/threshold", [1],
            [output.thresholdIsInclusive ? output.scoreThreshold.nextDown : output.scoreThreshold])
        return writer.node(
            "NonMaxSuppression", [boxes, scores, most, overlap, threshold], output: writer.unique("suppression/chosen"))
    }

    private func column(_ column: Int, of chosen: String, _ writer: inout ONNXGraphWriter) -> String {
        let index = writer.constant("suppression/column \(column)", [], whole: [column])
        return writer.node(
            "Gather", [chosen, index], [("axis", .integer(1))],
            output: writer.unique("suppression/chosen column \(column)"))
    }

    /// The boxes of what was chosen, [chosen, 4].
    private func boxesKept(_ boxes: String, _ chosen: String, _ writer: inout ONNXGraphWriter) -> String {
        let rows = column(2, of: chosen, &writer)
        return writer.node(
            "Gather", [allBoxes(boxes, &writer), rows], [("axis", .integer(0))],
            output: writer.unique("suppression/boxes"))
    }

    /// The boxes of the one photo, [N, 4].
    private func allBoxes(_ boxes: String, _ writer: inout ONNXGraphWriter) -> String {
        let axis = writer.list("suppression/photo", [0])
        return writer.node("Squeeze", [boxes, axis], output: writer.unique("suppression/all boxes"))
    }

    /// The places of the best scores, best first, and these.
    private func addBest(
        _ scores: String, most: Int, _ writer: inout ONNXGraphWriter
    ) -> (places: String, scores: String) {
        let found = writer.node("Shape", [scores], output: writer.unique("suppression/found"))
        let limit = writer.list("suppression/limit", [most])
        let count = writer.node("Min", [found, limit], output: writer.unique("suppression/count"))
        let (values, places) = (writer.unique("suppression/ranked scores"), writer.unique("suppression/ranked"))
        writer.node("TopK", [scores, count], [("axis", .integer(0))], outputs: [values, places])
        return (places, values)
    }

    private func finish(_ kept: String, _ places: String, output name: String, _ writer: inout ONNXGraphWriter) {
        let gathered = output.clip == .atEnd ? writer.unique("suppression/ranked boxes") : name
        writer.node("Gather", [kept, places], [("axis", .integer(0))], output: gathered)
        if output.clip == .atEnd { clip(gathered, output: name, &writer) }
    }

    /// Boxes by their rows, each once for each of its best classes.
    private func addClasses(
        _ boxes: String, _ found: String, _ rows: String, _ columnList: String, count: Int,
        _ outputs: (boxes: String, labels: String, scores: String), _ writer: inout ONNXGraphWriter
    ) {
        let photo = writer.list("suppression/photo", [0])
        let all = writer.node("Squeeze", [found, photo], output: writer.unique("suppression/all scores"))
        let mine = writer.node(
            "Gather", [all, rows], [("axis", .integer(0))], output: writer.unique("suppression/scores"))
        let number = writer.list("suppression/classes of a box", [count])
        let (values, places) = (writer.unique("suppression/best scores"), writer.unique("suppression/best classes"))
        writer.node("TopK", [mine, number], [("axis", .integer(1))], outputs: [values, places])
        let flat = writer.list("suppression/flat", [-1])
        writer.node("Reshape", [values, flat], output: outputs.scores)
        let indices = writer.node("Reshape", [places, flat], output: writer.unique("suppression/flat classes"))
        writer.node("Gather", [columnList, indices], [("axis", .integer(0))], output: outputs.labels)
        let kept = writer.node(
            "Gather", [allBoxes(boxes, &writer), rows], [("axis", .integer(0))],
            output: writer.unique("suppression/boxes"))
        let axis = writer.list("suppression/middle", [1])
        let apart = writer.node("Unsqueeze", [kept, axis], output: writer.unique("suppression/boxes apart"))
        let times = writer.list("suppression/times", [1, count, 1])
        let repeated = writer.node("Expand", [apart, times], output: writer.unique("suppression/boxes repeated"))
        let shape = writer.list("suppression/box shape", [-1, 4])
        let last = output.clip == .atEnd ? writer.unique("suppression/flat boxes") : outputs.boxes
        writer.node("Reshape", [repeated, shape], output: last)
        if output.clip == .atEnd { clip(last, output: outputs.boxes, &writer) }
    }
}
