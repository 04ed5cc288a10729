import TestSupport
import Foundation
import Testing

/// Who reads what is printed: one that goes, a disk that is full, nobody at all.
@Suite(.endToEnd)
struct ReaderTests {
    private let folder: TemporaryFolder
    private let model: String

    init() throws {
        folder = try TemporaryFolder()
        model = try folder.writeModel()
        for number in 0..<40 {
            try folder.write("photos/\(number + 100).png", ColorPhoto.numbered(number).png)
        }
        try folder.write("data/images/0.png", ColorPhoto(cells: [0: .red]).png)
        try folder.write(
            "data/instances.json",
            """
            {"images": [{"id": 1, "file_name": "0.png", "width": 64, "height": 64}],
             "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 16, 16]}],
             "categories": [{"id": 1, "name": "red"}]}
            """)
        try folder.write("voc/JPEGImages/a.png", ColorPhoto(cells: [0: .red]).png)
        try folder.write(
            "voc/Annotations/a.xml",
            """
            <annotation><object><name>red</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>16</xmax><ymax>16</ymax></bndbox>\
            </object></annotation>
            """)
    }

    /// Every command that prints.
    private var printers: [[String]] {
        let photos = folder.path + "/photos"
        return ["text", "json", "jsonl", "csv"].map { ["detect", "--model", model, "--format", $0, photos] }
            + [
                ["evaluate", "--model", model, "--data", folder.path + "/data"],
                ["evaluate", "--model", model, "--data", folder.path + "/data", "--json"], ["models", "info", model],
                ["benchmark", "--model", model, "--duration", "10ms"],
                ["convert", model, folder.path + "/m.safetensors", "--force"],
                [
                    "train", "--data", folder.path + "/voc", "--output", folder.path + "/check", "--check-data",
                    "--force",
                ], ["--help"], ["--version"], ["detect", "--help"], ["serve", "--print-config"],
            ]
    }

    @Test("A reader that goes ends the program by SIGPIPE, as it does grep, and without a word")
    func closedPipe() throws {
        for arguments in printers {
            // The reader is gone before the first word.
            let status = folder.path + "/status"
            let run = try CommandRun(
                shell: """
                    { while [ ! -e "\(status)" ]; do sleep 0.01; done; "$0" "$@"; echo $? >"\(status)"; } |
                    { exec <&-; : >"\(status)"; }
                    """, arguments)
            #expect(run.errors.isEmpty, "\(arguments): \(run.errors)")
            #expect(String(decoding: try folder.bytes("status"), as: UTF8.self) == "141\n", "\(arguments)")
            try FileManager.default.removeItem(atPath: status)
        }
    }

    @Test("The first line is enough for head", arguments: ["text", "jsonl", "csv"])
    func head(format: String) throws {
        let run = try CommandRun(
            shell: #""$0" "$@" | head -n 1"#,
            ["detect", "--model", model, "--threads", "3", "--format", format, folder.path + "/photos"])
        #expect(run.exit == .status(0) && run.lines.count == 1 && run.errors.isEmpty, "\(run.errors)")
    }

    @Test("A full disk is one error")
    func fullDisk() throws {
        for arguments in printers {
            let run = try CommandRun(shell: #"exec "$0" "$@" >/dev/full"#, arguments)
            #expect(run.exit == .status(1), "\(arguments): \(run.exit)")
            #expect(
                run.errorLines == ["multibox: cannot write to standard output: No space left on device"],
                "\(arguments): \(run.errors)")
        }
    }

    @Test("Without standard output, nothing else gets what was meant for it")
    func closed() throws {
        for arguments in printers {
            let run = try CommandRun(shell: #"exec "$0" "$@" >&-"#, arguments)
            #expect(run.exit == .status(1), "\(arguments): \(run.exit)")
            #expect(
                run.errorLines == ["multibox: cannot write to standard output: Bad file descriptor"],
                "\(arguments): \(run.errors)")
        }
        // The first file that is opened would get its number.
        let drawn = try CommandRun(
            shell: #""$0" "$@" >&- 2>&-; exit 0"#,
            ["detect", "--model", model, "--annotate", folder.path + "/drawn", folder.path + "/photos/100.png"])
        #expect(drawn.exit == .status(0))
        #expect(!String(decoding: try folder.bytes("drawn/100.png"), as: UTF8.self).contains("object"))
    }

    @Test("A photo that is damaged is named, and nothing crashes however much is pending")
    func pending() throws {
        // Large, so that the others are done before it is found out.
        let large = try ColorPhoto(width: 2048, height: 2048, cells: [0: .red], grain: 60).jpeg
        let damaged = try folder.write("photos/000.jpg", Array(large.prefix(large.count / 2)))
        let detection = try CommandRun(["detect", "--model", model, "--threads", "3", folder.path + "/photos"])
        #expect(detection.exit == .status(1), "\(detection.exit)")
        #expect(detection.errorLines.count == 1 && detection.errors.contains(damaged), "\(detection.errors)")
        var images = ""
        for (index, name) in try FileManager.default.contentsOfDirectory(atPath: folder.path + "/photos").sorted()
            .enumerated()
        {
            let side = name == "000.jpg" ? 2048 : 64
            images += index == 0 ? "" : ","
            images += "{\"id\":\(index + 1),\"file_name\":\"\(name)\",\"width\":\(side),\"height\":\(side)}"
        }
        let instances = try folder.write(
            "many.json",
            """
            {"images": [\(images)],
             "annotations": [{"id": 1, "image_id": 2, "category_id": 1, "bbox": [0, 0, 16, 16]}],
             "categories": [{"id": 1, "name": "red"}]}
            """)
        let evaluation = try CommandRun([
            "evaluate", "--model", model, "--threads", "3", "--annotations", instances, "--images",
            folder.path + "/photos",
        ])
        #expect(evaluation.exit == .status(1), "\(evaluation.exit)")
        #expect(evaluation.errorLines.count == 1 && evaluation.errors.contains(damaged), "\(evaluation.errors)")
    }
}
