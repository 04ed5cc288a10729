import Metrics
import Testing

struct ExpositionTests {
    private func makeRegistry() -> MetricsRegistry {
        let registry = MetricsRegistry()
        let requests = registry.counters(
            "test_requests_total", help: "Requests.",
            labels: LabelSet(.init("method", ["GET", "POST"], otherwise: "other"), .init("code", ["200", "404"])))
        requests["POST", "200"].increment(by: 3)
        requests["BREW", "404"].increment()
        registry.gauge("test_depth", help: "Items.").set(2.5)
        let histogram = registry.histogram(
            "test_wait_seconds", help: "Waits.", buckets: HistogramBuckets([0.5, 1, 2.5]))
        for value in [0.5, 0.75, 2, 7] { histogram.observe(value) }
        registry.info("test_model_info", help: "The model.", labels: ["name", "isa"]) { [["a\"b\\c\nd", "amx"]] }
        return registry
    }

    @Test func prometheusText() {
        #expect(
            makeRegistry().exposition() == """
                # HELP test_depth Items.
                # TYPE test_depth gauge
                test_depth 2.5
                # HELP test_model_info The model.
                # TYPE test_model_info gauge
                test_model_info{name="a\\"b\\\\c\\nd",isa="amx"} 1
                # HELP test_requests_total Requests.
                # TYPE test_requests_total counter
                test_requests_total{method="GET",code="200"} 0
                test_requests_total{method="GET",code="404"} 0
                test_requests_total{method="POST",code="200"} 3
                test_requests_total{method="POST",code="404"} 0
                test_requests_total{method="other",code="200"} 0
                test_requests_total{method="other",code="404"} 1
                # HELP test_wait_seconds Waits.
                # TYPE test_wait_seconds histogram
                test_wait_seconds_bucket{le="0.5"} 1
                test_wait_seconds_bucket{le="1"} 2
                test_wait_seconds_bucket{le="2.5"} 3
                test_wait_seconds_bucket{le="+Inf"} 4
                test_wait_seconds_sum 10.25
                test_wait_seconds_count 4

                """)
    }

    @Test func openMetricsText() {
        #expect(
            makeRegistry().exposition(.openMetrics) == """
                # HELP test_depth Items.
                # TYPE test_depth gauge
                test_depth 2.5
                # HELP test_model The model.
                # TYPE test_model info
                test_model_info{name="a\\"b\\\\c\\nd",isa="amx"} 1
                # HELP test_requests Requests.
                # TYPE test_requests counter
                test_requests_total{method="GET",code="200"} 0
                test_requests_total{method="GET",code="404"} 0
                test_requests_total{method="POST",code="200"} 3
                test_requests_total{method="POST",code="404"} 0
                test_requests_total{method="other",code="200"} 0
                test_requests_total{method="other",code="404"} 1
                # HELP test_wait_seconds Waits.
                # TYPE test_wait_seconds histogram
                # UNIT test_wait_seconds seconds
                test_wait_seconds_bucket{le="0.5"} 1
                test_wait_seconds_bucket{le="1.0"} 2
                test_wait_seconds_bucket{le="2.5"} 3
                test_wait_seconds_bucket{le="+Inf"} 4
                test_wait_seconds_sum 10.25
                test_wait_seconds_count 4
                # EOF

                """)
    }

    @Test func helpIsEscapedByEachFormatsRule() {
        let registry = MetricsRegistry()
        _ = registry.gauge("g", help: "a \"b\" \\ c\nd")
        #expect(registry.exposition().hasPrefix("# HELP g a \"b\" \\\\ c\\nd\n"))
        #expect(registry.exposition(.openMetrics).hasPrefix("# HELP g a \\\"b\\\" \\\\ c\\nd\n"))
    }

    @Test func theOrderIsThatOfTheNamesWhateverTheOrderOfRegistration() {
        let names = (0..<30).map { "m\($0)" }
        let texts = [names, names.reversed()].map { names in
            let registry = MetricsRegistry()
            for name in names { _ = registry.gauge(name, help: "") }
            return registry.exposition()
        }
        #expect(texts[0] == texts[1])
    }

    @Test(arguments: [
        (0.0, "0"), (-3, "-3"), (1e15, "1000000000000000"), (0.1, "0.1"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
        (.nan, "NaN"), (1e300, "1e+300"),
    ])
    func numbers(value: Double, text: String) {
        let registry = MetricsRegistry()
        registry.gauge("g", help: "") { value }
        #expect(registry.exposition() == "# HELP g \n# TYPE g gauge\ng \(text)\n")
    }

    @Test(
        arguments: [
            (nil, ExpositionFormat.prometheusText), ("*/*", .prometheusText), ("text/plain", .prometheusText),
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75",
                .openMetrics
            ),
            ("text/plain;q=0.5, Application/OpenMetrics-Text; q=0.9", .openMetrics),
            ("application/openmetrics-text; q=0.0", .prometheusText),
        ] as [(String?, ExpositionFormat)])
    func negotiation(accept: String?, format: ExpositionFormat) {
        #expect(ExpositionFormat(accept: accept) == format)
    }
}
