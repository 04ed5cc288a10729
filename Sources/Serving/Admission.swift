import Synchronization

/// Counts what waits, so that a request is turned away before its photos take memory rather than after.
///
/// An image is counted from the admission of its request until a stream of the engine takes it; bytes are counted until
/// their request is answered and its memory let go.
///
/// Invariants: both counts are within their limits and never negative; every reservation is given back once, at the latest
/// when its owner is released.
package final class Admission: Sendable {
    /// The most images that wait.
    package let maximumImages: Int
    /// The most bytes that are held.
    package let maximumBytes: Int
    private let state = Mutex((images: 0, bytes: 0))

    package init(maximumImages: Int, maximumBytes: Int) {
        self.maximumImages = maximumImages
        self.maximumBytes = maximumBytes
    }

    /// Images that wait.
    package var images: Int { state.withLock { $0.images } }
    /// Bytes that are held.
    package var bytes: Int { state.withLock { $0.bytes } }

    /// The refusal of one more image, without reserving anything.
    var refusal: ServiceError? { images >= maximumImages ? .queueFull : nil }

    /// Reserves room for all or nothing.
    ///
    /// - Throws: `ServiceError.queueFull` or `.queueBytesFull`.
    package func reserve(images: Int, bytes: Int) throws(ServiceError) -> (seats: [QueueSeat], memory: HeldMemory) {
        try take(images: images, bytes: bytes)
        return ((0..<images).map { _ in QueueSeat(self) }, HeldMemory(self, bytes: bytes))
    }

    fileprivate func take(images: Int, bytes: Int) throws(ServiceError) {
        let refusal = state.withLock { state -> ServiceError? in
            if images > maximumImages - state.images { return .queueFull }
            if bytes > maximumBytes - state.bytes { return .queueBytesFull }
            state.images += images
            state.bytes += bytes
            return nil
        }
        if let refusal { throw refusal }
    }

    fileprivate func giveBack(images: Int = 0, bytes: Int = 0) {
        state.withLock {
            $0.images -= images
            $0.bytes -= bytes
        }
    }
}

/// The place of one image among those that wait.
package final class QueueSeat: Sendable {
    private let admission: Admission
    private let isLeft = Atomic(false)

    fileprivate init(_ admission: Admission) { self.admission = admission }

    deinit { leave() }

    /// Gives the place back; a second call does nothing.
    package func leave() {
        if !isLeft.exchange(true, ordering: .relaxed) { admission.giveBack(images: 1) }
    }
}

/// Bytes that a request holds: reserved before the memory is taken, given back at the latest when it is released.
package final class HeldMemory: Sendable {
    private let admission: Admission
    private let held: Mutex<Int>

    fileprivate init(_ admission: Admission, bytes: Int) {
        self.admission = admission
        held = Mutex(bytes)
    }

    deinit { giveBack() }

    /// Reserves more.
    ///
    /// - Throws: `ServiceError.queueBytesFull`.
    package func hold(_ bytes: Int) throws(ServiceError) {
        try admission.take(images: 0, bytes: bytes)
        held.withLock { $0 += bytes }
    }

    /// Gives some of it back.
    package func giveBack(_ bytes: Int) {
        held.withLock { held in
            precondition(bytes <= held, "more is given back than was held")
            held -= bytes
        }
        admission.giveBack(bytes: bytes)
    }

    /// Gives all of it back; a second call does nothing.
    package func giveBack() {
        let bytes = held.withLock { held in
            defer { held = 0 }
            return held
        }
        admission.giveBack(bytes: bytes)
    }
}
