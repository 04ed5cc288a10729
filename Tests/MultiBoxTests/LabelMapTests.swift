import MultiBox
import TestSupport
import Testing

/// Lists of class names.
@Suite struct LabelMapTests {
    private func parse(_ text: String) throws(LabelMapError) -> LabelMap { try LabelMap(parsing: Array(text.utf8)) }

    @Test func backgroundFirst() throws {
        for text in [
            "???\nperson\n???\ncar\n", "background\r\n person \r\n???\r\ncar\r\n\r\n", "\u{FEFF}???\nperson\n???\ncar",
        ] {
            let map = try parse(text)
            #expect(map.hasBackground)
            #expect(map.names == [nil, "person", nil, "car"])
            #expect(map.name(of: 0) == nil && map.name(of: 1) == "person" && map.name(of: 4) == nil)
            #expect(map.name(of: -1) == nil)
        }
        let plain = try parse("face")
        #expect(!plain.hasBackground && plain.names == ["face"])
    }

    @Test func lookup() throws {
        let map = try parse("???\nPerson\n???\ntraffic light\n7")
        #expect(map.index(matching: "pERSON") == 1)
        #expect(map.index(matching: "Traffic Light") == 3)
        #expect(map.index(matching: "3") == 3)
        #expect(map.index(matching: "7") == 4)
        for query in ["0", "2", "5", "+3", "-1", "", "99999999999999999999", "lion"] {
            #expect(map.index(matching: query) == nil)
        }
    }

    @Test func alignment() throws {
        let bare = try parse("a\nb")
        #expect(try bare.aligned(classCount: 3, backgroundIndex: 0).names == [nil, "a", "b"])
        #expect(try bare.aligned(classCount: 2, backgroundIndex: nil) == bare)
        #expect(try bare.aligned(classCount: 2, backgroundIndex: 0).names == [nil, "b"])
        #expect(try bare.aligned(classCount: 2, backgroundIndex: 1).names == ["a", nil])
        let full = try parse("background\na\nb")
        #expect(try full.aligned(classCount: 3, backgroundIndex: 0) == full)
        #expect(try full.aligned(classCount: 2, backgroundIndex: nil).names == ["a", "b"])
        #expect(throws: LabelMapError.countMismatch(labels: 3, classCount: 91)) {
            try full.aligned(classCount: 91, backgroundIndex: 0)
        }
    }

    @Test func hostileText() {
        func error(_ bytes: [UInt8]) -> LabelMapError? {
            do {
                _ = try LabelMap(parsing: bytes)
                return nil
            } catch { return error }
        }
        func error(_ text: String) -> LabelMapError? { error(Array(text.utf8)) }
        #expect(error("") == .blankLine(line: 1))
        #expect(error("???\n???") == .empty)
        #expect(error("a\n\nb") == .blankLine(line: 2))
        #expect(error("a\nA") == .duplicateName("A", line: 2))
        #expect(error("a\u{0}b") == .controlCharacter(line: 1))
        #expect(error([0x61, 0x0A, 0xFF]) == .notUTF8)
        #expect(error(String(repeating: "x", count: 257)) == .nameTooLong(line: 1, bytes: 257, limit: 256))
        #expect(error([UInt8](repeating: 0x61, count: 1 << 21)) == .tooLarge(bytes: 1 << 21, limit: 1 << 20))
        #expect(error(String(repeating: "???\n", count: 70_000) + "a") == .tooManyLabels(limit: 65536))
    }

    @Test func datasets() {
        #expect(LabelMap.pascalVOC.count == 21)
        #expect(LabelMap.pascalVOC.index(matching: "tvmonitor") == 20)
        #expect(LabelMap.coco.count == 91)
        #expect(LabelMap.coco.names.count { $0 != nil } == 80)
        #expect(LabelMap.coco.index(matching: "toothbrush") == 90)
        #expect(LabelMap.coco.name(of: 12) == nil)
        #expect(LabelMap.cocoContiguous.count == 81)
        #expect(LabelMap.cocoContiguous.index(matching: "toothbrush") == 80)
    }

    @Test(
        .enabled(
            if: SharedFiles.exist("models/coco-ssd-mobilenet-v1/labelmap.txt"), Comment(rawValue: SharedFiles.absence)))
    func aRealList() throws {
        let map = try LabelMap(parsing: SharedFiles.bytes("models/coco-ssd-mobilenet-v1/labelmap.txt"))
        #expect(map == LabelMap.coco)
    }
}
