/// The name that somebody may have meant who wrote another.
public enum NearestName {
    /// The longest text that is compared, in bytes: longer ones are no misspelt name.
    static let maximumLength = 64

    /// The name that is fewest changes away, whatever the case of letters; nil where even that would be a guess. Of several the first.
    public static func among(_ names: some Sequence<String>, to text: String) -> String? {
        guard text.utf8.count <= maximumLength else { return nil }
        // A third of the letters may be wrong.
        var least = max(2, text.utf8.count / 3) + 1
        var nearest: String?
        for name in names {
            let distance = distance(Array(name.lowercased().utf8), Array(text.lowercased().utf8))
            if distance < least { (least, nearest) = (distance, name) }
        }
        return nearest
    }

    /// The bytes to insert, to take away or to replace to get from one text to the other, two neighbours that change places
    /// counting as one change (the restricted Damerau-Levenshtein distance).
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var least = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, beforeLast[j - 1] + 1) }
                row.append(least)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
