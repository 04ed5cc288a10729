extension String {
    /// The one of some names that this was probably meant to be: the one that the fewest letters added, left out, changed or
    /// swapped make of it (the restricted edit distance of Damerau, 1964); nil where more than a third of them would be.
    public func nearest(among names: some Sequence<String>) -> String? {
        // Longer texts are no slips of a finger, and would take time.
        guard utf8.count <= 64 else { return nil }
        let own = Array(lowercased())
        var best: (name: String, distance: Int)?
        for name in names where name.utf8.count <= 64 {
            let other = Array(name.lowercased())
            let distance = Self.distance(own, other)
            guard distance <= max(1, max(own.count, other.count) / 3), distance < best?.distance ?? .max else {
                continue
            }
            best = (name, distance)
        }
        return best?.name
    }

    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        var rows = [Array(0...b.count)]
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var least = Swift.min(rows[i][j + 1], row[j]) + 1
                least = Swift.min(least, rows[i][j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = Swift.min(least, rows[i - 1][j - 1] + 1) }
                row.append(least)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
