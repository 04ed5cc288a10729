import ArgumentParser
import Foundation

/// `multibox manual`: the manual page, for `make install` and for `multibox manual | man -l -`. It does not show in the help.
struct Manual: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the manual page, multibox(1).",
        discussion: "Its date is today's, or that of the environment variable SOURCE_DATE_EPOCH.",
        shouldDisplay: false)

    func run() throws {
        let page = try ManualPage(
            help: Array(Multibox._dumpHelp().utf8), version: Version.current, date: Self.date)
        try StandardOutput.write(page.text)
    }

    /// The date of the page (reproducible-builds.org/specs/source-date-epoch).
    private static var date: String {
        let text = ProcessInfo.processInfo.environment["SOURCE_DATE_EPOCH"] ?? ""
        var seconds = time_t(text) ?? time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func two(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(Int(parts.tm_year) + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    }
}
