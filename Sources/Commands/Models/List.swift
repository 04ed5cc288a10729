import ArgumentParser
import Foundation
import JSON
import ModelFiles

extension Models {
    /// `multibox models list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the models that have a name: the built-in one, those fetched and those to be had.",
            discussion: """
                A name stands for its model wherever one is asked for, as in `multibox serve --model NAME`. `multibox models \
                pull NAME` fetches it.
                """)

        @Flag(help: "Print one JSON object.")
        var json = false

        func run() throws {
            let cache = ModelReference.cache
            let models =
                [ListedModel.builtIn].compactMap { $0 }
                + (try ModelCatalogue.entries.map { try ListedModel($0, cache) })
            guard !json else {
                try StandardOutput.write(String(decoding: object(models, cache), as: UTF8.self))
                return
            }
            let rows =
                [["NAME", "STATE", "SIZE", "WHAT"]]
                + models.map { [$0.name, $0.state, ListedModel.megabytes($0.size), $0.summary] }
            let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
            for row in rows {
                let cells = row.indices.map { column in
                    column == row.count - 1
                        ? row[column] : row[column].padding(toLength: widths[column], withPad: " ", startingAt: 0)
                }
                try StandardOutput.show(cells.joined(separator: "  ") + "\n")
            }
            try StandardOutput.show("\nLicences:\n")
            for model in models { try StandardOutput.show("  \(model.name): \(model.licence)\n") }
            if let cache { try StandardOutput.show("\nFetched models are in \(cache.folder)\n") }
        }

        private func object(_ models: [ListedModel], _ cache: ModelCache?) -> [UInt8] {
            var json = JSONWriter()
            json.object { json in
                json.name("cache")
                if let cache { json.string(cache.folder) } else { json.null() }
                json.name("models")
                json.array { json in for model in models { model.write(&json) } }
            }
            return json.finish()
        }
    }
}
