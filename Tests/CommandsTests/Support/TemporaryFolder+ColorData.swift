import Foundation
import TestSupport

extension TemporaryFolder {
    /// Three photos of which the model finds every object but one: a red one of four is black.
    ///
    /// - Parameter crowded: A photo whose red objects are one region, the whole photo, instead.
    func writeColorData(crowded: Int? = nil) throws -> String {
        let photos = [
            ColorPhoto(cells: [0: .red, 5: .green]), ColorPhoto(width: 256, height: 256, cells: [3: .red, 9: .green]),
            ColorPhoto(cells: [12: .red]),
        ]
        var (images, annotations): ([[String: Any]], [[String: Any]]) = ([], [])
        for (index, photo) in photos.enumerated() {
            try write("data/images/\(index).png", photo.png)
            images.append([
                "id": index + 7, "file_name": "\(index).png", "width": photo.width, "height": photo.height,
            ])
            var shown = photo
            if index == 2 { shown.cells[2] = .red }
            for object in shown.objects {
                var (x, y) = (object.box[0], object.box[1])
                var (width, height) = (object.box[2] - object.box[0], object.box[3] - object.box[1])
                let isCrowd = index == crowded && object.id == 1
                if isCrowd { (x, y, width, height) = (0, 0, Double(photo.width), Double(photo.height)) }
                annotations.append([
                    "id": annotations.count + 1, "image_id": index + 7, "category_id": object.id * 10,
                    "bbox": [x, y, width, height], "area": width * height, "iscrowd": isCrowd ? 1 : 0,
                ])
            }
        }
        let categories = [["id": 10, "name": "Red"], ["id": 20, "name": "green"], ["id": 90, "name": "unicorn"]]
        let data = try JSONSerialization.data(
            withJSONObject: ["images": images, "annotations": annotations, "categories": categories])
        try write("data/instances.json", [UInt8](data))
        return path + "/data"
    }
}
