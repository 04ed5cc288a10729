import Serving
import Testing

/// What is counted before it takes memory.
@Suite struct AdmissionTests {
    @Test func reservesAllOrNothing() throws {
        let admission = Admission(maximumImages: 4, maximumBytes: 100)
        let first = try admission.reserve(images: 3, bytes: 40)
        #expect(throws: ServiceError.queueFull) { try admission.reserve(images: 2, bytes: 1) }
        #expect(throws: ServiceError.queueBytesFull) { try admission.reserve(images: 1, bytes: 61) }
        #expect(throws: ServiceError.queueBytesFull) { try admission.reserve(images: 0, bytes: .max) }
        #expect(admission.images == 3)
        #expect(admission.bytes == 40)
        withExtendedLifetime(first) {}
    }

    @Test func everythingIsGivenBackOnce() throws {
        let admission = Admission(maximumImages: 4, maximumBytes: 150)
        do {
            let reservation = try admission.reserve(images: 2, bytes: 100)
            let other = try admission.reserve(images: 0, bytes: 50)
            other.memory.giveBack()
            other.memory.giveBack()
            reservation.seats[0].leave()
            reservation.seats[0].leave()
            #expect(admission.images == 1)
            #expect(admission.bytes == 100)
            withExtendedLifetime(reservation) {}
        }
        #expect(admission.images == 0)
        #expect(admission.bytes == 0)
    }

    @Test func eachOfSeveralModelsIsSureOfItsPart() throws {
        let admission = Admission(maximumImages: 12, maximumBytes: 1200)
        admission.share(among: ["a", "b", "c"])
        // A sixth each: all but two sixths for one.
        let busy = try admission.reserve(images: 8, bytes: 800, for: "a")
        #expect(throws: ServiceError.queueFull) { try admission.reserve(images: 1, bytes: 0, for: "a") }
        #expect(throws: ServiceError.queueBytesFull) { try admission.reserve(images: 0, bytes: 1, for: "a") }
        let (second, third) = (
            try admission.reserve(images: 2, bytes: 200, for: "b"),
            try admission.reserve(images: 2, bytes: 200, for: "c")
        )
        #expect(throws: ServiceError.queueFull) { try admission.reserve(images: 1, bytes: 0, for: "b") }
        #expect(admission.images == 12 && admission.bytes == 1200)
        #expect(admission.held(by: "a") == Admission.Held(images: 8, bytes: 800))
        #expect(admission.held(by: "c") == Admission.Held(images: 2, bytes: 200))
        // What a model gives back that others are sure of is theirs.
        third.seats[0].leave()
        #expect(throws: ServiceError.queueFull) { try admission.reserve(images: 1, bytes: 0, for: "a") }
        withExtendedLifetime((busy, second)) {}
    }

    @Test func whatIsMovedIsCountedForTheOther() throws {
        let admission = Admission(maximumImages: 8, maximumBytes: 800)
        admission.share(among: ["a", "b"])
        do {
            let reservation = try admission.reserve(images: 2, bytes: 100, for: "a")
            for seat in reservation.seats { seat.move(to: "b") }
            reservation.memory.move(to: "b")
            #expect(admission.held(by: "a") == Admission.Held())
            #expect(admission.held(by: "b") == Admission.Held(images: 2, bytes: 100))
            reservation.seats[0].leave()
            reservation.seats[0].move(to: "a")
            #expect(admission.held == Admission.Held(images: 1, bytes: 100))
            withExtendedLifetime(reservation) {}
        }
        #expect(admission.held == Admission.Held())
        #expect(admission.held(by: "b") == Admission.Held())
        // A model that is gone gives back what it held, and holds no place.
        let gone = try admission.reserve(images: 3, bytes: 0, for: "b")
        admission.share(among: ["a", "c"])
        #expect(admission.held(by: "b").images == 3)
        for seat in gone.seats { seat.leave() }
        #expect(admission.held == Admission.Held())
    }
}
