import Datasets
import Reports
import Images
import MultiBox
import Testing

/// The grid of photos.
@Suite struct ContactSheetTests {
    private let labels = LabelMap.pascalVOC

    @Test func `photos keep their aspect and boxes are drawn where they are`() {
        let photo = PixelImage(width: 200, height: 100, filledWith: SIMD3(200, 200, 200))
        let object = AnnotatedObject(box: CornerBox(xmin: 0.25, ymin: 0.5, xmax: 0.75, ymax: 1), classIndex: 3)
        let tall = PixelImage(width: 100, height: 200, filledWith: SIMD3(200, 200, 200))
        let sheet = ContactSheet(columns: 2, tileSide: 100, gap: 10).render(
            [(photo, [object]), (tall, []), (photo, [])], labels: labels)
        #expect(sheet.size == ImageSize(width: 230, height: 180), "a row is as high as its highest tile")
        let (background, grey) = (SIMD3<UInt8>(repeating: 32), SIMD3<UInt8>(repeating: 200))
        // The tile at the upper left is 100 × 50, in the middle of its row.
        #expect(sheet[10, 34] == background && sheet[10, 35] == grey)
        #expect(sheet[109, 84] == grey && sheet[109, 85] == background)
        // The lower edge of the box, and what it encloses.
        #expect(sheet[60, 84] != grey && sheet[60, 80] == grey)
        #expect(sheet[144, 60] == background && sheet[145, 60] == grey && sheet[170, 10] == grey)
        #expect(sheet[60, 119] == background && sheet[60, 120] == grey && sheet[180, 140] == background)
    }

    @Test func `of each class the largest box has its name`() {
        let photo = PixelImage(width: 200, height: 200, filledWith: SIMD3(200, 200, 200))
        func sheet(_ others: [AnnotatedObject]) -> PixelImage {
            let large = AnnotatedObject(box: CornerBox(xmin: 0.1, ymin: 0.6, xmax: 0.9, ymax: 0.9), classIndex: 3)
            return ContactSheet(columns: 1, tileSide: 200, gap: 0).render([(photo, others + [large])], labels: labels)
        }
        let box = CornerBox(xmin: 0.2, ymin: 0.3, xmax: 0.4, ymax: 0.4)
        // Just above the box, where its name would stand.
        let grey = SIMD3<UInt8>(repeating: 200)
        #expect(sheet([AnnotatedObject(box: box, classIndex: 3)])[41, 58] == grey)
        #expect(sheet([AnnotatedObject(box: box, classIndex: 4)])[41, 58] != grey)
    }

    @Test func `an empty sheet, and one too many`() {
        let sheet = ContactSheet(columns: 20, tileSide: 16, gap: 0)
        #expect(sheet.render([], labels: labels).size == ImageSize(width: 16, height: 16))
        let photo = PixelImage(width: 1, height: 900)
        let many = Array(repeating: (image: photo, objects: [AnnotatedObject]()), count: 401)
        #expect(sheet.render(many, labels: labels).size == ImageSize(width: 320, height: 320))
    }
}
