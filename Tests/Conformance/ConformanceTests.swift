import Foundation
import Testing

/// The cases, each on a connection of its own, against the echo server and the detection service. One after the other: their
/// clients block, and hundreds at once would keep the threads from tests that wait for tasks.
@Suite(.serialized)
struct ConformanceTests {
    private static let probeCases = ConformanceCase.all.filter { $0.scope == .any }.map(\.onProbe)

    private static let echo = Result { try ConformanceTarget.echo() }
    private static let service = Result { try ConformanceTarget.service() }
    private static let impatient = Result { try ConformanceTarget.impatientEcho() }

    @Test(arguments: ConformanceCase.all)
    func theEchoServerConforms(to test: ConformanceCase) throws {
        try check(test, Self.echo.get(), echoes: true)
    }

    @Test(arguments: probeCases)
    func theDetectionServiceConforms(to test: ConformanceCase) throws {
        try check(test, Self.service.get(), echoes: false)
    }

    @Test(arguments: ConformanceCase.slowness)
    func slownessIsCutOff(in test: ConformanceCase) throws {
        try check(test, Self.impatient.get(), echoes: false)
    }

    private func check(_ test: ConformanceCase, _ target: ConformanceTarget, echoes: Bool) throws {
        let observation = try Observation(test, at: target.endpoint, patience: 20)
        #expect(observation.differences(from: test, echoes: echoes) == [])
    }

    @Test func theTableIsLargeAndItsNamesAreItsOwn() {
        #expect(ConformanceCase.all.count >= 150)
        #expect(
            Set((ConformanceCase.all + ConformanceCase.slowness).map(\.testDescription)).count
                == ConformanceCase.all.count + ConformanceCase.slowness.count)
    }

    /// `MULTIBOX_CONFORMANCE_TARGET=127.0.0.1:8080` names a server with a `GET /livez`; how it differs is printed, not judged:
    /// the standard often leaves a choice, but not in all.
    @Test(
        .enabled(if: ProcessInfo.processInfo.environment["MULTIBOX_CONFORMANCE_TARGET"] != nil, "names another server"))
    func compareAnotherServer() throws {
        let name = try #require(ProcessInfo.processInfo.environment["MULTIBOX_CONFORMANCE_TARGET"])
        let parts = name.split(separator: ":")
        let port = try #require(parts.last.flatMap { UInt16($0) })
        var different = 0
        for test in Self.probeCases {
            let observation = try Observation(test, at: .tcp(host: String(parts[0]), port: port), patience: 1)
            let differences = observation.differences(from: test, echoes: false)
            if differences.isEmpty { continue }
            different += 1
            print("\(test.testDescription): \(differences.joined(separator: "; "))")
        }
        print("\(name): \(different) of \(Self.probeCases.count) cases differ")
        #expect(different < Self.probeCases.count, "whatever answers there is no HTTP server")
    }
}
