import XML
import Datasets
import Images
import TestSupport
import Testing

/// The reader of annotation files, with what may come from anywhere.
@Suite struct VOCAnnotationTests {
    private static let sample = """
        <?xml version="1.0"?>
        <!-- made by hand -->
        <annotation verified="yes">
            <size><width>640</width><height> 480 </height><depth>3</depth></size>
            <object>
                <name>cat &amp; d&#111;g</name><difficult>1</difficult>
                <part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part>
                <bndbox><ymin>5.5</ymin><xmin>3</xmin><xmax>1e2</xmax><ymax>40</ymax></bndbox>
            </object>
            <object><name><![CDATA[a<b]]></name><bndbox><xmin>nan</xmin></bndbox></object>
            <object/>
        </annotation>
        """

    private func parse(_ text: String) throws -> VOCAnnotation { try VOCAnnotation(parsing: Array(text.utf8)) }

    @Test func `any number may stand in it`() {
        for variant in ExtremeNumbers.variants(of: Self.sample) {
            guard let annotation = try? parse(variant) else { continue }
            for object in annotation.objects {
                guard let (xmin, ymin, xmax, ymax) = object.corners else { continue }
                let size = ImageSize(width: annotation.width ?? 1, height: annotation.height ?? 1)
                let box = BoxNormalization.box(
                    left: xmin - 1, top: ymin - 1, right: xmax, bottom: ymax, size: size,
                    written: (xmin, ymin, xmax, ymax)
                ).box
                #expect(box.map { $0.xmin >= 0 && $0.ymin >= 0 && $0.xmax <= 1 && $0.ymax <= 1 } ?? true)
            }
        }
    }

    @Test func `four million references and names take no time`() throws {
        let references = String(repeating: "&lt;", count: 1_000_000)
        let attributes = String(repeating: " a=''", count: 700_000)
        let clock = ContinuousClock()
        for text in ["<annotation>\(references)</annotation>", "<annotation\(attributes)/>"] {
            #expect(try clock.measure { _ = try parse(text) } < .seconds(5))
        }
    }

    @Test func `everything that is used is read`() throws {
        let annotation = try parse(Self.sample)
        #expect(annotation.width == 640 && annotation.height == 480)
        #expect(annotation.objects.map(\.name) == ["cat & dog", "a<b", ""])
        #expect(annotation.objects.map(\.isDifficult) == [true, false, false])
        let corners = try #require(annotation.objects[0].corners)
        #expect(corners == (3, 5.5, 100, 40))
        #expect(annotation.objects[1].corners == nil && annotation.objects[2].corners == nil)
    }

    @Test(arguments: ["0", "-3", "1.5", "99999999", "nan", "+-1", "0x10", ""])
    func `a size that is none is nil`(width: String) throws {
        let annotation = try parse(
            "<annotation><size><width>\(width)</width><height>2</height></size></annotation>")
        #expect(annotation.width == nil)
        #expect(annotation.height == 2)
    }

    @Test(arguments: [
        "", "   ", "text", "<annotation>", "<annotation></annotations>", "</annotation>", "<annotation/><annotation/>",
        "<other/>", "<annotation a></annotation>", "<annotation a=b/>", "<annotation a=\"b/>",
        "<annotation>&bad;</annotation>",
        "<annotation>&#0;</annotation>", "<annotation>&#xD800;</annotation>", "<annotation>&#x110000;</annotation>",
        "<annotation>&#+65;</annotation>", "<annotation>&amp</annotation>", "<annotation><!-- </annotation>",
        "<annotation><![CDATA[ </annotation>", "<annotation><? </annotation>", "<annotation/>text", "<annotation", "<",
        "<annotation></", "<annotation><></></annotation>",
    ])
    func `malformed files are refused`(text: String) {
        #expect(throws: XMLReaderError.self) { try parse(text) }
    }

    @Test func `entities cannot be defined`() {
        let bomb = """
            <!DOCTYPE a [<!ENTITY x "xxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]><annotation>&y;</annotation>
            """
        #expect(throws: XMLReaderError.documentType) { try parse(bomb) }
        #expect(throws: XMLReaderError.documentType) {
            try parse("<annotation><!DOCTYPE a SYSTEM \"file:///etc/passwd\"></annotation>")
        }
    }

    @Test func `depth, number and size are bounded`() throws {
        let deep = String(repeating: "<a>", count: 100_000)
        #expect(throws: XMLReaderError.tooDeep(limit: 32)) { try parse("<annotation>" + deep) }
        let many = String(repeating: "<a/>", count: 300_000)
        #expect(throws: XMLReaderError.tooManyElements(limit: 1 << 18)) {
            try parse("<annotation>\(many)</annotation>")
        }
        let large = [UInt8](repeating: 0x20, count: 5 << 20)
        #expect(throws: XMLReaderError.tooLarge(bytes: 5 << 20, limit: 4 << 20)) { try VOCAnnotation(parsing: large) }
        let objects = String(repeating: "<object/>", count: (1 << 14) + 1)
        #expect(throws: XMLReaderError.tooManyElements(limit: 1 << 14)) {
            try parse("<annotation>\(objects)</annotation>")
        }
        #expect(throws: XMLReaderError.notUTF8) { try VOCAnnotation(parsing: [0x3C, 0xFF, 0x3E]) }
    }

    @Test func `mutations do no harm`() {
        var generator = SeededGenerator(seed: 11)
        let original = Array(Self.sample.utf8)
        var valid = 0
        for _ in 0..<20_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[index] = Array("<>&;/![]-?='\"a1".utf8).randomElement(using: &generator) ?? 0
                case 1: bytes.remove(at: index)
                default: bytes.removeSubrange(index...)
                }
                if bytes.isEmpty { bytes = [0x3C] }
            }
            guard let annotation = try? VOCAnnotation(parsing: bytes) else { continue }
            valid += 1
            #expect(annotation.objects.count <= 3)
        }
        #expect((200...19_800).contains(valid), "\(valid) of 20,000 are read")
    }
}
