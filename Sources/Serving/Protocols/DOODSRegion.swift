import JSON
import MultiBox

/// What DOODS' clients want to find, in the whole photo or in a part of it.
struct DOODSRegion: Sendable, Equatable {
    /// What a detection repeats that the region let through.
    var id: String?
    /// The part, in shares of the photo; nil for the whole.
    var box: CornerBox?
    /// Whether an object must lie wholly in it. Otherwise it is enough that they touch.
    var isCovering = false
    /// The lowest confidences by label, in percent; `*` stands for labels that are not named.
    var confidences: [String: Float] = [:]

    /// Whether it lets an object through.
    func takes(_ label: String, confidence: Float, at box: CornerBox) -> Bool {
        guard let least = confidences[label] ?? confidences[DOODS.anyLabel], confidence >= least else { return false }
        guard let part = self.box else { return true }
        return isCovering
            ? part.ymin <= box.ymin && part.xmin <= box.xmin && part.ymax >= box.ymax && part.xmax >= box.xmax
            : box.ymin <= part.ymax && box.xmin <= part.xmax && box.ymax >= part.ymin && box.xmax >= part.xmin
    }
}
