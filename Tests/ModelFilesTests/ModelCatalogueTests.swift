import Foundation
import Platform
import TestSupport
import Testing

import ModelFiles

/// Models that are known by name, and where they are kept.
struct ModelCatalogueTests {
    private static let home = ["HOME": "/home/me"]

    @Test func `every entry is complete, bounded and of https`() throws {
        let entries = ModelCatalogue.entries
        #expect(entries.count >= 3 && Set(entries.map(\.name)).count == entries.count)
        for entry in entries {
            let url = try #require(URL(string: entry.address))
            #expect(url.scheme == "https" && url.lastPathComponent == entry.fileName && url.query == nil)
            // A name is a folder's, and no option, file or path.
            #expect(entry.name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
            #expect(entry.name.first != "-" && entry.name != "built-in")
            #expect(entry.size <= entry.maximumBytes && entry.maximumBytes <= ModelFile.maximumBytes)
            #expect(!entry.licence.isEmpty && !entry.summary.isEmpty)
            for member in entry.members { #expect(!member.name.contains("/") && member.maximumBytes <= 1 << 28) }
            // PyTorch writes the first digits of the digest into a file's name.
            if let digits = entry.fileName.firstMatch(of: /-([0-9a-f]{8})\.pth$/)?.1 {
                #expect(entry.digestPrefix == digits)
            } else {
                #expect(!entry.fileName.hasSuffix(".pth"))
            }
        }
        #expect(ModelCatalogue.entry(named: "coco-ssd-mobilenet-v1")?.modelName == "detect.tflite")
        #expect(ModelCatalogue.entry(named: "COCO-SSD-MobileNet-v1") == nil)
    }

    @Test func `a mirror has all files in one folder`() throws {
        let entry = try #require(ModelCatalogue.entry(named: "ssd300-vgg16-coco"))
        for mirror in ["https://mirror.example/models", "https://mirror.example/models/"] {
            #expect(
                entry.address(onMirror: mirror) == "https://mirror.example/models/ssd300_vgg16_coco-b556d3b4.pth")
        }
    }

    @Test func `the cache is where the specification says`() {
        #expect(ModelCache(environment: Self.home)?.folder == "/home/me/.cache/multibox/models")
        #expect(
            ModelCache(environment: ["HOME": "/home/me", "XDG_CACHE_HOME": "/c/"])?.folder == "/c/multibox/models")
        // What is not absolute does not count.
        for text in ["", "cache", "./cache"] {
            #expect(
                ModelCache(environment: ["HOME": "/home/me", "XDG_CACHE_HOME": text])?.folder
                    == "/home/me/.cache/multibox/models")
            #expect(ModelCache(environment: ["XDG_CACHE_HOME": text]) == nil)
        }
        #expect(ModelCache(environment: [:]) == nil)
    }

    @Test func `how much of a model is there`() throws {
        let folder = try TemporaryFolder()
        let cache = try #require(ModelCache(environment: ["XDG_CACHE_HOME": folder.path]))
        let entry = try #require(ModelCatalogue.entry(named: "coco-ssd-mobilenet-v1"))
        let place = "multibox/models/\(entry.name)/"
        #expect(cache.state(of: entry) == .absent)
        try folder.write(place + "\(entry.fileName).partial", "12345")
        #expect(cache.state(of: entry) == .partial(bytes: 5))
        try folder.write(place + "detect.tflite", "123")
        #expect(cache.state(of: entry) == .cached(bytes: 3))
        #expect(cache.modelPath(of: entry) == folder.path + "/" + place + "detect.tflite")
        #expect(try cache.digests(of: entry).digits.isEmpty)
    }

    @Test func `digests are pinned as sha256sum writes them`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/SHA256SUMS"
        var pins = try PinnedDigests(path: path)
        let digits = SHA256Digest(of: [1, 2, 3]).hexadecimal
        pins.pin("b", digits)
        pins.pin("a file", String(digits.reversed()))
        #expect(pins.text == "\(String(digits.reversed()))  a file\n\(digits)  b\n")
        try folder.write("SHA256SUMS", pins.text)
        #expect(try PinnedDigests(path: path) == pins)
        for text in ["x", "\(digits) b\n", "\(digits)  \n", "\(digits.dropLast())g  b\n", "\u{0}"] {
            try folder.write("SHA256SUMS", "\n" + text)
            #expect(
                throws: ModelFileError.unreadable(path: path, reason: "line 2 is no digest and name of a file"),
                "\(text)"
            ) { try PinnedDigests(path: path) }
        }
        try folder.write("SHA256SUMS", String(repeating: "\n", count: 1 << 17))
        #expect(throws: ModelFileError.self) { try PinnedDigests(path: path) }
    }
}
