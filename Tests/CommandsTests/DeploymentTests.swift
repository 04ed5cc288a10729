import Foundation
import TestSupport
import Testing

/// The files of `Deploy` say what the program and HAProxy understand, and agree with each other.
@Suite(.endToEnd)
struct DeploymentTests {
    private static let environments = [
        [:], ["FRONTEND": "*:8080", "REPLICA_1": "detector-1.invalid:8080", "REPLICA_2": "detector-2.invalid:8080"],
        ["FRONTEND": "127.0.0.1:1", "REPLICA_1": "127.0.0.1:2", "REPLICA_2": "[::1]:3", "RESOLVER": "127.0.0.1:53"],
    ]

    @Test(
        "HAProxy accepts its configuration, in containers and without",
        .enabled(if: Program.haproxy != nil, "needs HAProxy: apt-get install haproxy, or make test, which does"),
        arguments: environments)
    func haproxy(environment: [String: String]) throws {
        let process = try ChildProcess(
            try #require(Program.haproxy), ["-c", "-f", Balancer.configuration], environment: environment)
        defer { process.end() }
        let exit = try process.wait()
        let said = String(decoding: try process.errors.allBytes(), as: UTF8.self)
        #expect(exit == .status(0), "\(said)")
        // Nothing but that a name is not known yet.
        let complaints = said.split(separator: "\n").filter { $0.contains("[WARNING]") || $0.contains("[ALERT]") }
        #expect(complaints.allSatisfy { $0.contains("could not resolve address 'detector-") }, "\(said)")
    }

    @Test("Every setting of the replicas is one of the program", arguments: ["compose.yaml", "kubernetes.yaml"])
    func settings(file: String) throws {
        let environment = file == "compose.yaml" ? try Deployment.compose : try Deployment.kubernetes
        #expect(environment.count >= 6)
        let run = try CommandRun(["serve", "--print-config"], environment: environment)
        #expect(run.exit == .status(0), "\(run.errors)")
        let values = run.lines.filter { $0.hasSuffix("  # environment") }
        #expect(values.count == environment.count, "\(values) of \(environment)")
    }

    @Test("HAProxy can keep the largest body of a replica, and has the memory for it")
    func buffers() throws {
        let body = try #require(try Deployment.compose["MULTIBOX_MAX_BODY_BYTES"].flatMap { Int($0) })
        let buffer = try #require(try Deployment.haproxy("tune.bufsize"))
        let connections = try #require(try Deployment.haproxy("maxconn"))
        #expect(buffer == body + 64 << 10)
        let limit = try #require(try Deployment.balancerMemory)
        #expect(2 * buffer * connections < limit)
    }
}
