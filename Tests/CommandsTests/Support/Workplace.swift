import Foundation
import Images
import TestSupport

/// A folder in which what the documentation says to type can be typed: the program, photos, data and models by the names that
/// it uses, and a service that knows people, dogs and cats by their colours.
final class Workplace {
    let folder: TemporaryFolder
    let server: ServerProcess
    /// Red is a person, green a dog, blue a cat.
    static let photo = ColorPhoto(cells: [0: .red, 5: .green, 10: .red])

    /// - Parameter arguments: of the service.
    init(_ arguments: [String] = []) throws {
        folder = try TemporaryFolder()
        let model = try folder.writeModel("detect.tflite")
        try folder.write("labelmap.txt", "???\nperson\ndog\ncat\n")
        server = try ServerProcess(model: model, arguments)
        for name in ["weights.pth", "detector.onnx", "run/best.safetensors", "mine-run/best.safetensors"] {
            try folder.write(name, ColorDetector.file())
        }
        for name in ["run", "mine-run"] { try folder.write(name + "/labelmap.txt", ColorDetector.labels) }
        for name in [
            "photo.jpg", "other.jpg", "holiday/one.png", "photos/one.png", "frame-0001.jpg",
            "api/front-door/latest.jpg",
        ] {
            try folder.write(name, Self.photo.png)
        }
        for number in 0..<6 { try folder.write("photos/\(number).png", ColorPhoto.numbered(number * 9).png) }
        try DrawnDataset.write(to: folder)
        for name in ["voc", "mine"] {
            try FileManager.default.createSymbolicLink(
                atPath: folder.path + "/" + name, withDestinationPath: folder.path + "/data")
        }
        try writeCOCO()
        let clients = Program.repository + "/Documentation/Clients/"
        for name in try FileManager.default.contentsOfDirectory(atPath: clients) where !name.hasSuffix(".md") {
            try FileManager.default.createSymbolicLink(
                atPath: folder.path + "/" + name, withDestinationPath: clients + name)
        }
        for name in ["Sources", "Tests"] {
            try FileManager.default.createSymbolicLink(
                atPath: folder.path + "/" + name, withDestinationPath: Program.repository + "/" + name)
        }
        try writePrograms()
    }

    deinit { server.process.end() }

    /// One photo in COCO's layout.
    private func writeCOCO() throws {
        try folder.write("coco/images/1.png", Self.photo.png)
        let annotations = Self.photo.objects.enumerated().map { index, object in
            let (x, y) = (object.box[0], object.box[1])
            let (width, height) = (object.box[2] - x, object.box[3] - y)
            return """
                {"id":\(index + 1),"image_id":1,"category_id":\(object.id),"bbox":[\(x),\(y),\(width),\(height)],\
                "area":\(width * height),"iscrowd":0}
                """
        }
        let photo = Self.photo
        try folder.write(
            "coco/instances.json",
            """
            {"images":[{"id":1,"file_name":"1.png","width":\(photo.width),"height":\(photo.height)}],\
            "annotations":[\(annotations.joined(separator: ","))],\
            "categories":[{"id":1,"name":"person"},{"id":2,"name":"dog"},{"id":3,"name":"cat"}]}
            """)
    }

    /// The programs that are not what they would be elsewhere.
    private func writePrograms() throws {
        // What serves does not end, and training takes minutes: of those, what they would do is checked.
        try write(
            program: "multibox",
            """
            case $1 in
            serve) set -- "$@" --print-config ;;
            train) set -- "$@" --check-data --force ;;
            benchmark) set -- "$@" --duration 20ms ;;
            esac
            exec '\(try Program.multibox)' "$@"
            """)
        // A camera, or a film of one picture.
        try write(
            program: "ffmpeg",
            """
            for last; do :; done
            case $last in -) exec cat '\(folder.path)/photo.jpg' ;; *) exec test -e '\(folder.path)/frame-0001.jpg' ;; esac
            """)
        if let python = Program.testPython ?? Program.python {
            try write(program: "python3", "exec '\(python)' \"$@\"")
        }
    }

    private func write(program name: String, _ script: String) throws {
        let path = try folder.write("bin/" + name, "#!/bin/sh\n" + script + "\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    /// Runs a script there. Where the documentation says where the service is, this one is; what would go on for ever looks
    /// twice.
    func run(_ script: String, environment: [String: String] = [:]) throws -> CommandRun {
        let url = "127.0.0.1:\(server.port)"
        var environment = environment
        environment["PATH"] = folder.path + "/bin:/usr/bin:/bin"
        environment["COUNT"] = "2"
        environment["EVERY"] = "0.1"
        environment["KEY"] = "a-key-of-a-test"
        environment["URL"] = "http://" + url
        environment["HOME"] = folder.path
        let script = script.replacing("localhost:8080", with: url)
            .replacing("http://frigate.local:5000", with: "file://" + folder.path)
        return try CommandRun(shell: "cd '\(folder.path)' && set -e\n" + script, environment: environment)
    }
}
