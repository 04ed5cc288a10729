import HTTP
import Serving
import Testing

/// What guesses at keys cost, and whom.
@Suite struct WrongKeyTests {
    private static let right = "first-key-1234"
    private static let limit = RateLimit(count: 10, period: .seconds(60))

    private let start = ContinuousClock.now

    private func access(_ limit: RateLimit? = nil, wrongKeys: RateLimit? = limit) throws -> Access {
        let access = Access(limit, wrongKeys: wrongKeys, at: start)
        access.require(try APIKeys(parsing: Array("\(Self.right)\nops:second-key-5678\n".utf8)))
        return access
    }

    /// The refusal of a request at a time after the start; nil if it is let in.
    private func refusal(
        _ access: Access, _ keys: String..., from address: String? = "192.0.2.7", after time: Duration = .zero
    ) throws -> ServiceError? {
        var headers = HeaderFields()
        for key in keys { headers.add(headers["X-API-Key"] == nil ? "X-API-Key" : "Authorization", key) }
        let head = try RequestHead(.get, "/model", headers: headers)
        do throws(ServiceError) { try access.admit(head, clientAddress: address, at: start + time) } catch {
            return error
        }
        return nil
    }

    /// Shows wrong keys until the address is held.
    private func exhaust(_ access: Access, from address: String? = "192.0.2.7") throws {
        for number in 0..<10 {
            #expect(try refusal(access, "wrong-key-\(number)", from: address) == .unauthorized(isWrong: true))
        }
    }

    @Test func afterTenNoKeyOfTheAddressIsLookedAt() throws {
        let access = try access()
        try exhaust(access)
        // The right one neither: an answer that tells it from others is what a guess is after.
        for key in ["another-wrong-key", Self.right, "second-key-5678"] {
            #expect(try refusal(access, key) == .tooManyWrongKeys(seconds: 6))
        }
        #expect(try refusal(access, Self.right, from: "192.0.2.8") == nil)
        // Who shows no key has not guessed.
        #expect(try refusal(access) == .unauthorized(isWrong: false))
    }

    @Test func timeMakesGoodForOneAfterTheOther() throws {
        let access = try access()
        try exhaust(access)
        #expect(try refusal(access, "wrong", after: .seconds(5.5)) == .tooManyWrongKeys(seconds: 1))
        #expect(try refusal(access, "wrong", after: .seconds(6)) == .unauthorized(isWrong: true))
        #expect(try refusal(access, "wrong", after: .seconds(6)) == .tooManyWrongKeys(seconds: 6))
        #expect(try refusal(access, Self.right, after: .seconds(12)) == nil)
        #expect(try refusal(access, Self.right, after: .seconds(12)) == nil)
    }

    @Test func aKeyThatWasRightFromThereIsNotLockedOutByOthers() throws {
        let access = try access()
        #expect(try refusal(access, Self.right) == nil)
        try exhaust(access)
        #expect(try refusal(access, Self.right) == nil)
        #expect(try refusal(access, "second-key-5678") == .tooManyWrongKeys(seconds: 6))
        // Beside a wrong one too, and only as long as it is right.
        #expect(try refusal(access, "wrong-key", "Bearer " + Self.right) == nil)
        access.require(try APIKeys(parsing: Array("third-key-9999\n".utf8)))
        #expect(try refusal(access, Self.right) == .unauthorized(isWrong: true))
    }

    @Test func clientsAreCountedByWhatTheyCannotChoose() throws {
        let access = try access()
        for last in 0..<10 { #expect(try refusal(access, "wrong", from: "2001:db8::\(last)") != nil) }
        #expect(try refusal(access, Self.right, from: "2001:db8::ffff") == .tooManyWrongKeys(seconds: 6))
        #expect(try refusal(access, Self.right, from: "2001:db8:0:1::1") == nil)
        try exhaust(access, from: nil)
        #expect(try refusal(access, Self.right, from: nil) == .tooManyWrongKeys(seconds: 6))
    }

    @Test func everyKeyOfARequestIsAGuess() throws {
        let access = try access()
        for _ in 0..<5 { #expect(try refusal(access, "wrong", "Bearer wronger") == .unauthorized(isWrong: true)) }
        #expect(try refusal(access, "wrong") == .tooManyWrongKeys(seconds: 6))
    }

    @Test func withoutALimitAnyNumberIsLookedAt() throws {
        let access = try access(wrongKeys: nil)
        for _ in 0..<3 { try exhaust(access) }
        #expect(try refusal(access, Self.right) == nil)
    }

    @Test func whoHasNoRightKeyIsHeldToTheRateOfAnAddress() throws {
        let access = try access(RateLimit(count: 2, period: .seconds(7200)), wrongKeys: nil)
        #expect(try refusal(access, "wrong") == .unauthorized(isWrong: true))
        #expect(try refusal(access) == .unauthorized(isWrong: false))
        #expect(try refusal(access, "wrong") == .rateLimited(seconds: 3600))
        #expect(try refusal(access) == .rateLimited(seconds: 3600))
        // A key has its own rate.
        for _ in 0..<2 { #expect(try refusal(access, Self.right) == nil) }
        #expect(try refusal(access, Self.right) == .rateLimited(seconds: 3600))
    }

    @Test func theAnswerSaysWhenToComeBack() async throws {
        let service = try Service()
        service.service.requireKeys(try APIKeys(parsing: Array(Self.right.utf8)))
        func ask(_ key: String) throws -> Response? {
            let head = try RequestHead(.post, "/detect", headers: ["X-API-Key": key])
            guard case .answer(let response) = service.service.decide(head, remoteAddress: "192.0.2.7") else {
                return nil
            }
            return response
        }
        for _ in 0..<10 { #expect(try ask("wrong")?.status == .unauthorized) }
        let response = try #require(try ask(Self.right))
        #expect(response.status == .tooManyRequests && response.problem == "too-many-wrong-keys")
        #expect((1...6).contains(try #require(response.headers["Retry-After"].flatMap { Int($0) })))
        #expect(service.log.records.last?.problem == "too-many-wrong-keys")
        #expect(try await service.metric("multibox_rejected_total{reason=\"wrong_keys\"}") == 1)
    }
}
