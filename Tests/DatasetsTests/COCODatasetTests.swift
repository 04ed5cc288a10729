import Datasets
import Images
import MultiBox
import TestSupport
import Testing

/// Datasets in COCO's form.
@Suite struct COCODatasetTests {
    private static let file = """
        {"images":[{"id":7,"file_name":"a.png","width":100,"height":50},{"id":9,"file_name":"b.png","width":10,"height":10}],
         "categories":[{"id":30,"name":"dog"},{"id":4,"name":"cat"}],
         "annotations":[
          {"id":1,"image_id":7,"category_id":30,"bbox":[10,10,40,20],"area":1,"iscrowd":0,"score":0.75},
          {"id":2,"image_id":7,"category_id":4,"bbox":[0,0,100,50],"area":1,"iscrowd":1},
          {"id":3,"image_id":7,"category_id":4,"bbox":[10,10,0,20],"area":1,"iscrowd":0},
          {"id":4,"image_id":7,"category_id":4,"bbox":[200,10,10,20],"area":1,"iscrowd":0},
          {"id":5,"image_id":7,"category_id":4,"bbox":[90,40,20,10.5],"area":1,"iscrowd":0}]}
        """

    private func folder(_ text: String = file) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("instances.json", text)
        try folder.write("images/a.png", try ImageEncoder.png(PixelImage(width: 100, height: 50)))
        return folder
    }

    @Test func `classes are contiguous and lead back`() throws {
        let folder = try folder()
        let dataset = try COCODataset(root: folder.path)
        #expect(dataset.labels.names == [nil, "cat", "dog"])
        #expect(dataset.categoryIDs == [nil, 4, 30])
        #expect(dataset.photos.map(\.id) == [7, 9])
        #expect(
            dataset.photos[0].objects == [
                AnnotatedObject(
                    box: CornerBox(xmin: 0.1, ymin: 0.2, xmax: 0.5, ymax: 0.6), classIndex: 2, score: 0.75),
                AnnotatedObject(box: CornerBox(xmin: 0, ymin: 0, xmax: 1, ymax: 1), classIndex: 1, isCrowd: true),
                AnnotatedObject(box: CornerBox(xmin: 0.9, ymin: 0.8, xmax: 1, ymax: 1), classIndex: 1),
            ])
        #expect(
            dataset.problems.map(\.kind) == [
                .degenerateBox(xmin: 10, ymin: 10, xmax: 10, ymax: 30),
                .outsideImage(xmin: 200, ymin: 10, xmax: 210, ymax: 30),
                .cutOff(xmin: 90, ymin: 40, xmax: 110, ymax: 50.5),
            ])
        #expect(dataset.problems.map(\.object) == [3, 4, 5])
        let summary = DatasetSummary(dataset)
        #expect(summary.crowds == 1 && summary.objects == 2 && summary.photosWithoutObjects == 1)
        #expect(try dataset.pixels(of: dataset.photos[0]).width == 100)
        #expect(throws: DatasetError.self) { try dataset.pixels(of: dataset.photos[1]) }
    }

    @Test func `labels from elsewhere`() throws {
        let labels = try LabelMap(names: [nil, "zebra", "dog"], hasBackground: true)
        let folder = try folder()
        let dataset = try COCODataset(root: folder.path, labels: labels)
        #expect(dataset.categoryIDs == [nil, nil, 30])
        #expect(dataset.photos[0].objects.map(\.classIndex) == [2])
        #expect(dataset.problems.allSatisfy { $0.kind == .unknownClass("cat") })
    }

    @Test(arguments: ["{", "{\"images\":[],\"categories\":[],\"annotations\":[]}"])
    func `files that are none are refused`(text: String) throws {
        let folder = try folder(text)
        #expect(throws: DatasetError.self) { try COCODataset(root: folder.path) }
    }

    @Test(.enabled(if: SharedFiles.exist("data/coco-train"), Comment(rawValue: SharedFiles.absence)))
    func `photos of COCO`() throws {
        let dataset = try COCODataset(root: SharedFiles.path("data/coco-train"))
        #expect(dataset.photos.count == 215)
        #expect(dataset.labels.count == 81)
        #expect(dataset.photos.reduce(0) { $0 + $1.objects.count } + dataset.problems.count { $0.isLeftOut } == 2035)
        #expect(try dataset.pixels(of: dataset.photos[0]).size == dataset.photos[0].size)
    }
}
