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
}
