import Images
import TestSupport

/// Five drawn photos of discs and blocks in Pascal VOC's layout: four to train on, one to evaluate on.
enum DrawnDataset {
    /// Writes them into the folder `data` of another.
    static func write(to folder: TemporaryFolder) throws {
        var generator = SeededGenerator(seed: 5)
        for index in 0..<5 {
            var photo = PixelImage(width: 96, height: 80, filledWith: SIMD3(200, 190, 180))
            var objects = ""
            for (name, color) in [("disc", SIMD3<UInt8>(180, 40, 40)), ("block", SIMD3(40, 60, 180))] {
                let side = Int.random(in: 20...30, using: &generator)
                let x = Int.random(in: 1...40, using: &generator) + (name == "disc" ? 0 : 25)
                let y = Int.random(in: 1...45, using: &generator)
                for row in y..<y + side { for column in x..<x + side { photo[column, row] = color } }
                objects += """
                    <object><name>\(name)</name><bndbox><xmin>\(x + 1)</xmin><ymin>\(y + 1)</ymin>\
                    <xmax>\(x + side)</xmax><ymax>\(y + side)</ymax></bndbox></object>
                    """
            }
            // A slip of the annotator.
            if index == 3 {
                objects += """
                    <object><name>disc</name><bndbox><xmin>9</xmin><ymin>9</ymin><xmax>9</xmax><ymax>30</ymax></bndbox>\
                    </object>
                    """
            }
            try folder.write("data/JPEGImages/p\(index).png", try ImageEncoder.png(photo))
            try folder.write(
                "data/Annotations/p\(index).xml",
                """
                <annotation><size><width>96</width><height>80</height><depth>3</depth></size>\(objects)</annotation>
                """)
        }
        try folder.write("data/ImageSets/Main/train.txt", "p0\np1\np2\np3\n")
        try folder.write("data/ImageSets/Main/val.txt", "p4\n")
    }
}
