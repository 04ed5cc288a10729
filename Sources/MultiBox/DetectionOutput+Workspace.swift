extension DetectionOutput {
    /// The memory of one `DetectionOutput` in use; one a stream, made once, so that in the long run a call allocates only
    /// its result.
    ///
    /// `@unchecked Sendable`: the value is the only owner of its memory and cannot be copied, and every use is through
    /// `inout`, so no two threads can use it at a time.
    public struct Workspace: ~Copyable, @unchecked Sendable {
        /// The sizes it was made for.
        let priors: Int
        let classCount: Int
        /// The columns wanted in this call.
        let columns: UnsafeMutablePointer<Int>
        /// For each column, the lowest score that passes in this call; infinity where it is not wanted.
        let cuts: UnsafeMutablePointer<Float>
        /// What a scan of rows finds.
        let found: UnsafeMutableBufferPointer<SoftmaxScan.Candidate>
        /// One row of scores, padded to whole vectors.
        let row: UnsafeMutablePointer<Float>
        /// One row of keys, to rank the classes of a box.
        let rowKeys: UnsafeMutablePointer<UInt64>
        /// For each class, how many of its candidates have been considered.
        let considered: UnsafeMutablePointer<Int>
        /// Decoded boxes, valid where `generations` holds the call's number.
        let decoded: UnsafeMutablePointer<CornerBox>
        /// The call in which each box was decoded.
        let generations: UnsafeMutablePointer<UInt32>
        var generation: UInt32 = 0
        var candidates = CandidateList()
        var kept: KeptBoxes

        init(priors: Int, classCount: Int) {
            self.priors = priors
            self.classCount = classCount
            columns = .allocate(capacity: classCount)
            cuts = .allocate(capacity: classCount)
            found = .allocate(capacity: max(2048, 2 * classCount))
            row = .allocate(capacity: classCount + ScoreRow.lanes)
            rowKeys = .allocate(capacity: classCount)
            considered = .allocate(capacity: classCount)
            decoded = .allocate(capacity: priors)
            generations = .allocate(capacity: priors)
            generations.initialize(repeating: 0, count: priors)
            kept = KeptBoxes(groups: classCount)
        }

        deinit {
            columns.deallocate()
            cuts.deallocate()
            found.deallocate()
            row.deallocate()
            rowKeys.deallocate()
            considered.deallocate()
            decoded.deallocate()
            generations.deallocate()
        }

        /// Forgets the call before.
        mutating func beginCall() {
            considered.update(repeating: 0, count: classCount)
            candidates.removeAll()
            kept.removeAll()
            generation &+= 1
            if generation == 0 {
                generations.update(repeating: 0, count: priors)
                generation = 1
            }
        }
    }
}
