import TestSupport
import Foundation
import Images
import Testing

/// `multibox detect`.
@Suite(.endToEnd)
struct DetectCommandTests {
    private let folder: TemporaryFolder
    private let model: String
    private let photos = [
        "a.jpg": ColorPhoto(cells: [0: .red, 5: .blue]), "b.png": ColorPhoto(width: 128, cells: [6: .green]),
        "c.jpeg": ColorPhoto(cells: [:]),
    ]

    init() throws {
        folder = try TemporaryFolder()
        model = try folder.writeModel()
        for (name, photo) in photos {
            try folder.write("photos/" + name, name.hasSuffix("png") ? photo.png : photo.jpeg)
        }
        try folder.write("photos/notes.txt", "no photo")
    }

    private func detect(_ arguments: [String], input: String = "/dev/null") throws -> CommandRun {
        try CommandRun(["detect", "--model", model] + arguments, input: input)
    }

    private var all: String { folder.path + "/photos" }

    @Test("A folder, as one JSON array in the order of the names")
    func json() throws {
        let run = try detect(["--format", "json", all])
        #expect(run.exit == .status(0), "\(run.errors)")
        let entries = try #require(try JSONSerialization.jsonObject(with: Data(run.output)) as? [[String: Any]])
        #expect(entries.compactMap { $0["photo"] as? String } == ["a.jpg", "b.png", "c.jpeg"].map { all + "/" + $0 })
        for entry in entries {
            let name = try #require((entry["photo"] as? String)?.split(separator: "/").last.map(String.init))
            let photo = try #require(photos[name])
            #expect(entry["image"] as? [String: Int] == ["width": photo.width, "height": photo.height])
            expect(try Found.list(entry["detections"]), are: photo.objects)
        }
        #expect(run.errors.isEmpty)
    }

    @Test("JSON lines: one object a photo")
    func jsonLines() throws {
        let run = try detect(["--format", "jsonl", all])
        #expect(run.lines.count == 3)
        for line in run.lines {
            #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any])
        }
    }

    @Test("CSV: a head line, then one line an object")
    func csv() throws {
        let comma = try folder.write("a,\"b\".png", try ColorPhoto(cells: [15: .red]).png)
        let run = try detect(["--format", "csv", all, comma])
        #expect(run.lines.count == 5)
        #expect(run.lines[0] == "photo,class,class_id,score,xmin,ymin,xmax,ymax")
        #expect(run.lines[3].hasPrefix("\(all)/b.png,green,2,0.99"))
        #expect(run.lines[3].hasSuffix(",64.00,16.00,96.00,32.00"))
        #expect(run.lines[4].hasPrefix("\"\(folder.path)/a,\"\"b\"\".png\",red,1,"))
    }

    @Test("CSV: nothing of it is a formula for spreadsheets")
    func formulas() throws {
        try folder.write("=a.png", try ColorPhoto(cells: [15: .red]).png)
        let labels = try folder.write("labels.txt", "=red()\ngreen\nblue\n")
        let run = try CommandRun(
            shell: "cd \"$1\" && \"$0\" detect --model \"$2\" --labels \"$3\" --format csv =a.png",
            [folder.path, model, labels])
        #expect(run.lines.count == 2 && run.lines[1].hasPrefix("./=a.png,'=red(),1,"), "\(run.lines) \(run.errors)")
    }

    @Test("Text for people")
    func text() throws {
        let run = try detect([all])
        #expect(run.exit == .status(0))
        #expect(run.lines.count == 6)
        #expect(run.lines[0].contains("a.jpg") && run.lines[0].contains("64×64") && run.lines[0].contains("2 objects"))
        #expect(run.lines[1].contains("red") || run.lines[1].contains("blue"))
        #expect(run.lines.last?.contains("nothing found") == true)
    }

    @Test("Options choose what is reported")
    func options() throws {
        let photo = all + "/a.jpg"
        #expect(try detect(["--format", "csv", "--classes", "blue", photo]).lines.count == 2)
        #expect(try detect(["--format", "csv", "--max-detections", "1", photo]).lines.count == 2)
        #expect(try detect(["--format", "csv", "--threshold", "0.999", photo]).lines.count == 1)
        #expect(try detect(["--classes", "unicorn", photo]).exit == .status(2))
        #expect(try detect(["--threshold", "2", photo]).exit == .status(2))
        #expect(try detect([]).exit == .status(2))
    }

    @Test("Standard input is a photo named -")
    func standardInput() throws {
        let run = try detect(["--format", "jsonl", "-"], input: all + "/b.png")
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect(try run.object["photo"] as? String == "-")
        #expect(
            try detect(["--format", "csv", "-"], input: all + "/b.png").lines.last?.hasPrefix("-,green,2,") == true)
        expect(try Found.list(try run.object["detections"]), are: ColorPhoto(width: 128, cells: [6: .green]).objects)
        #expect(try detect(["-", "-"], input: all + "/b.png").exit == .status(2))
        #expect(try detect(["-"]).exit == .status(1))
    }

    @Test("Photos with their boxes drawn")
    func annotate() throws {
        let target = folder.path + "/drawn"
        let copy = try folder.write("more/a.png", try photos["b.png"]?.png ?? [])
        let run = try detect(["--annotate", target, all, copy])
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: target).sorted() == [
                "a-2.png", "a.jpg", "b.png", "c.jpg",
            ])
        for (name, photo) in photos {
            let drawn = try folder.bytes("drawn/" + (name == "c.jpeg" ? "c.jpg" : name))
            #expect(ImageFormat.sniff(drawn) == (name.hasSuffix("png") ? .png : .jpeg))
            let picture = try ImageDecoder().decode(drawn)
            let original = photo.image
            #expect(picture.size == original.size)
            // Drawn or not, by far more than what a JPEG loses.
            let changed = zip(picture.pixels, original.pixels).count { abs(Int($0) - Int($1)) > 64 }
            #expect(photo.cells.isEmpty ? changed == 0 : changed > 100, "\(name): \(changed)")
        }
    }

    @Test("A photo that cannot be read is reported, the others go on")
    func unreadable() throws {
        let broken = try folder.write("photos/ab.jpg", try Array(photos["a.jpg"]?.jpeg.prefix(300) ?? []))
        let run = try detect(["--format", "json", all])
        #expect(run.exit == .status(1))
        #expect(run.errorLines.count == 1 && run.errors.hasPrefix("multibox: \(broken)"), "\(run.errors)")
        let entries = try #require(try JSONSerialization.jsonObject(with: Data(run.output)) as? [[String: Any]])
        #expect(entries.count == 3)
    }

    @Test("What was forgiven of a photo is said, or with --strict-images is no longer forgiven")
    func warnings() throws {
        let cut = try folder.write("cut.jpg", Array(try #require(try photos["a.jpg"]?.jpeg).dropLast(2)))
        for format in ["json", "jsonl"] {
            let run = try detect(["--format", format, cut])
            let json = try JSONSerialization.jsonObject(with: Data(run.output))
            let entry = try #require((json as? [[String: Any]])?.first ?? json as? [String: Any])
            let warnings = try #require(entry["warnings"] as? [String])
            #expect(warnings.count == 1 && warnings[0].contains("JPEG") && run.errors.isEmpty)
        }
        let text = try detect([cut])
        #expect(text.exit == .status(0) && text.output.count > 0)
        #expect(text.errorLines.count == 1 && text.errors.hasPrefix("multibox: \(cut): The file"), "\(text.errors)")
        let strict = try detect(["--strict-images", cut, all + "/a.jpg"])
        #expect(strict.exit == .status(1) && strict.lines.contains { $0.hasPrefix(all + "/a.jpg") })
        #expect(strict.errorLines.count == 1 && strict.errors.contains("\(cut): The image is refused"))
    }

    @Test("The largest photo is a setting")
    func maximumPixels() throws {
        let photo = all + "/b.png"
        #expect(try detect(["--max-pixels", String(128 * 64), photo]).exit == .status(0))
        let run = try detect(["--max-pixels", String(128 * 64 - 1), photo])
        #expect(run.exit == .status(1) && run.errors.contains("8191 pixels"), "\(run.errors)")
        #expect(try detect(["--max-pixels", "0", photo]).exit != .status(0))
    }

    @Test("What is not there is one line")
    func absent() throws {
        let empty = folder.path + "/empty"
        try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
        for path in [folder.path + "/absent.jpg", empty] {
            let run = try detect([path])
            #expect(run.exit == .status(1))
            #expect(run.errorLines.count == 1 && run.errors.contains(path), "\(run.errors)")
        }
    }

    @Test("Many photos on several threads are reported in their order")
    func order() throws {
        let numbers = (0..<40).map { $0 }
        let paths = try numbers.map { number in
            try folder.write("many/\(number + 100).png", try ColorPhoto.numbered(number).png)
        }
        let run = try detect(["--format", "jsonl", "--threads", "3", folder.path + "/many"])
        try #require(run.lines.count == paths.count)
        for (number, line) in zip(numbers, run.lines) {
            let entry = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect(entry["photo"] as? String == paths[number])
            expect(try Found.list(entry["detections"]), are: ColorPhoto.numbered(number).objects)
        }
    }

    @Test("Parts of a photo show what is too small in the whole")
    func tiles() throws {
        var image = PixelImage(width: 256, height: 256)
        for y in 79..<98 { for x in 79..<98 { image[x, y] = SIMD3(255, 0, 0) } }
        let photo = try folder.write("small.png", try ImageEncoder.png(image))
        #expect(try detect(["--format", "csv", photo]).lines.count == 1)
        let run = try detect(["--format", "csv", "--tile", "4x4", photo])
        #expect(
            run.lines.count == 2 && run.lines.last?.hasSuffix(",red,1,0.9975,79.00,79.00,98.00,98.00") == true,
            "\(run.lines)")
        #expect(try detect(["--tile", "auto", photo]).exit == .status(0))
        for tile in ["9x9", "2", "", "big"] {
            let refused = try detect(["--tile", tile, photo])
            #expect(refused.exit == .status(2) && refused.errors.contains("--tile"), "\(refused.errors)")
        }
    }
}
