import Platform
import ArgumentParser
import Networks

/// The option that says how much of the machine is used.
struct ThreadArguments: ParsableArguments {
    @Option(help: "Threads. Default: the processors this process may use.")
    var threads: Int?

    func validate() throws {
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads is a number from 1 to 1024.") }
    }

    /// The threads to use.
    var count: Int { threads ?? AvailableProcessors.count }
}
