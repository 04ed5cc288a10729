import Dispatch
import Metrics
import Testing

struct MetricsTests {
    @Test func allSeriesExistAtZero() {
        let registry = MetricsRegistry()
        let family = registry.histograms(
            "h_seconds", help: "", labels: LabelSet(.init("route", ["/a", "/b"])), buckets: HistogramBuckets([1]))
        #expect(family.series.count == 2)
        let text = registry.exposition()
        for route in ["/a", "/b"] {
            #expect(text.contains("h_seconds_bucket{route=\"\(route)\",le=\"1\"} 0\n"))
            #expect(text.contains("h_seconds_bucket{route=\"\(route)\",le=\"+Inf\"} 0\n"))
            #expect(text.contains("h_seconds_sum{route=\"\(route)\"} 0\n"))
            #expect(text.contains("h_seconds_count{route=\"\(route)\"} 0\n"))
        }
    }

    @Test func listedCombinationsAreTheOnlySeries() {
        let registry = MetricsRegistry()
        let labels = LabelSet(
            names: ["route", "code"], rows: [["/a", "200"], ["/b", "404"]], otherwise: ["other", "other"])
        let family = registry.counters("c_total", help: "", labels: labels)
        family["/a", "200"].increment()
        family["/a", "404"].increment()
        family["never", "declared"].increment()
        #expect(family.series.map(\.value) == [1, 0, 2])
    }

    @Test func gaugesAddAndSet() {
        let gauge = MetricsRegistry().gauge("g", help: "")
        gauge.add(2)
        gauge.add(-0.5)
        #expect(gauge.value == 1.5)
        gauge.set(7)
        #expect(gauge.value == 7)
    }

    @Test func aValueOnABoundBelongsToItsBucket() {
        let histogram = MetricsRegistry().histogram("h", help: "", buckets: HistogramBuckets([1, 2, 4]))
        for value in [-1.0, 1, 1.5, 2, 4, 4.5, .infinity] { histogram.observe(value) }
        #expect(histogram.snapshot.counts == [2, 2, 1, 2])
    }

    @Test func whatIsNotANumberIsLeftOut() {
        let histogram = MetricsRegistry().histogram("h", help: "")
        histogram.observe(.nan)
        histogram.observe(0.25)
        #expect(histogram.snapshot.count == 1 && histogram.snapshot.sum == 0.25)
    }

    @Test func durationsAreObservedInSeconds() {
        let histogram = MetricsRegistry().histogram("h", help: "", buckets: HistogramBuckets([1, 2]))
        histogram.observe(Duration.milliseconds(1500))
        #expect(histogram.snapshot.counts == [0, 1, 0] && histogram.snapshot.sum == 1.5)
    }

    @Test(arguments: [(1, [1.0]), (8, [1, 2, 4, 8]), (6, [1, 2, 4, 6])])
    func bucketsOfCounts(maximum: Int, bounds: [Double]) {
        #expect(HistogramBuckets.powersOfTwo(through: maximum).bounds == bounds)
    }

    @Test func valuesComputedAtTheScrapeAreAskedEachTime() {
        let registry = MetricsRegistry()
        let source = registry.gauge("a", help: "")
        registry.counter("b_total", help: "") { source.value * 2 }
        source.set(4)
        #expect(registry.exposition().hasSuffix("b_total 8\n"))
        source.set(5)
        #expect(registry.exposition().hasSuffix("b_total 10\n"))
    }

    /// Every increment counts, and every scrape meanwhile is consistent.
    @Test func concurrentUpdatesAreAllCounted() {
        let registry = MetricsRegistry()
        let counter = registry.counter("c_total", help: "")
        let gauge = registry.gauge("g", help: "")
        let histogram = registry.histogram("h", help: "", buckets: HistogramBuckets([1, 2]))
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            for number in 0..<5_000 {
                counter.increment()
                gauge.add(number.isMultiple(of: 2) ? 1 : -1)
                histogram.observe(Double(thread))
                if number.isMultiple(of: 1000) {
                    let snapshot = histogram.snapshot
                    #expect(snapshot.count >= UInt64(number))
                }
            }
        }
        #expect(counter.value == 20_000 && gauge.value == 0)
        #expect(histogram.snapshot.counts == [10_000, 5_000, 5_000])
        #expect(histogram.snapshot.sum == 30_000)
    }
}
