/// The manual page of the program, in the macros of man(7), made from its help.
struct ManualPage {
    /// The page.
    let text: String

    /// - Parameters:
    ///   - help: what ArgumentParser tells of the program.
    ///   - date: `2026-01-31`.
    init(help: [UInt8], version: String, date: String) throws {
        let root = try CommandHelp(parsing: help)
        var page = RoffText()
        page.macro("TH", ["MULTIBOX", "1", date, "multibox " + version, "User Commands"])
        page.macro("SH", ["NAME"])
        page.line("multibox \\- " + RoffText.escaped(Self.lowercasedStart(root.abstract)))
        page.macro("SH", ["SYNOPSIS"])
        for (index, command) in Self.all(root).enumerated() {
            if index > 0 { page.macro("br", []) }
            page.line(Self.usage(command))
        }
        page.macro("SH", ["DESCRIPTION"])
        page.paragraphs(root.discussion)
        page.paragraphs(Self.description)
        page.macro("SH", ["COMMANDS"])
        for command in Self.all(root) { Self.section(command, &page) }
        for (title, body) in Self.sections {
            page.macro("SH", [title])
            for part in body {
                switch part {
                case .text(let text): page.paragraphs(text)
                case .item(let term, let text): page.item(RoffText.bold(term), text)
                case .example(let lines): page.example(lines)
                }
            }
        }
        text = page.finish()
    }

    /// A command with the names that lead to it.
    private struct Command {
        let path: String
        let help: CommandHelp
    }

    /// All commands that do something, in the order of the help.
    private static func all(_ root: CommandHelp) -> [Command] {
        func commands(_ command: CommandHelp, _ path: String) -> [Command] {
            command.subcommands.flatMap { child in
                let path = path + " " + child.name
                return child.subcommands.isEmpty
                    ? [Command(path: path, help: child)] : commands(child, path)
            }
        }
        return commands(root, root.name)
    }

    private static func lowercasedStart(_ text: String) -> String {
        var text = text
        while text.last == "." { text.removeLast() }
        return text.prefix(1).lowercased() + text.dropFirst()
    }

    /// `multibox detect [options] images ...`: options that must be given by name.
    private static func usage(_ command: Command) -> String {
        var words = [RoffText.bold(command.path)]
        if command.help.arguments.contains(where: { !$0.names.isEmpty && $0.isOptional }) { words.append("[options]") }
        for argument in command.help.arguments where !argument.names.isEmpty && !argument.isOptional {
            words.append(
                RoffText.bold(argument.names.last ?? "")
                    + (argument.takesValue ? " " + RoffText.italic(argument.valueName) : ""))
        }
        for argument in command.help.arguments where argument.names.isEmpty {
            let word = RoffText.italic(argument.valueName) + (argument.isRepeating ? " ..." : "")
            words.append(argument.isOptional ? "[" + word + "]" : word)
        }
        return words.joined(separator: " ")
    }

    private static func section(_ command: Command, _ page: inout RoffText) {
        page.macro("SS", [command.path])
        page.paragraphs(command.help.abstract)
        page.paragraphs(command.help.discussion)
        var section: String?
        for argument in command.help.arguments {
            if argument.section != section {
                section = argument.section
                // Options without a heading may follow others that have one.
                page.heading(section ?? "Options")
            }
            page.item(term(argument), description(argument))
        }
    }

    private static func term(_ argument: CommandHelp.Argument) -> String {
        let value = RoffText.italic(argument.valueName)
        guard !argument.names.isEmpty else { return value + (argument.isRepeating ? " ..." : "") }
        let names = argument.names.map { RoffText.bold($0) }.joined(separator: ", ")
        return argument.takesValue ? names + " " + value : names
    }

    private static func description(_ argument: CommandHelp.Argument) -> String {
        var sentences = [argument.abstract]
        // Help texts name most words themselves.
        let words = argument.words.filter { !argument.abstract.contains($0) }
        if !words.isEmpty { sentences.append("One of " + argument.words.joined(separator: ", ") + ".") }
        if let value = argument.defaultValue, !value.isEmpty, !argument.abstract.contains("Default") {
            sentences.append("Default: \(value)")
        }
        return sentences.joined(separator: " ")
    }

    // MARK: What the help does not say

    private enum Part {
        case text(String)
        case item(String, String)
        case example([String])
    }

    private static let description = """
        A model is a file (.safetensors, .onnx, .tflite, .pth) or `built-in`, the one that is part of the program and \
        that is taken where none is named. `multibox models info` shows what it detects.

        `multibox COMMAND --help` prints what stands here of a command, `multibox --version` the version, and \
        `multibox --generate-completion-script` `bash`, `zsh` or `fish` what a shell needs to complete its arguments.
        """

    private static let sections: [(title: String, body: [Part])] = [
        (
            "EXIT STATUS",
            [
                .item("0", "What was asked for is done."),
                .item("1", "The job failed; one line on standard error says why."),
                .item("2", "The arguments are wrong; one line says how."),
            ]
        ),
        (
            "ENVIRONMENT",
            [
                .item(
                    "MULTIBOX_*",
                    "Settings of `multibox serve`: `--max-queue` is `MULTIBOX_MAX_QUEUE`. A flag goes before the "
                        + "variable, the variable before the file. `multibox healthcheck` finds the service by them."),
                .item("MULTIBOX_CONFIG", "The file of settings of both, as `--config`."),
                .item(
                    "MULTIBOX_API_KEY", "The key that `multibox evaluate --url` shows, unless --api-key-file has one."),
                .item(
                    "MULTIBOX_ISA", "The most that is used of the processor's instructions: portable, avx2 and others."),
                .item(
                    "LISTEN_PID, LISTEN_FDS, NOTIFY_SOCKET",
                    "Sockets that systemd opened for `multibox serve`, and where to tell that it is up: "
                        + "sd_listen_fds(3), sd_notify(3)."),
            ]
        ),
        (
            "FILES",
            [
                .item("/etc/multibox/multibox.yaml", "Settings of the service that the system runs: multibox.service."),
                .item("/var/lib/multibox", "The place for its models: it sees no home folders."),
            ]
        ),
        (
            "EXAMPLES",
            [
                .text("Serve the model that is built in, and ask what is in a photo:"),
                .example([
                    "multibox serve", "curl --data-binary @photo.jpg http://localhost:8080/detect",
                ]),
                .text("Find objects in a folder of photos, and draw them:"),
                .example(["multibox detect --annotate found --format csv photos >found.csv"]),
                .text("Train a detector on photos of one's own, see how good it is, and serve it:"),
                .example([
                    "multibox train --data photos --output runs/1",
                    "multibox evaluate --model runs/1/best.safetensors --data photos --split val",
                    "multibox serve --model runs/1/best.safetensors",
                ]),
                .text("Measure a service that needs a key:"),
                .example(["multibox evaluate --url http://camera:8080 --api-key-file key --data photos"]),
            ]
        ),
        ("SEE ALSO", [.text("curl(1), systemctl(1), systemd.socket(5)")]),
    ]
}
