import ArgumentParser
import Platform
import Reports
import Training

/// `multibox report`: training runs side by side.
struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare training runs.",
        discussion: """
            Writes one page with the curves of all runs in the same charts, their figures side by side and the settings in \
            which they differ. A run is the folder that `train --output` named; it may still be under way.
            """)

    /// The most runs of a page: more could not be told apart.
    private static let maximumRuns = 64

    @Option(
        name: .shortAndLong, help: ArgumentHelp("The page to write, *.html.", valueName: "file"),
        completion: .file(extensions: ["html"]))
    var output: String

    @Flag(help: "Replace the page if it is there.")
    var force = false

    @Argument(help: "Folders of runs.", completion: .directory)
    var runs: [String]

    func validate() throws {
        guard runs.count <= Self.maximumRuns else {
            throw ValidationError("At most \(Self.maximumRuns) runs are compared.")
        }
    }

    func run() throws {
        let folders = runs.map(RunDirectory.init)
        try PlannedOutputs.check(
            [output], inputs: folders.flatMap { [$0.settingsPath, $0.metricsPath] }, force: force)
        let names = Self.names(runs)
        let compared = try zip(names, folders).map { name, folder in
            do {
                guard let settings = try folder.settings() else {
                    throw Failure("\(folder.path) is no run: there is no \(folder.settingsPath)")
                }
                return RunComparison.Run(name: name, settings: settings, metrics: try folder.metrics())
            } catch let error as CheckpointError { throw Failure("\(error)") }
        }
        let page = RunComparison(compared).html()
        do { try OutputFile.write(Array(page.utf8), to: output, existing: force ? .replace : .keep) } catch {
            throw Failure("\(error)")
        }
        StandardError.write("done: \(output) shows \(compared.count) run\(compared.count == 1 ? "" : "s")\n")
    }

    /// What the runs are called: the last parts of their paths, as many as it takes to tell them apart.
    static func names(_ paths: [String]) -> [String] {
        let parts = paths.map { path in path.split(separator: "/").filter { $0 != "." } }
        let longest = parts.map(\.count).max() ?? 0
        for count in 1...max(1, longest) {
            let names = parts.map { $0.suffix(count).joined(separator: "/") }
            if Set(names).count == Set(paths).count { return names }
        }
        return paths
    }
}
