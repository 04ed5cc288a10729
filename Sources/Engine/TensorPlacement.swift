/// Where a tensor lies in the memory of one image, and how far apart its pixels are.
struct TensorPlacement: Equatable {
    /// Bytes from the start of the image's part of the arena.
    var offset: Int
    /// Elements from one pixel to the next: the tensor's channels, or more inside a concatenation of channels.
    var stride: Int
}
