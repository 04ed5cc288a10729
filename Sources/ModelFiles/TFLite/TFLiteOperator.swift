/// An operator of a TensorFlow Lite file.
package struct TFLiteOperator: Sendable {
    /// The most inputs an operator may have; a concatenation's are its many.
    package static let maximumInputs = 256

    /// Its place in the order of execution.
    package let index: Int
    /// What it does: a builtin's number, or `TFLiteBuiltin.custom`.
    package let code: Int
    /// Its name in the schema, or a custom operator's own.
    package let name: String
    /// Tensors it reads; −1 stands for an optional one left out.
    package let inputs: [Int]
    /// Tensors it makes.
    package let outputs: [Int]
    /// The builtin's options table.
    package let options: FlatBufferTable?
    /// Where a custom operator's options lie in the file.
    package let customOptions: Range<Int>

    /// Reads the operator of a table of the file, whose operator codes are `codes`.
    package init(_ table: FlatBufferTable, index: Int, codes: FlatBufferVector) throws(ModelFileError) {
        self.index = index
        let codeIndex = try table.uint32(0)
        guard codeIndex < codes.count else {
            throw table.reader.malformed(
                "operator \(index) names code \(codeIndex) of \(codes.count)", at: table.offset)
        }
        let codeTable = try codes.table(codeIndex, "an operator code")
        // Codes above 127 did not fit the older field; both are written and the larger is meant.
        code = max(try codeTable.int8(0), try codeTable.int32(3))
        name =
            code == TFLiteBuiltin.custom.rawValue
            ? try codeTable.string(1, limit: 64, "a custom operator's name") : TFLiteBuiltin.name(of: code)
        inputs = try table.vector(1, elementSize: 4, "an operator's inputs")
            .int32s("inputs of an operator", limit: Self.maximumInputs)
        outputs = try table.vector(2, elementSize: 4, "an operator's outputs")
            .int32s("outputs of an operator", limit: Self.maximumInputs)
        options = try table.table(4, "an operator's options")
        customOptions = try table.vector(5, elementSize: 1, "a custom operator's options").range
    }

    /// The error of a use that is not supported.
    package func unsupported(_ reason: String) -> ModelFileError {
        .unsupportedUse(operator: name, index: index, reason: reason)
    }
}
