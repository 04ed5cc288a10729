/// Where an item spent its time.
public struct BatchTiming: Sendable, Hashable {
    /// From submission until a stream took the item, or until it was given up.
    public var waiting: Duration
    /// How long its batch was processed; zero for an item that never reached a stream.
    public var processing: Duration
    /// How many items were processed together; 0 for an item that never reached a stream.
    public var batchSize: Int

    /// A timing of these parts.
    public init(waiting: Duration, processing: Duration, batchSize: Int) {
        self.waiting = waiting
        self.processing = processing
        self.batchSize = batchSize
    }
}
