import Metrics
import Testing

struct ProcessMetricsTests {
    /// A line of /proc/self/stat, with a program name that tries to be several fields.
    private static let line =
        "1234 (a) b (c 9) R 1 1234 1234 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 7 0 12345 104857600 256 1844 1 1 0 0\n"

    @Test func fieldsAreCountedFromTheLastParenthesis() {
        let statistics = ProcessStatistics(stat: Self.line, ticksPerSecond: 100, pageBytes: 4096)
        #expect(statistics?.cpuSeconds == 3)
        #expect(statistics?.threads == 7)
        #expect(statistics?.startSeconds == 123.45)
        #expect(statistics?.residentBytes == 1_048_576)
    }

    @Test(arguments: ["", "12 (x", "12 (x) R 1 2 3", "12 (x) R 1 2 3 4 5 6 7 8 9 10 a b c d e f g h i j k l"])
    func whatIsNoSuchLineIsNil(line: String) {
        #expect(ProcessStatistics(stat: line, ticksPerSecond: 100, pageBytes: 4096) == nil)
    }

    @Test func bootTime() {
        #expect(
            ProcessStatistics.bootSeconds(stat: "cpu 1 2\nintr 5\nbtime 1700000000\nprocesses 3\n") == 1_700_000_000)
        #expect(ProcessStatistics.bootSeconds(stat: "cpu 1 2\n") == nil)
    }

    @Test func theProcessesOwnValuesArePlausible() throws {
        let registry = MetricsRegistry()
        registry.registerProcessMetrics()
        let text = registry.exposition()
        func value(_ name: String) throws -> Double {
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(name + " ") })
            return try #require(Double(line.dropFirst(name.count + 1)))
        }
        #expect(try value("process_resident_memory_bytes") > 1e6)
        #expect(try value("process_cpu_seconds_total") > 0)
        #expect(try value("process_threads") >= 1)
        #expect(try value("process_open_fds") >= 3)
        #expect(try value("process_max_fds") >= value("process_open_fds"))
        // After 2020.
        #expect(try value("process_start_time_seconds") > 1_577_836_800)
    }
}
