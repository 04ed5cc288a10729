import ArgumentParser

/// `multibox models`: which there are, and what their files hold.
struct Models: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List models, fetch them, and look into their files.",
        subcommands: [List.self, Pull.self, Info.self])
}
