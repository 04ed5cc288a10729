/// What an item is answered with where there is no output.
public enum SchedulerFailure: Error, Sendable {
    /// The item never reached a stream.
    case submission(SubmissionError)
    /// The item was processed, and failed.
    case processing(any Error)
}
