/// Where the values or the gradient of one tensor, or of several, lie.
final class TensorBlock {
    /// Floats for one image, from the first of the memory.
    let place: Range<Int>
    /// Elements for one image.
    let count: Int
    /// How many tensors have it. A gradient that several have is written by none of them.
    var owners = 1

    init(place: Range<Int>, count: Int) {
        self.place = place
        self.count = count
    }
}
