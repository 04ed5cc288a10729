/// Who reads the values of a graph, for nodes that become one layer with what follows them.
struct ONNXReaders: Sendable {
    private struct Reading {
        /// The first node of the graph that reads it.
        var node: Int
        var count = 1
    }

    private var readings: [String: Reading] = [:]
    private var outputs: Set<String>
    /// The nodes Constant, by what they make.
    private var constants: [String: Int] = [:]

    init(_ graph: ONNXGraphProto) {
        outputs = Set(graph.output.map(\.name))
        for (index, node) in graph.node.enumerated() {
            for name in node.input { read(name, index) }
            if node.opType == "Constant", let name = node.output.first { constants[name] = index }
            for attribute in node.attribute where attribute.hasG { readWithin(attribute.g, index) }
        }
    }

    private mutating func read(_ name: String, _ node: Int) {
        if readings[name] == nil { readings[name] = Reading(node: node) } else { readings[name]?.count += 1 }
    }

    /// What a graph that runs under a condition reads of the one around it.
    private mutating func readWithin(_ graph: ONNXGraphProto, _ index: Int) {
        for node in graph.node {
            for name in node.input { read(name, index) }
            for attribute in node.attribute where attribute.hasG { readWithin(attribute.g, index) }
        }
        for output in graph.output { read(output.name, index) }
    }

    /// The one node that reads a value, once; nil where there are several, or the value is an output.
    func soleReader(of name: String) -> Int? {
        guard let reading = readings[name], reading.count == 1, !outputs.contains(name) else { return nil }
        return reading.node
    }

    /// The node Constant that makes a value.
    func constant(_ name: String) -> Int? { constants[name] }
}
