import JSON
import MultiBox

/// The parts of a detector that are written in the same way in our own files and in what lies beside others.
enum DetectorMembers {
    /// Default boxes that follow from source maps.
    static func defaultBoxes(
        _ members: inout JSONMembers, imageWidth: Int, imageHeight: Int
    ) throws(ModelFileError) -> DefaultBoxConfiguration {
        var configuration = DefaultBoxConfiguration(
            imageWidth: imageWidth, imageHeight: imageHeight, maps: [],
            clip: members.has("clip") ? try members.choice("clip") : .none,
            truncatesSizes: try members.boolean("truncates_sizes", default: false))
        for (index, map) in try members.array("maps").enumerated() {
            var map = try JSONMembers(map, place: "\(members.place).maps[\(index)]")
            var source = DefaultBoxConfiguration.SourceMap(
                rows: try map.integer("rows"), columns: try map.integer("columns"),
                stepX: try map.optionalFloat("step_x"), stepY: try map.optionalFloat("step_y"),
                minimumSizes: try map.floats("minimum_sizes", default: []),
                maximumSizes: try map.floats("maximum_sizes", default: []),
                aspectRatios: try map.floats("aspect_ratios", default: []))
            if map.has("shapes") {
                source.shapes = try rows(&map, "shapes", of: 2).map { .init(width: $0[0], height: $0[1]) }
            }
            if let offset = try map.optionalFloat("offset") { source.offset = offset }
            try map.finish()
            configuration.maps.append(source)
        }
        return configuration
    }

    /// Default boxes that are listed: cx, cy, w and h of each.
    static func boxes(_ members: inout JSONMembers, _ name: String) throws(ModelFileError) -> [CenterBox] {
        try rows(&members, name, of: 4).map { CenterBox(cx: $0[0], cy: $0[1], w: $0[2], h: $0[3]) }
    }

    /// A coder.
    static func coder(_ members: inout JSONMembers) throws(ModelFileError) -> BoxCoder {
        let isDivided = members.has("divisors")
        let name = isDivided ? "divisors" : "variances"
        let factors = try members.floats(name)
        guard factors.count == 4 else { throw members.wrong(name, "is not an array of 4 numbers") }
        let values = Variances(x: factors[0], y: factors[1], width: factors[2], height: factors[3])
        return BoxCoder(
            scaling: isDivided ? .divisors(values) : .variances(values), order: try members.choice("order"),
            sizes: members.has("sizes") ? try members.choice("sizes") : .logarithmic,
            maximumLogScale: try members.optionalFloat("maximum_log_scale"))
    }

    /// A member that is an array of arrays of `count` numbers.
    private static func rows(
        _ members: inout JSONMembers, _ name: String, of count: Int
    ) throws(ModelFileError) -> [[Float]] {
        var rows: [[Float]] = []
        for element in try members.array(name) {
            guard case .array(let numbers) = element, numbers.count == count else {
                throw members.wrong(name, "is not an array of arrays of \(count) numbers")
            }
            var row: [Float] = []
            for number in numbers {
                guard case .number(let text) = number, let value = Float(text), value.isFinite else {
                    throw members.wrong(name, "is not an array of arrays of \(count) numbers")
                }
                row.append(value)
            }
            rows.append(row)
        }
        return rows
    }
}
