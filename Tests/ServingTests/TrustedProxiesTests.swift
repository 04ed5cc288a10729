import HTTP
import Serving
import Testing

@Suite struct TrustedProxiesTests {
    private func client(_ proxies: String, _ forwarded: [String], peer: String?) throws -> String? {
        var headers = HeaderFields()
        for value in forwarded { headers.add("X-Forwarded-For", value) }
        let proxies = try #require(TrustedProxies(proxies))
        return proxies.client(try RequestHead(.get, "/", headers: headers), peer: peer)
    }

    @Test(
        arguments: [
            // Nobody is believed who is not named.
            ("none", ["198.51.100.1"], "10.0.0.1", "10.0.0.1"),
            ("10.0.0.0/8", ["198.51.100.1"], "192.0.2.1", "192.0.2.1"),
            ("10.0.0.0/8", ["198.51.100.1"], "10.0.0.1", "198.51.100.1"),
            ("10.0.0.0/8", [], "10.0.0.1", "10.0.0.1"),
            // What the client itself wrote stands further left.
            ("10.0.0.0/8", ["203.0.113.9, 198.51.100.1"], "10.0.0.1", "198.51.100.1"),
            ("10.0.0.0/8", ["203.0.113.9", "198.51.100.1 ,\t10.9.9.9"], "10.0.0.1", "198.51.100.1"),
            ("10.0.0.0/8", ["10.1.1.1, 10.2.2.2"], "10.0.0.1", "10.1.1.1"),
            ("10.0.0.0/8", ["198.51.100.1, rubbish"], "10.0.0.1", "10.0.0.1"),
            ("10.0.0.0/8", ["198.51.100.1, rubbish, 10.3.3.3"], "10.0.0.1", "10.3.3.3"),
            ("10.0.0.0/8", ["198.51.100.1 x"], "10.0.0.1", "10.0.0.1"),
            ("10.0.0.1", ["198.51.100.1"], "10.0.0.2", "10.0.0.2"),
            ("10.0.0.1, fd00::/8", ["2001:db8::1"], "fd12::1", "2001:db8::1"),
            ("0.0.0.0/0", ["2001:db8::1"], "203.0.113.1", "2001:db8::1"),
            ("0.0.0.0/0", ["198.51.100.1"], "fd12::1", "fd12::1"),
            ("unix", ["198.51.100.1"], nil, "198.51.100.1"),
            ("10.0.0.0/8", ["198.51.100.1"], nil, nil),
            ("unix", ["198.51.100.1"], "10.0.0.1", "10.0.0.1"),
        ] as [(String, [String], String?, String?)])
    func theNearestThatIsNoProxyIsTheClient(proxies: String, forwarded: [String], peer: String?, expected: String?)
        throws
    {
        #expect(try client(proxies, forwarded, peer: peer) == expected)
    }

    @Test(arguments: [
        "", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/8/8", "::/129", "localhost", "10.0.0", "10.0.0.1,",
        "10.0.0.1 10.0.0.2", "fe80::1%eth0", "10.0.0.0/ 8", "unix/8",
    ])
    func whatIsNoNetworkIsRefused(text: String) { #expect(TrustedProxies(text) == nil) }

    @Test func prefixesAreOfBits() throws {
        let address = try #require(IPAddress("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"))
        for (length, text) in [
            (0, "::"), (1, "::"), (3, "2000::"), (33, "2001:db8:8000::"), (64, "2001:db8:ffff:ffff::"),
            (65, "2001:db8:ffff:ffff:8000::"), (127, "2001:db8:ffff:ffff:ffff:ffff:ffff:fffe"),
            (128, "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
        ] { #expect(address.prefix(length) == IPAddress(text), "\(length)") }
        #expect(IPAddress("::ffff:192.0.2.1") == IPAddress("192.0.2.1"))
    }
}
