import HTTP
import Serving
import TestSupport
import Testing

/// What `/metrics` shows.
@Suite struct MetricsRouteTests {
    @Test func everySeriesExistsAtZeroFromTheStart() async throws {
        let service = try Service()
        let text = try await service.ask(.get, "/metrics").text
        let lines = text.split(separator: "\n")
        func value(_ series: String) -> Double? {
            lines.first { $0.hasPrefix(series + " ") }.flatMap { Double($0.dropFirst(series.utf8.count + 1)) }
        }
        let zeros = [
            "http_requests_total{route=\"/detect\",method=\"POST\",code=\"200\"}",
            "http_requests_total{route=\"/detect\",method=\"POST\",code=\"429\"}",
            "http_requests_total{route=\"/readyz\",method=\"GET\",code=\"503\"}",
            "http_requests_total{route=\"/detect\",method=\"other\",code=\"405\"}",
            "http_requests_total{route=\"other\",method=\"other\",code=\"404\"}",
            "http_request_duration_seconds_count{route=\"/detect\"}", "decode_seconds_count",
            "queue_wait_seconds_count", "inference_seconds_count", "postprocess_seconds_count", "batch_size_count",
            "batch_size_bucket{le=\"8\"}", "queue_depth", "queue_bytes", "connections",
            "rejected_total{reason=\"queue_full\"}", "rejected_total{reason=\"draining\"}",
            "images_total{outcome=\"detected\"}", "images_total{outcome=\"undecodable\"}",
            "detections_total{class=\"red\"}", "detections_total{class=\"sky \\\"blue\\\"\"}",
        ]
        for series in zeros { #expect(value("multibox_" + series) == 0, "\(series)") }
        // The scrape itself.
        #expect(value("multibox_requests_in_flight") == 1)
        #expect(value("multibox_build_info{version=\"1.2.3\"}") == 1)
        #expect(
            text.contains("multibox_model_info{name=\"tiny\",version=\"01234567\",architecture=\"tiny\",precision="))
        #expect(try #require(value("process_resident_memory_bytes")) > 0)
    }

    @Test func aDetectionIsCountedEverywhere() async throws {
        let service = try Service()
        _ = try await service.ask(body: try ColorPhoto(cells: [0: .red, 1: .red, 2: .green]).png)
        for (series, count) in [
            ("http_requests_total{route=\"/detect\",method=\"POST\",code=\"200\"}", 1),
            ("http_request_duration_seconds_count{route=\"/detect\"}", 1), ("decode_seconds_count", 1),
            ("queue_wait_seconds_count", 1), ("inference_seconds_count", 1), ("postprocess_seconds_count", 1),
            ("batch_size_sum", 1), ("images_total{outcome=\"detected\"}", 1), ("detections_total{class=\"red\"}", 2),
            ("detections_total{class=\"green\"}", 1), ("queue_bytes", 0),
        ] {
            #expect(try await service.metric("multibox_" + series) == Double(count), "\(series)")
        }
    }

    @Test func openMetricsIsGivenToThoseWhoAsk() async throws {
        let service = try Service()
        let plain = try await service.ask(.get, "/metrics")
        #expect(plain.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(plain.headers["Vary"] == "Accept, Accept-Encoding")
        let open = try await service.ask(
            .get, "/metrics", headers: ["Accept": "application/openmetrics-text; version=1.0.0"])
        #expect(open.headers["Content-Type"]?.hasPrefix("application/openmetrics-text") == true)
        #expect(open.text.hasSuffix("# EOF\n"))
    }

    @Test func connectionsAreAskedOfTheTransport() async throws {
        let service = try Service(isLoaded: false)
        service.service.observeConnections { 17 }
        #expect(try await service.metric("multibox_connections") == 17)
    }

    @Test func aStrangersMethodMakesNoSeries() async throws {
        let service = try Service()
        let before = try await service.ask(.get, "/metrics").text.split(separator: "\n").count
        for name in ["BREW", "GETT", "PUT"] {
            _ = try await service.ask(try #require(Method(name)), "/detect")
            _ = try await service.ask(try #require(Method(name)), "/\(name)")
        }
        let after = try await service.ask(.get, "/metrics").text.split(separator: "\n").count
        #expect(before == after)
    }
}
