import Batching

extension ServiceError {
    /// What a request is told of a failure in the queue.
    init(_ failure: SchedulerFailure) {
        switch failure {
        case .submission(.queueFull): self = .queueFull
        case .submission(.queueBytesFull): self = .queueBytesFull
        case .submission(.deadlineExceeded): self = .deadlineExceeded
        case .submission(.cancelled): self = .clientClosedRequest
        case .submission(.shuttingDown): self = .draining
        case .processing: self = .internalFailure
        }
    }
}
