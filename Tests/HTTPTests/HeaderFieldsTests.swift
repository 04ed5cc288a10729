import HTTP
import TestSupport
import Testing

/// Fields against a list of names and values.
@Suite struct HeaderFieldsTests {
    private static let names = ["A", "a", "Bc", "bC", "Accept", "accept", "X-Y"]
    private static let values = ["", "1", "two", "a, b", "é", "tab\there", "bad\u{0}\r\nX: y"]

    @Test(arguments: 0..<20) func theyAreAListOfNamesAndValues(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var fields = HeaderFields()
        var list: [(name: String, value: String)] = []
        func same(_ a: String, _ b: String) -> Bool { a.lowercased() == b.lowercased() }
        for _ in 0..<60 {
            let name = Self.names.randomElement(using: &random) ?? ""
            let value = Self.values.randomElement(using: &random) ?? ""
            switch Int.random(in: 0..<6, using: &random) {
            case 0...2:
                fields.add(name, value)
                list.append((name, value))
            case 3:
                fields[name] = value
                let first = list.firstIndex { same($0.name, name) }
                if let first { list[first] = (name, value) } else { list.append((name, value)) }
                let kept = first ?? list.count - 1
                list = list.enumerated().filter { $0.offset == kept || !same($0.element.name, name) }.map(\.element)
            case 4:
                fields.remove(name)
                list.removeAll { same($0.name, name) }
            default:
                fields[name] = nil
                list.removeAll { same($0.name, name) }
            }
            #expect(fields.map(\.name) == list.map(\.name))
            #expect(fields.map(\.value) == list.map(\.value))
            for name in Self.names {
                let values = list.filter { same($0.name, name) }.map(\.value)
                #expect(fields.values(name) == values)
                #expect(fields.first(name) == values.first)
                #expect(fields[name] == (values.isEmpty ? nil : values.joined(separator: ", ")))
                #expect(fields.contains(name) == !values.isEmpty)
            }
            var again = HeaderFields()
            for field in list { again.add(field.name, field.value) }
            #expect(again == fields)
        }
    }

    @Test func oneValueIsNotAnothers() {
        let one: HeaderFields = ["A": "b"]
        #expect(one != ["A": "c"] && one != ["a": "b"] && one != [:] && one == ["A": "b"])
    }
}
