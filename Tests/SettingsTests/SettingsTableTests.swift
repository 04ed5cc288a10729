import Settings
import Testing

/// Settings from their declarations: where values come from, what is refused, what is told.
struct SettingsTableTests {
    private struct Target: Sendable {
        var count = 4
        var limit: Int?
        var share: Float = 0.5
        var wait = Duration.seconds(10)
        var name: String?
        var isStrict = false
        var mode = Mode.slow
        var double = 0
    }

    private enum Mode: String, CaseIterable, SettingValue { case slow, fast, none }

    private static let table = SettingsTable<Target>(
        prefix: "APP_", otherVariables: ["APP_HOME"],
        groups: [
            (
                "Numbers",
                [
                    Setting("count", \.count, in: 1...100, unit: "things", help: "How many a|b."),
                    Setting("limit", \.limit, in: 1...9, unit: "things", help: "At most."),
                    Setting("share", \.share, in: 0...1, unit: "ratio", help: "How much."),
                    Setting(
                        "double", \.double, in: 0...1000, unit: "things",
                        default: .computed("twice the count") { $0.count * 2 }, help: "Twice."),
                ]
            ),
            (
                "Others",
                [
                    Setting(
                        "wait", \.wait, in: .milliseconds(1)...(.seconds(3600)), unit: "duration", help: "How long."),
                    Setting("name", \.name, unit: "path", help: "Where."),
                    Setting("is-strict", \.isStrict, help: "Whether."),
                    Setting("mode", \.mode, help: "How."),
                ]
            ),
        ])

    private func settle(_ sources: SettingSources) throws(SettingsError) -> (Target, SettledSettings) {
        var target = Target()
        let settled = try Self.table.settle(&target, from: sources)
        return (target, settled)
    }

    private func error(_ sources: SettingSources) -> SettingsError? {
        do throws(SettingsError) {
            _ = try settle(sources)
            return nil
        } catch { return error }
    }

    @Test func `a flag comes before a variable, that before the file, that before the default`() throws {
        let sources = SettingSources(
            flags: ["count": "7"], environment: ["APP_COUNT": "8", "APP_SHARE": "0.25", "APP_NAME": "", "COUNT": "1"],
            file: ["count": "9", "share": "0.75", "name": "here", "is-strict": "true"], filePath: "a.yaml")
        let (target, settled) = try settle(sources)
        #expect(target.count == 7 && target.share == 0.25 && target.name == "here" && target.isStrict)
        #expect(target.double == 14 && target.wait == .seconds(10) && target.limit == nil)
        #expect(settled.entries.map(\.name) == ["count", "share", "double", "wait", "name", "is-strict", "mode"])
        #expect(settled.entries.map(\.value) == ["7", "0.25", "14", "10s", "here", "true", "slow"])
        #expect(
            settled.entries.map(\.source)
                == [.flag, .environment, .default, .default, .file, .file, .default])
        #expect(settled.source(of: "count") == .flag && settled.source(of: "limit") == .default)
    }

    @Test func `what is no value is refused where it was given`() {
        #expect(
            error(SettingSources(flags: ["count": "many"]))
                == .invalid(origin: "--count", .notAValue(text: "many", expected: "a whole number")))
        #expect(
            error(SettingSources(environment: ["APP_IS_STRICT": "maybe"]))?.description
                == "APP_IS_STRICT: \"maybe\" is not a value for it: it takes true or false")
        #expect(
            error(SettingSources(file: ["mode": "quick"], filePath: "a.yaml"))?.description
                == "a.yaml, mode: \"quick\" is not a value for it: it takes slow, fast or none")
        for (name, text) in [("count", "0"), ("count", "101"), ("limit", "10"), ("share", "1.5")] {
            guard case .invalid(_, .outOfRange(let value, _, _))? = error(SettingSources(flags: [name: text])) else {
                Issue.record("\(name) takes \(text)")
                continue
            }
            #expect(value == text)
        }
        #expect(
            error(SettingSources(flags: ["wait": "0s"]))
                == .invalid(origin: "--wait", .outOfRange(value: "0ms", lowest: "1ms", highest: "1h")))
        for text in ["nan", "inf", "-1", "1e9", ""] {
            #expect(error(SettingSources(flags: ["share": text])) != nil, "\(text)")
        }
    }

    @Test func `a key that is no setting is refused with the one that is meant`() {
        #expect(
            error(SettingSources(file: ["cuont": "1"], filePath: "a.yaml"))
                == .unknownKey("cuont", file: "a.yaml", nearest: "count"))
        #expect(
            error(SettingSources(file: ["something-else": "1"], filePath: "a.yaml"))
                == .unknownKey("something-else", file: "a.yaml", nearest: nil))
    }

    @Test func `variables that are no settings are found, other programs' are not`() {
        let unknown = Self.table.unknownVariables(
            in: ["APP_CUONT": "1", "APP_HOME": "/", "APP_COUNT": "1", "HOME": "/", "APP_WAITS": "", "APP_QQQQQQ": ""])
        #expect(unknown.map(\.variable) == ["APP_CUONT", "APP_QQQQQQ", "APP_WAITS"])
        #expect(unknown.map(\.nearest) == ["APP_COUNT", nil, "APP_WAIT"])
    }

    @Test func `the table for readers has a row for each`() {
        let lines = Self.table.markdown(defaults: Target()).split(separator: "\n").map(String.init)
        #expect(lines.count == 12)
        #expect(lines[2] == "| **Numbers** | | | |")
        #expect(lines[3] == #"| `--count <things>` | 1 to 100 | 4 | How many a\|b. |"#)
        #expect(lines[4] == "| `--limit <things>` | 1 to 9 |  | At most. |")
        #expect(lines[5] == "| `--share <ratio>` | 0 to 1 | 0.5 | How much. |")
        #expect(lines[6] == "| `--double <things>` | 0 to 1000 | twice the count | Twice. |")
        #expect(lines[8] == "| `--wait <duration>` | 1ms to 1h | 10s | How long. |")
        #expect(lines[10] == "| `--is-strict` |  |  | Whether. |")
        #expect(lines[11] == "| `--mode <word>` | slow, fast or none | slow | How. |")
    }

    @Test func `settings that are made void are not listed`() throws {
        var (_, settled) = try settle(SettingSources())
        settled.drop("count", "mode", "nothing")
        #expect(settled.entries.map(\.name) == ["share", "double", "wait", "is-strict"])
    }

    @Test(arguments: [
        ("500ms", "500ms"), ("5s", "5s"), ("2m", "120s"), ("1h", "1h"), ("0s", "0ms"), ("1.5s", "1500ms"),
        ("0.25ms", "0.250ms"), ("24h", "24h"), ("90s", "90s"),
    ]) func `durations are written as they are read`(text: String, written: String) throws {
        let duration = try #require(Duration(settingText: text))
        #expect(duration.settingText == written)
        #expect(Duration(settingText: written) == duration)
    }

    @Test(arguments: ["", "5", "s", "-5s", "5 s", "5d", "25h", "1e3s", "nans", "1.2.3s", "٣s", "99999999999999999999h"])
    func `other texts are no durations`(text: String) { #expect(Duration(settingText: text) == nil) }
}
