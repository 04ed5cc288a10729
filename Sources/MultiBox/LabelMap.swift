/// The names of a model's classes, by index: the column of the score output.
public struct LabelMap: Sendable, Hashable {
    /// The largest text that is parsed, in bytes.
    public static let maximumBytes = 1 << 20
    /// The most entries.
    public static let maximumCount = 1 << 16
    /// The longest name, in bytes.
    public static let maximumNameBytes = 256

    /// The name of each class; nil for background and for indices that no object has.
    public let names: [String?]
    /// Whether index 0 is the background.
    public let hasBackground: Bool
    private let indexByLowercasedName: [String: Int]

    /// A map from names, nil where an index has none.
    ///
    /// - Throws: as for text; lines are indices counted from 1.
    public init(names: [String?], hasBackground: Bool) throws(LabelMapError) {
        guard names.count <= Self.maximumCount else { throw .tooManyLabels(limit: Self.maximumCount) }
        var names = names
        if hasBackground, !names.isEmpty { names[0] = nil }
        var indices: [String: Int] = [:]
        for (index, name) in names.enumerated() {
            guard let name else { continue }
            let bytes = name.utf8.count
            guard bytes > 0 else { throw .blankLine(line: index + 1) }
            guard bytes <= Self.maximumNameBytes else {
                throw .nameTooLong(line: index + 1, bytes: bytes, limit: Self.maximumNameBytes)
            }
            guard !name.unicodeScalars.contains(where: PrintableText.isActive) else {
                throw .controlCharacter(line: index + 1)
            }
            guard indices.updateValue(index, forKey: name.lowercased()) == nil else {
                throw .duplicateName(name, line: index + 1)
            }
        }
        guard !indices.isEmpty else { throw .empty }
        self.names = names
        self.hasBackground = hasBackground
        self.indexByLowercasedName = indices
    }

    /// Parses a text of one name a line. A first line `???` or `background` is the background; another `???` is an index
    /// that no object has. Line ends may be LF or CR LF; blanks around a name and blank lines at the end do not count.
    public init(parsing text: [UInt8]) throws(LabelMapError) {
        guard text.count <= Self.maximumBytes else {
            throw .tooLarge(bytes: text.count, limit: Self.maximumBytes)
        }
        var bytes = text[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        let blanks: Set<UInt8> = [0x20, 0x09, 0x0D, 0x0A]
        while let last = bytes.last, blanks.contains(last) { bytes.removeLast() }
        var names: [String?] = []
        var hasBackground = false
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            guard names.count < Self.maximumCount else { throw .tooManyLabels(limit: Self.maximumCount) }
            var line = line
            while let first = line.first, blanks.contains(first) { line.removeFirst() }
            while let last = line.last, blanks.contains(last) { line.removeLast() }
            guard let name = String(validating: line, as: UTF8.self) else { throw .notUTF8 }
            if names.isEmpty, name == "???" || name.lowercased() == "background" { hasBackground = true }
            names.append(name == "???" ? nil : name)
        }
        try self.init(names: names, hasBackground: hasBackground)
    }

    /// The number of indices, background and unused ones counted.
    public var count: Int { names.count }

    /// The name of a class; nil beyond the map, for background and for unused indices.
    public func name(of index: Int) -> String? {
        names.indices.contains(index) ? names[index] : nil
    }

    /// What a class is called where it must be called something: its name, or else its number.
    public func title(of index: Int) -> String { name(of: index) ?? String(index) }

    /// The index of a class by its name, in any case, or by its number in digits.
    public func index(matching query: String) -> Int? {
        if let index = indexByLowercasedName[query.lowercased()] { return index }
        // `Int` would accept a sign.
        guard query.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let index = Int(query), name(of: index) != nil
        else { return nil }
        return index
    }

    /// The map by the score columns of a model, for a list that counts the background where the model does not, or the
    /// other way round.
    ///
    /// - Throws: `countMismatch` if the list fits neither way.
    public func aligned(classCount: Int, backgroundIndex: Int?) throws(LabelMapError) -> LabelMap {
        switch (hasBackground, backgroundIndex) {
        case (true, 0?) where count == classCount, (false, nil) where count == classCount: return self
        case (false, 0?) where count == classCount - 1:
            return try LabelMap(names: [nil] + names, hasBackground: true)
        case (true, nil) where count == classCount + 1:
            return try LabelMap(names: Array(names.dropFirst()), hasBackground: false)
        case (false, 0?) where count == classCount:
            // The first line is the background under another name.
            return try LabelMap(names: names, hasBackground: true)
        case (_, let background?) where background != 0 && count == classCount:
            var names = names
            if names.indices.contains(background) { names[background] = nil }
            return try LabelMap(names: names, hasBackground: false)
        default: throw .countMismatch(labels: count, classCount: classCount)
        }
    }
}
