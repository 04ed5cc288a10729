/// Writes families and samples in one of the two text formats.
struct ExpositionWriter {
    let format: ExpositionFormat
    private(set) var text = ""

    init(format: ExpositionFormat) { self.format = format }

    /// The lines that open a family.
    mutating func family(_ name: String, type: MetricType, help: String) {
        var shown = name
        var shownType = type.rawValue
        switch (format, type) {
        case (.openMetrics, .counter): shown = String(name.dropLast("_total".count))
        case (.openMetrics, .info): shown = String(name.dropLast("_info".count))
        case (.prometheusText, .info): shownType = "gauge"
        default: break
        }
        text += "# HELP \(shown) \(escapedHelp(help))\n# TYPE \(shown) \(shownType)\n"
        if format == .openMetrics, let unit = MetricName.unit(of: shown) { text += "# UNIT \(shown) \(unit)\n" }
    }

    /// One sample; `extra` is a label after the series' own.
    mutating func sample(
        _ name: String, _ suffix: String = "", names: [String], values: [String],
        extra: (name: String, value: String)? = nil, _ value: String
    ) {
        text += name
        text += suffix
        if !names.isEmpty || extra != nil {
            var separator = "{"
            for (name, value) in zip(names, values) {
                text += "\(separator)\(name)=\"\(escapedValue(value))\""
                separator = ","
            }
            if let extra { text += "\(separator)\(extra.name)=\"\(extra.value)\"" }
            text += "}"
        }
        text += " \(value)\n"
    }

    /// Ends the exposition.
    mutating func end() {
        if format == .openMetrics { text += "# EOF\n" }
    }

    /// A number as both formats read it: integers without a fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value == value.rounded(), value.magnitude < 0x1p53 { return String(Int64(value)) }
        return String(value)
    }

    /// A bucket's bound: OpenMetrics 1.0 wants a floating-point number, `1.0`; Prometheus clients write `1`.
    func bound(_ value: Double) -> String {
        format == .openMetrics ? String(value) : Self.number(value)
    }

    private func escapedHelp(_ help: String) -> String {
        escaped(help, quote: format == .openMetrics)
    }

    private func escapedValue(_ value: String) -> String {
        escaped(value, quote: true)
    }

    private func escaped(_ string: String, quote: Bool) -> String {
        guard string.utf8.contains(where: { $0 == 0x5C || $0 == 0x0A || $0 == 0x22 }) else { return string }
        var result = ""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quote: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
