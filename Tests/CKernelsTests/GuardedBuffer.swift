import Glibc

/// Memory that ends at a page nobody may touch: a kernel that reads or writes past the end crashes the test.
///
/// The page before it is untouchable too, but the start is only as near to it as the size allows.
final class GuardedBuffer<Element: BitwiseCopyable> {
    private let mapping: UnsafeMutableRawPointer
    private let mappedBytes: Int
    /// The elements.
    let elements: UnsafeMutableBufferPointer<Element>

    /// `count` elements of `value`, whose start is a multiple of `alignment` bytes (and whose end is then as near to the
    /// untouchable page as that allows).
    init(count: Int, filledWith value: Element, alignment: Int = MemoryLayout<Element>.alignment) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let bytes = (count * MemoryLayout<Element>.stride + alignment - 1) / alignment * alignment
        let usable = (bytes + page - 1) / page * page
        mappedBytes = usable + 2 * page
        let mapped = mmap(nil, mappedBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapped, mapped != MAP_FAILED, mprotect(mapped + page, usable, PROT_READ | PROT_WRITE) == 0 else {
            preconditionFailure("no memory for a guarded buffer of \(count)")
        }
        mapping = mapped
        address = mapped + page + usable - bytes
        elements = UnsafeMutableBufferPointer(
            start: address.bindMemory(to: Element.self, capacity: count), count: count)
        elements.initialize(repeating: value)
    }

    /// A copy of `values`.
    convenience init(_ values: [Element], filler: Element, alignment: Int = MemoryLayout<Element>.alignment) {
        self.init(count: values.count, filledWith: filler, alignment: alignment)
        for (index, value) in values.enumerated() { elements[index] = value }
    }

    deinit { munmap(mapping, mappedBytes) }

    /// The address of the first element.
    let address: UnsafeMutableRawPointer
}
