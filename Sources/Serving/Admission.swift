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
        let refusal = state.withLock { state -> ServiceError? in
            if images > maximumImages - state.images { return .queueFull }
            if bytes > maximumBytes - state.bytes { return .queueBytesFull }
            state.images += images
            state.bytes += bytes
            return nil
        }
        if let refusal { throw refusal }
        return ((0..<images).map { _ in QueueSeat(self) }, HeldMemory(self, bytes: bytes))
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

/// Bytes that a request holds.
package final class HeldMemory: Sendable {
    private let admission: Admission
    private let bytes: Int
    private let isGivenBack = Atomic(false)

    fileprivate init(_ admission: Admission, bytes: Int) {
        self.admission = admission
        self.bytes = bytes
    }

    deinit { giveBack() }

    /// Gives the bytes back; a second call does nothing.
    package func giveBack() {
        if !isGivenBack.exchange(true, ordering: .relaxed) { admission.giveBack(bytes: bytes) }
    }
}
