import Foundation
import TestSupport
import Testing

/// Data in YOLO's layout through the commands: it trains and evaluates like the same data in COCO's form.
@Suite(.endToEnd)
struct YOLODataTests {
    private let folder: TemporaryFolder
    private static let names = ["red", "green", "blue"]

    /// The same photos twice, twelve to train on and four to judge by.
    init() throws {
        folder = try TemporaryFolder()
        try folder.write(
            "yolo/data.yaml", "train: images/train\nval: images/val\nnames:\n  0: red\n  1: green\n  2: blue\n")
        for (part, numbers) in [("train", 0..<12), ("val", 12..<16)] {
            var (images, annotations): ([[String: Any]], [[String: Any]]) = ([], [])
            for number in numbers {
                let photo = ColorPhoto.numbered(number, width: 128, height: 64)
                try folder.write("yolo/images/\(part)/\(number + 10).png", photo.png)
                try folder.write("coco/images/\(number + 10).png", photo.png)
                images.append(["id": number, "file_name": "\(number + 10).png", "width": 128, "height": 64])
                var lines = ""
                for object in photo.objects {
                    let (x, y) = (object.box[0], object.box[1])
                    let (width, height) = (object.box[2] - x, object.box[3] - y)
                    lines += "\(object.id - 1) \((x + width / 2) / 128) \((y + height / 2) / 64) "
                    lines += "\(width / 128) \(height / 64)\n"
                    annotations.append([
                        "id": annotations.count + 1, "image_id": number, "category_id": object.id,
                        "bbox": [x, y, width, height], "area": width * height, "iscrowd": 0,
                    ])
                }
                try folder.write("yolo/labels/\(part)/\(number + 10).txt", lines)
            }
            let categories = Self.names.enumerated().map { ["id": $0.offset + 1, "name": $0.element] as [String: Any] }
            let file = ["images": images, "annotations": annotations, "categories": categories]
            try folder.write(
                "coco/instances_\(part).json", [UInt8](try JSONSerialization.data(withJSONObject: file)))
        }
    }

    @Test func `both evaluate to the same figures`() throws {
        let model = try folder.writeModel()
        func figures(_ name: String) throws -> [String: Any] {
            let run = try CommandRun([
                "evaluate", "--model", model, "--data", folder.path + "/" + name, "--json", "--detections-out",
                "\(folder.path)/\(name).json",
            ])
            #expect(run.exit == .status(0), "\(run.errors)")
            return try run.object
        }
        let (yolo, coco) = (try figures("yolo"), try figures("coco"))
        #expect(yolo["images"] as? Int == 4 && (coco["AP"] as? Double ?? 0) > 0)
        for (name, value) in coco where name != "images_per_second" {
            #expect((yolo[name] as? NSObject) == (value as? NSObject), "\(name)")
        }
        // Numbers of photos are this program's own there: the name of the file says which one is meant.
        let json = try JSONSerialization.jsonObject(with: Data(try folder.bytes("yolo.json")))
        let found = try #require(json as? [[String: Any]])
        let files = Set(found.compactMap { $0["file_name"] as? String })
        let categories = Set(found.compactMap { $0["category_id"] as? Int })
        #expect(files == ["22.png", "23.png", "24.png", "25.png"])
        #expect(!categories.isEmpty && categories.isSubset(of: [0, 1, 2]))
        #expect(!String(decoding: try folder.bytes("coco.json"), as: UTF8.self).contains("file_name"))
    }

    @Test func `both train to the same weights, and so do files that are named apart`() throws {
        func train(_ name: String, _ data: [String]) throws {
            let run = try CommandRun(
                ["train", "--output", "\(folder.path)/\(name)/run", "--epochs", "1", "--batch-size", "4"] + data)
            #expect(run.exit == .status(0), "\(run.errors)")
        }
        for name in ["a/.keep", "b/.keep", "c/.keep"] { try folder.write(name, "") }
        try train("a", ["--data", folder.path + "/yolo"])
        try train("b", ["--data", folder.path + "/coco"])
        let coco = folder.path + "/coco"
        try train(
            "c",
            [
                "--annotations", coco + "/instances_train.json", "--images", coco + "/images", "--validation-split",
                coco + "/instances_val.json",
            ])
        let bytes = try folder.bytes("a/run/checkpoint.safetensors")
        #expect(bytes == (try folder.bytes("b/run/checkpoint.safetensors")))
        #expect(bytes == (try folder.bytes("c/run/checkpoint.safetensors")))
        let check = try CommandRun([
            "train", "--data", folder.path + "/yolo", "--output", folder.path + "/d", "--check-data",
        ])
        #expect(check.exit == .status(0) && check.text.contains("train: 12 photos"), "\(check.errors)")
    }

    @Test func `data is named one way or the other`() throws {
        for arguments in [[], ["--data", "x", "--annotations", "y", "--images", "z"], ["--annotations", "y"]] {
            let run = try CommandRun(["evaluate"] + arguments)
            #expect(run.exit == .status(2) && run.errors.contains("--annotations and --images"), "\(run.errors)")
        }
    }
}
