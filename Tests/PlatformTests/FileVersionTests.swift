import Foundation
import Platform
import TestSupport
import Testing

/// Whether a file is what it was.
struct FileVersionTests {
    @Test func aFileThatIsWrittenReplacedOrRenamedIsAnother() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a", "text")
        let first = try #require(FileStatus(path)).version
        #expect(FileStatus(path)?.version == first)
        // The same bytes, of another file.
        let other = try folder.write("b", "text")
        #expect(rename(other, path) == 0)
        let second = try #require(FileStatus(path)).version
        #expect(second != first)
        try folder.write("a", "longer text")
        let third = try #require(FileStatus(path)).version
        #expect(third != second)
        let link = folder.path + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        #expect(FileStatus(link)?.version == third)
        try FileManager.default.removeItem(atPath: link)
        let fourth = try folder.write("c", "longer text")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: fourth)
        #expect(FileStatus(link)?.version != third)
    }
}
