import Downloads

/// What a download tells of, on standard error.
final class TransferReport {
    private let title: String
    private var progress: TransferProgress
    private var hasResumed = false

    init(title: String) {
        self.title = title
        progress = TransferProgress(title: title)
    }

    func take(_ event: Download.Event) {
        switch event {
        case .received(let bytes, let total, let resumed):
            if resumed > 0, !hasResumed {
                hasResumed = true
                StandardError.write("going on after \(resumed) bytes\n")
            }
            progress.update(bytes, total: total, resumed: resumed)
        case .retrying(let seconds, let error):
            progress.finish()
            StandardError.write("\(error); again in \(seconds) s\n")
            hasResumed = false
            progress = TransferProgress(title: title)
        }
    }

    /// Takes the line of progress away.
    func finish() { progress.finish() }
}
