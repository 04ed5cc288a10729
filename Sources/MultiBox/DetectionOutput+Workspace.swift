extension DetectionOutput {
    /// The memory of one `DetectionOutput` in use; one a stream, made once, so that a call allocates only its result.
    ///
    /// `@unchecked Sendable`: the value is the only owner of its memory and cannot be copied, and every use is through
    /// `inout`, so no two threads can use it at a time.
    public struct Workspace: ~Copyable, @unchecked Sendable {
        /// Candidate keys, `segmentCapacity` for each class.
        let keys: UnsafeMutablePointer<UInt64>
        /// Candidates of each class.
        let counts: UnsafeMutablePointer<Int>
        /// For each class, the key beyond which a candidate cannot be among the best.
        let cutoffs: UnsafeMutablePointer<UInt64>
        /// The columns wanted in this call.
        let columns: UnsafeMutablePointer<Int>
        /// One row of scores, padded to whole vectors.
        let row: UnsafeMutablePointer<Float>
        /// One row of keys, to rank the classes of a box.
        let rowKeys: UnsafeMutablePointer<UInt64>
        /// Decoded boxes, valid where `generations` holds the call's number.
        let decoded: UnsafeMutablePointer<CornerBox>
        /// The call in which each box was decoded.
        let generations: UnsafeMutablePointer<UInt32>
        /// Keys of the detections that left suppression: score and position in `survivors`.
        let survivorKeys: UnsafeMutablePointer<UInt64>
        /// Class and default box of each of them.
        let survivors: UnsafeMutablePointer<(column: Int32, prior: Int32)>
        var kept: KeptBoxes
        var generation: UInt32 = 0
        var survivorCount = 0
        let layout: Layout

        init(_ layout: Layout) {
            self.layout = layout
            keys = .allocate(capacity: layout.segments * layout.segmentCapacity)
            counts = .allocate(capacity: layout.segments)
            cutoffs = .allocate(capacity: layout.segments)
            columns = .allocate(capacity: layout.classCount)
            row = .allocate(capacity: layout.classCount + ScoreRow.lanes)
            rowKeys = .allocate(capacity: layout.classCount)
            decoded = .allocate(capacity: layout.priors)
            generations = .allocate(capacity: layout.priors)
            generations.initialize(repeating: 0, count: layout.priors)
            survivorKeys = .allocate(capacity: layout.segments * layout.candidates)
            survivors = .allocate(capacity: layout.segments * layout.candidates)
            kept = KeptBoxes(capacity: layout.candidates)
        }

        deinit {
            keys.deallocate()
            counts.deallocate()
            cutoffs.deallocate()
            columns.deallocate()
            row.deallocate()
            rowKeys.deallocate()
            decoded.deallocate()
            generations.deallocate()
            survivorKeys.deallocate()
            survivors.deallocate()
        }
    }

    /// The sizes of a workspace, all bounded by the size of the network's outputs.
    struct Layout: Sendable, Hashable {
        /// Default boxes.
        let priors: Int
        /// Score columns.
        let classCount: Int
        /// Separate competitions: one a class, or one.
        let segments: Int
        /// Candidates of a competition.
        let candidates: Int
        /// Room for candidates before the worst half is thrown out.
        let segmentCapacity: Int

        init(_ configuration: DetectionOutputConfiguration, priors: Int) {
            self.priors = priors
            classCount = configuration.classCount
            segments = configuration.suppression == .perClass ? classCount : 1
            candidates = min(configuration.candidatesPerClass, priors)
            segmentCapacity = min(2 * candidates, priors)
        }
    }
}
