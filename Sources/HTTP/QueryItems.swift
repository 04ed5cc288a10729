/// The items of a query string in the form encoding (WHATWG URL, section 5.1): split at `&` and the first `=`, `+` for a
/// space, percent-decoded to UTF-8; in order, duplicates kept.
public struct QueryItems: Sendable, Equatable, RandomAccessCollection {
    /// One item; an item without `=` has an empty value.
    public struct Item: Sendable, Equatable {
        /// The decoded name.
        public let name: String
        /// The decoded value.
        public let value: String
    }

    private let items: [Item]

    /// No items.
    public init() { items = [] }

    /// The items of a query string, without its `?`.
    ///
    /// - Throws: `RequestError.invalidPercentEncoding` for a broken escape, an encoded NUL or text that is not UTF-8.
    public init(parsing query: String) throws(RequestError) {
        let bytes = Array(query.utf8)
        self = try bytes.withUnsafeBufferPointer { (buffer) throws(RequestError) in
            try QueryItems(parsing: UnsafeRawBufferPointer(buffer))
        }
    }

    init(parsing query: UnsafeRawBufferPointer) throws(RequestError) {
        var items: [Item] = []
        var start = 0
        while start < query.count {
            let end = ByteScan.firstIndex(of: UInt8(ascii: "&"), in: query, from: start) ?? query.count
            let item = UnsafeRawBufferPointer(rebasing: query[start..<end])
            start = end + 1
            guard !item.isEmpty else { continue }
            let equals = ByteScan.firstIndex(of: UInt8(ascii: "="), in: item)
            let name = UnsafeRawBufferPointer(rebasing: item[..<(equals ?? item.count)])
            let value = UnsafeRawBufferPointer(rebasing: item[(equals.map { $0 + 1 } ?? item.count)...])
            items.append(
                Item(
                    name: try PercentDecoding.decode(name, plusIsSpace: true),
                    value: try PercentDecoding.decode(value, plusIsSpace: true)))
        }
        self.items = items
    }

    /// The index of the first item.
    public var startIndex: Int { 0 }
    /// The number of items.
    public var endIndex: Int { items.count }
    /// The item at `index`.
    public subscript(index: Int) -> Item { items[index] }

    /// The value of the first item of that name.
    public subscript(name: String) -> String? { items.first { $0.name == name }?.value }

    /// The values of all items of that name, in order.
    public func values(_ name: String) -> [String] { items.compactMap { $0.name == name ? $0.value : nil } }
}
