/// The version of this build.
enum Version {
    /// As in `multibox --version`, `Server` headers and `build_info`.
    static let current = "0.1.0"
}
