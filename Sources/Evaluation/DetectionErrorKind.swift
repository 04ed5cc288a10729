/// What is wrong with a detection, or that there is none, at an overlap of one half (Bolya et al. 2020, "TIDE: A General
/// Toolbox for Identifying Object Detection Errors", arXiv 2008.08115, section 2.2).
public enum DetectionErrorKind: String, Sendable, Hashable, CaseIterable {
    /// It lies on an object of another class.
    case classification
    /// It overlaps an object of its class by a tenth at least, and by less than one half.
    case localization
    /// It overlaps an object of another class by that much, and none of its own.
    case classificationAndLocalization = "both"
    /// It lies on an object that a better detection has found.
    case duplicate
    /// It overlaps no object by a tenth.
    case background
    /// An object that no detection found, nor would have but for its class or place.
    case missed
}
