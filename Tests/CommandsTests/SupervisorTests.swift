import Foundation
import TestSupport
import Testing

/// What systemd does for a service: it opens the sockets, and is told when the service is up, reloads and ends.
@Suite(.endToEnd, .enabled(if: Program.python != nil, "needs python3"))
struct SupervisorTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Opens a socket to listen on as descriptor 3 and one to be told on, starts the program that its arguments name, and
    /// prints the port and what it is told.
    private static let supervisor = """
        import os, socket, sys
        listener = socket.create_server(("127.0.0.1", 0))
        told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        told.bind(sys.argv[1].replace("@", "\\0", 1))
        child = os.fork()
        if child == 0:
            os.dup2(listener.fileno(), 3)
            # It may have been 3 before.
            os.set_inheritable(3, True)
            os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", NOTIFY_SOCKET=sys.argv[1])
            os.execv(sys.argv[2], sys.argv[2:])
        print("pid", child, flush=True)
        print("port", listener.getsockname()[1], flush=True)
        while True:
            message = told.recv(4096).decode()
            print("told", message.replace("\\n", " "), flush=True)
            if message == "STOPPING=1":
                sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """

    @Test("Its socket is served, and it is told of each state", arguments: [true, false])
    func supervised(isAbstract: Bool) throws {
        let script = try folder.write("supervisor.py", Self.supervisor)
        let place = isAbstract ? "@multibox-\(UUID().uuidString)" : folder.path + "/told"
        let supervisor = try ChildProcess(
            try #require(Program.python),
            [
                script, place, try Program.multibox, "serve", "--model", try folder.writeModel(), "--drain-delay", "0s",
                "--log-level", "error",
            ])
        defer { supervisor.end() }
        func word(_ name: String, _ number: Int = 0) throws -> String {
            var seen = -1
            return try supervisor.output.line { line in
                guard line.hasPrefix(name + " ") else { return nil }
                seen += 1
                return seen == number ? String(line.dropFirst(name.count + 1)) : nil
            }
        }
        let child = try #require(pid_t(try word("pid")))
        defer { kill(child, SIGKILL) }
        #expect(try word("told") == "READY=1")
        let port = try #require(UInt16(try word("port")))
        let client = try RawClient(port: port)
        try client.request("POST", "/detect", body: try ColorPhoto(cells: [0: .red]).png)
        #expect(try client.reply().status == 200)
        kill(child, SIGHUP)
        let reloading = try word("told", 1)
        #expect(reloading.wholeMatch(of: /RELOADING=1 MONOTONIC_USEC=[0-9]+/) != nil, "\(reloading)")
        #expect(try word("told", 2) == "READY=1")
        kill(child, SIGTERM)
        #expect(try word("told", 3) == "STOPPING=1")
        #expect(try supervisor.wait() == .status(0))
    }
}
