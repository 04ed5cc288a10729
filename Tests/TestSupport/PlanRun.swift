import Platform
import Engine
import Networks

/// Runs a plan on values.
package struct PlanRun {
    private let plan: Plan
    private let network: Network

    package init(_ plan: Plan, _ network: Network) { (self.plan, self.network) = (plan, network) }

    /// The outputs for a batch of inputs, `[image][output]`.
    package func run(
        _ inputs: [ReferenceInterpreter.Values], threads: Int = 1, width: () -> Int = { .max },
        imageByImage: Bool? = nil
    ) -> [[ReferenceInterpreter.Values]] {
        guard let workspace = try? Workspace(plan: plan, capacity: inputs.count, threads: threads) else {
            preconditionFailure("out of memory")
        }
        let team = ThreadTeam(size: threads)
        let size = network[network.input].size
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size * inputs.count, alignment: 64)
        defer { memory.deallocate() }
        for (image, input) in inputs.enumerated() {
            let address = memory + size * image
            switch input {
            case .floats(let values):
                for (index, value) in values.enumerated() {
                    address.storeBytes(of: Float(value), toByteOffset: index * 4, as: Float.self)
                }
            case .bytes(let values):
                values.withUnsafeBytes { bytes in
                    UnsafeMutableRawBufferPointer(start: address, count: size).copyMemory(from: bytes)
                }
            }
            workspace.setInput(address, tensor: network.input, image: image)
        }
        plan.run(workspace, images: inputs.count, team: team, width: width, imageByImage: imageByImage)
        return inputs.indices.map { image in
            network.outputs.map { output in
                let address = UnsafeRawPointer(workspace.address(of: output, image: image))
                let count = network[output].shape.elementCount
                if network[output].element == .float32 {
                    return .floats(
                        (0..<count).map { Double(address.load(fromByteOffset: $0 * 4, as: Float.self)) })
                }
                return .bytes((0..<count).map { address.load(fromByteOffset: $0, as: UInt8.self) })
            }
        }
    }
}
