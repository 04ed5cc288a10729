import Networks

/// Tensors that could not be made where they are wanted.
extension PlanCompiler {
    /// What a reshape has to copy; nil where both sides lie in one place.
    func reshapingCopy(_ step: Step) -> PlanCopy? {
        let (input, output) = (step.inputs[0], step.output)
        guard layout.placements[input.index]?.offset != layout.placements[output.index]?.offset else { return nil }
        let (inputSize, outputSize) = (network[input].size, network[output].size)
        return PlanCopy(
            source: input.index, rows: 1, rowBytes: inputSize, sourceStride: inputSize, destinationStride: outputSize,
            destinationOffset: 0)
    }

    /// What a concatenation has to copy: the inputs that were not made in their places.
    func joiningCopies(_ step: Step, axis: Int) -> [PlanCopy] {
        let output = network[step.output]
        guard let home = layout.placements[step.output.index] else {
            preconditionFailure("only the network's input lies outside the arena")
        }
        let isInnermost = axis == output.shape.dimensions.count - 1
        let elementSize = output.element.size
        // A row is what lies together: everything from the axis inwards.
        let outerCount = output.shape.dimensions[..<axis].reduce(1, *)
        let innerCount = output.shape.dimensions[(axis + 1)...].reduce(1, *)
        let destinationRow =
            isInnermost ? home.stride * elementSize : output.shape.dimensions[axis] * innerCount * elementSize
        var position = 0
        var copies: [PlanCopy] = []
        for input in step.inputs {
            let part = network[input]
            let rowBytes = part.shape.dimensions[axis] * innerCount * elementSize
            defer { position += rowBytes }
            let placement = layout.placements[input.index]
            if let placement, placement.offset == home.offset + position,
                placement.stride == (isInnermost ? home.stride : part.shape.channels), isInnermost || axis == 0
            {
                continue  // it was made in its place
            }
            let stride = (placement?.stride ?? part.shape.channels) * elementSize
            copies.append(
                PlanCopy(
                    source: input.index, rows: outerCount, rowBytes: rowBytes,
                    sourceStride: isInnermost ? stride : rowBytes, destinationStride: destinationRow,
                    destinationOffset: position))
        }
        return copies
    }
}
