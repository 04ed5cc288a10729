/// Who uses which block of the scratch memory. Blocks of one number are never in use at the same time.
enum ScratchSlot {
    static let packed = 0
    static let kernel = 1
    static let weightGradient = 2
    static let flat = 3
    static let blockSums = 4
    static let blockRanges = 5
}
