import Training

/// What a run finds in its folder, and what it leaves there when it fails.
extension Train {
    /// The settings of a run that goes on: those that it began with, and perhaps more epochs.
    func resumed(
        _ settings: TrainingSettings, _ directory: RunDirectory, photos: Int
    ) throws -> TrainingSettings {
        guard directory.hasCheckpoint, let state = try directory.checkpoint() else {
            throw Failure("there is no \(directory.checkpointPath) to go on from; without --resume a run begins")
        }
        guard let earlier = try directory.settings() else { return settings }
        var settings = settings
        if optimization.epochs == nil { settings.epochs = earlier.epochs }
        var same = settings
        if settings.epochs > earlier.epochs { same.epochs = earlier.epochs }
        let differences = same.differences(from: earlier)
        guard differences.isEmpty else {
            throw Failure("\(output) began with other settings: \(differences.joined(separator: ", "))")
        }
        guard settings.epochs > earlier.epochs else { return settings }
        let stepsPerEpoch = max(1, photos / settings.batchSize)
        let (now, then) = (settings.epochs, earlier.epochs)
        if settings.continues(earlier, after: state.step, stepsPerEpoch: stepsPerEpoch) {
            StandardError.write("goes on to \(now) epochs, as a run of \(now) from the start would\n")
            return settings
        }
        func rate(_ settings: TrainingSettings) -> Float {
            settings.configuration(stepsPerEpoch: stepsPerEpoch, threads: 1).schedule(state.step)
        }
        StandardError.write(
            "multibox: goes on to \(now) epochs, with the learning rate that a run of \(now) has from step "
                + "\(state.step + 1) on, \(rate(settings)), where that of \(then) had \(rate(earlier)); what was "
                + "learnt so far followed the schedule of \(then), so that the result differs from that of \(now) "
                + "epochs from the start\n")
        return settings
    }

    /// Refuses a folder that has what a new run would write over.
    func checkPlace(_ directory: RunDirectory, _ data: TrainingData) throws {
        if directory.hasCheckpoint, !force {
            throw Failure(
                "\(output) has a run already: go on with it by --resume, begin anew by --force, or name another folder")
        }
        let start = try initialModel.flatMap { try ModelReference($0, folderCounts: true).path }
        try PlannedOutputs.check(
            directory.foreignFiles, inputs: [start].compactMap { $0 } + data.files, force: force)
    }

    /// A failure of the run; of one that diverged, with what to try.
    func failure(_ error: TrainingRunError, _ settings: TrainingSettings) -> Failure {
        guard case .diverged(_, _, _, let checkpoint) = error else { return Failure("\(error)") }
        let rate = optimization.learningRate ?? settings.learningRate
        return Failure(
            "\(error); begin anew in another folder with a lower --learning-rate, such as \(rate / 10) for \(rate), or a "
                + "longer --warm-up (\(output) keeps the checkpoint of step \(checkpoint) and the best detector, if "
                + "there was one)")
    }
}
