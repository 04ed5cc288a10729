/// The value of the MultiBox loss over a batch, by its terms.
public struct MultiBoxLossValue: Sendable, Hashable {
    /// L_conf / N: softmax cross-entropy of positives and chosen negatives.
    public var confidence: Double
    /// L_loc / N: smooth L1 of the positives' offsets, without its weight.
    public var localization: Double
    /// The weight α of the localization term.
    public var localizationWeight: Double
    /// N: default boxes with an object, over the whole batch.
    public var positives: Int
    /// Default boxes of the background that took part.
    public var negatives: Int

    /// Adds the value of another part of the same batch.
    mutating func add(_ part: MultiBoxLossValue) {
        precondition(part.positives == positives && part.localizationWeight == localizationWeight, "of one batch")
        confidence += part.confidence
        localization += part.localization
        negatives += part.negatives
    }

    /// L = (L_conf + α · L_loc) / N.
    public var total: Double { confidence + localizationWeight * localization }
}
