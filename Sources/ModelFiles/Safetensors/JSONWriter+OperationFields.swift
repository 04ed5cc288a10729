import JSON
import Networks

/// What plain operations write of themselves.
extension JSONWriter: OperationFieldWriter {
    package mutating func integers(_ name: StaticString, _ values: [Int]) {
        self.name(name)
        array { json in for value in values { json.integer(value) } }
    }

    package mutating func float(_ name: StaticString, _ value: Float) {
        self.name(name)
        exact(value)
    }

    package mutating func choice(_ name: StaticString, _ value: String) { member(name, value) }
}
