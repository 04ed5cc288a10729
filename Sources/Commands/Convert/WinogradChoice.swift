import ArgumentParser

/// How `--winograd` says whether dense 3×3 convolutions are computed by Winograd's method.
enum WinogradChoice: String, CaseIterable, ExpressibleByArgument {
    /// If the photos' detections hardly change.
    case auto
    case on, off
}
