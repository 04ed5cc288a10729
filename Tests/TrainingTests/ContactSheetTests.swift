import Images
import MultiBox
import Testing
import Training

/// The grid of photos.
@Suite struct ContactSheetTests {
    private let labels = LabelMap.pascalVOC

    @Test func `photos keep their aspect and boxes are drawn where they are`() {
        let photo = PixelImage(width: 200, height: 100, filledWith: SIMD3(200, 200, 200))
        let object = AnnotatedObject(box: CornerBox(xmin: 0.25, ymin: 0.5, xmax: 0.75, ymax: 1), classIndex: 3)
        let sheet = ContactSheet(columns: 2, tileSide: 100, gap: 10).render(
            [(photo, [object]), (photo, []), (photo, [])], labels: labels)
        #expect(sheet.size == ImageSize(width: 230, height: 230))
        let (background, grey) = (SIMD3<UInt8>(repeating: 32), SIMD3<UInt8>(repeating: 200))
        // The tile at the upper left is 100 × 50, in the middle of its square.
        #expect(sheet[10, 34] == background && sheet[10, 35] == grey)
        #expect(sheet[109, 84] == grey && sheet[109, 85] == background)
        // The lower edge of the box, and what it encloses.
        #expect(sheet[60, 84] != grey && sheet[60, 80] == grey)
        #expect(sheet[160, 60] == grey)
        #expect(sheet[60, 180] == grey && sheet[180, 180] == background)
    }

    @Test func `an empty sheet, and one too many`() {
        let sheet = ContactSheet(columns: 20, tileSide: 16, gap: 0)
        #expect(sheet.render([], labels: labels).size == ImageSize(width: 16, height: 16))
        let photo = PixelImage(width: 1, height: 900)
        let many = Array(repeating: (image: photo, objects: [AnnotatedObject]()), count: 401)
        #expect(sheet.render(many, labels: labels).size == ImageSize(width: 320, height: 320))
    }
}
