import Foundation

/// Models, photos and reference outputs that live beside the repository, too large to be part of it.
///
/// They are looked for in `../shared`, or in the folder that the environment variable `MULTIBOX_SHARED` names. A test
/// that needs one is disabled where it is absent: `@Test(.enabled(if: SharedFiles.exist("models"), SharedFiles.absence))`.
public enum SharedFiles {
    /// Why a test was skipped, for the test report.
    public static let absence = "needs the files of ../shared (set MULTIBOX_SHARED to say where they are)"

    /// The folder that holds the shared files.
    public static let root: String =
        ProcessInfo.processInfo.environment["MULTIBOX_SHARED"]
        ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../shared")
        .standardizedFileURL.path

    /// The path of a shared file, `relative` to the folder.
    public static func path(_ relative: String) -> String { root + "/" + relative }

    /// Whether a shared file or folder is there.
    public static func exist(_ relative: String) -> Bool {
        FileManager.default.fileExists(atPath: path(relative))
    }

    /// The bytes of a shared file.
    public static func bytes(_ relative: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(relative))))
    }
}
