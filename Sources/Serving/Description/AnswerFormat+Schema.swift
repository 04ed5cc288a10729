extension AnswerFormat {
    /// What answers of this format look like.
    var schema: Schema {
        switch self {
        case .json: .either([.named(.detections), .named(.detectionsOfSeveral)])
        case .csv: .text()
        case .jpeg, .png: .bytes(mediaType)
        }
    }
}
