import Datasets
import Images
import MultiBox
import Testing

/// A part of a dataset that is held out.
@Suite struct HoldOutTests {
    private struct Photos: DetectionDataset {
        let labels: LabelMap
        let photos: [DatasetPhoto]
        var problems: [DatasetProblem] { [] }

        /// A photo for each class index.
        init(showing classes: [Int]) throws {
            labels = try LabelMap(names: [nil, "a", "b", "c"], hasBackground: true)
            photos = classes.enumerated().map { index, label in
                let object = AnnotatedObject(
                    box: CornerBox(xmin: 0.1, ymin: 0.1, xmax: 0.5, ymax: 0.5), classIndex: label)
                return DatasetPhoto(
                    id: index, path: "\(index).jpg", size: ImageSize(width: 10, height: 10), objects: [object])
            }
        }
    }

    @Test(arguments: [2, 3, 10, 57, 400])
    func `a fifth is held out, the rest is left, and the seed decides`(count: Int) throws {
        let whole = try Photos(showing: Array(repeating: 1, count: count))
        let (left, heldOut) = whole.holdingOut(0.2, seed: 1)
        #expect(heldOut.photos.count == max(1, Int((Float(count) * 0.2).rounded())))
        #expect((left.photos + heldOut.photos).map(\.id).sorted() == Array(0..<count))
        #expect(left.photos.map(\.id) == left.photos.map(\.id).sorted())
        #expect(whole.holdingOut(0.2, seed: 1).heldOut.photos == heldOut.photos)
        if count > 10 { #expect(whole.holdingOut(0.2, seed: 2).heldOut.photos != heldOut.photos) }
    }

    @Test(arguments: 1...20)
    func `no class loses its last photo`(seed: UInt64) throws {
        let whole = try Photos(showing: Array(repeating: 1, count: 8) + [2, 3])
        let (left, heldOut) = whole.holdingOut(0.5, seed: seed)
        #expect(!heldOut.photos.isEmpty)
        #expect(
            Set(left.photos.flatMap(\.objects).map(\.classIndex)).isSuperset(of: [2, 3]))
    }
}
