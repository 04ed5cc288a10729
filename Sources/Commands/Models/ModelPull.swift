import Archives
import Downloads
import ModelFiles
import Platform

/// Fetches a model of the catalogue into the cache, unless it is there.
///
/// One process at a time works on a model: the others wait, and find it. What comes has a name of its own until its digest is
/// found right, the digest is pinned before the model has its name, and whatever ends the program leaves what the next run goes
/// on with.
struct ModelPull {
    let entry: CatalogueEntry
    let cache: ModelCache
    /// The address of a folder that has the publishers' files.
    let mirror: String?
    let settings: DownloadSettings

    /// What is there of a model.
    private enum Finding {
        /// All of it, as it was when it first came.
        case whole
        /// All of it, but with files that nothing is pinned of, since somebody else put them there.
        case unpinned([String: String])
        /// A file of it is another one than it was.
        case changed(path: String)
        case absent
    }

    /// The name of the lock's file in the model's folder.
    private static let lockName = ".lock"

    /// Fetches it, and tells about that on standard error.
    ///
    /// - Returns: the path of the model file.
    func run() throws(Failure) -> String {
        let path = cache.modelPath(of: entry)
        if case .whole = try finding() {
            say("\(entry.name) is there already")
            return path
        }
        let folder = cache.folder(of: entry)
        let lock = try file { () throws(FileError) in
            try OutputFolder.make(folder)
            return try FileLock("\(folder)/\(Self.lockName)") { say("waiting for another pull of \(entry.name)") }
        }
        try withExtendedLifetime(lock) { () throws(Failure) in try work() }
        return path
    }

    private func work() throws(Failure) {
        switch try finding() {
        case .whole:
            say("\(entry.name) is there already")
            return
        case .unpinned(let digests):
            var pins = try pins()
            for (name, digits) in digests { pins.pin(name, digits) }
            try write(pins)
            tell(digests[entry.modelName] ?? "")
            return
        case .changed(let path): say("\(path) is not what it was, and fetched again")
        case .absent: break
        }
        say("\(entry.name): \(entry.summary)")
        say("licence: \(entry.licence)")
        let archive = cache.filePath(of: entry)
        if !entry.members.isEmpty, FileStatus(archive)?.kind == .regular {
            say("from \(archive)")
            try unpack(archive)
        } else {
            try fetch()
        }
        tell(try pins().digits[entry.modelName] ?? "")
    }

    // MARK: What is there

    /// The model's files, the model first.
    private var names: [String] { entry.members.isEmpty ? [entry.fileName] : entry.members.map(\.name) }

    private func path(_ name: String) -> String { "\(cache.folder(of: entry))/\(name)" }

    private func finding() throws(Failure) -> Finding {
        guard names.allSatisfy({ FileStatus(path($0))?.kind == .regular }) else { return .absent }
        let pins = try pins()
        var unpinned: [String: String] = [:]
        for name in names {
            let digits = try digits(ofFileAt: path(name))
            if let pinned = pins.digits[name] {
                guard pinned == digits else { return .changed(path: path(name)) }
            } else {
                unpinned[name] = digits
            }
        }
        if entry.members.isEmpty, let digits = unpinned[entry.fileName], !digits.hasPrefix(entry.digestPrefix) {
            throw Failure(
                "\(path(entry.fileName)) is not \(entry.name): its SHA-256 is \(digits) and does not begin with "
                    + "\(entry.digestPrefix); take it away, and it is fetched")
        }
        return unpinned.isEmpty ? .whole : .unpinned(unpinned)
    }

    // MARK: Fetching

    private func fetch() throws(Failure) {
        let address = mirror.map(entry.address(onMirror:)) ?? entry.address
        let partial = try file { () throws(FileError) in try ResumableFile(for: cache.filePath(of: entry)) }
        say("from \(mirror == nil ? address : "the mirror, \(entry.fileName)")")
        let progress = TransferReport(title: entry.name)
        let download: Download
        do {
            download = try Download(address, limit: entry.maximumBytes, into: partial, settings: settings) {
                progress.take($0)
            }
            try download.run()
        } catch {
            progress.finish()
            throw failure(error)
        }
        progress.finish()
        let digits = try digits(ofFileAt: partial.partialPath)
        do throws(Failure) { try check(entry.fileName, digits) } catch {
            download.discard()
            throw error
        }
        guard entry.members.isEmpty else {
            do throws(Failure) { try unpack(partial.partialPath) } catch {
                download.discard()
                throw error
            }
            download.discard()
            return
        }
        var pins = try pins()
        pins.pin(entry.fileName, digits)
        try write(pins)
        do { try download.finish() } catch { throw Failure("\(error)") }
    }

    /// What went wrong, and what the person who asked can do about it.
    private func failure(_ error: DownloadError) -> Failure {
        switch error {
        case .file, .tooLarge, .notHTTPS: return Failure("\(error)")
        case .stalled, .brokeOff, .otherPart: return Failure("\(error); the same command tries to go on from there")
        case .noLibrary, .unreachable, .untrusted, .redirected, .status, .failed:
            return Failure(
                "\(error); or fetch \(entry.address) elsewhere, put it at \(cache.filePath(of: entry)) and run this again"
            )
        }
    }

    // MARK: Archives

    /// Takes the model's files out of the archive at `path`.
    private func unpack(_ path: String) throws(Failure) {
        let bytes = try file { () throws(FileError) in try InputFile.bytes(path, limit: entry.maximumBytes) }
        var pins = try pins()
        let digits = SHA256Digest(of: bytes).hexadecimal
        try check(entry.fileName, digits)
        pins.pin(entry.fileName, digits)
        var files: [(name: String, bytes: [UInt8])] = []
        do {
            let archive = try ZipArchive(bytes)
            for member in entry.members {
                files.append((member.name, try archive.file(member.name, limit: member.maximumBytes)))
            }
        } catch { throw Failure("what came for \(entry.name) cannot be used: \(error)") }
        for (name, bytes) in files {
            let digits = SHA256Digest(of: bytes).hexadecimal
            try check(name, digits)
            pins.pin(name, digits)
        }
        try write(pins)
        // The model last: with it all is there.
        for (name, bytes) in files.reversed() {
            try file { () throws(FileError) in
                try OutputFile.write(bytes, to: self.path(name), existing: .replace, isDurable: true)
            }
        }
    }

    // MARK: Digests

    /// Refuses a file that is not the one that is known.
    private func check(_ name: String, _ digits: String) throws(Failure) {
        if name == entry.fileName, !digits.hasPrefix(entry.digestPrefix) {
            throw Failure(
                "what came for \(entry.name) is another file, and was not kept: its SHA-256 is \(digits) and does not begin "
                    + "with \(entry.digestPrefix)")
        }
        if let pinned = try pins().digits[name], pinned != digits {
            throw Failure(
                "what came for \(entry.name) is another file than before, and was not kept: the SHA-256 of \(name) is "
                    + "\(digits) and was \(pinned); without \(cache.digestsPath(of: entry)) it would be taken")
        }
    }

    private func tell(_ digits: String) {
        let known = entry.digestPrefix.isEmpty ? "" : ", which begins with \(entry.digestPrefix) as it must"
        say("SHA-256 \(digits)\(known); pinned in \(cache.digestsPath(of: entry))")
    }

    private func digits(ofFileAt path: String) throws(Failure) -> String {
        try file { () throws(FileError) in try SHA256Digest(ofFileAt: path).hexadecimal }
    }

    private func pins() throws(Failure) -> PinnedDigests {
        do { return try cache.digests(of: entry) } catch { throw Failure("\(error)") }
    }

    private func write(_ pins: PinnedDigests) throws(Failure) {
        try file { () throws(FileError) in
            try OutputFile.write(
                Array(pins.text.utf8), to: cache.digestsPath(of: entry), existing: .replace, isDurable: true)
        }
    }

    // MARK: Sentences

    private func say(_ line: String) { StandardError.write(line + "\n") }

    private func file<Result>(_ body: () throws(FileError) -> Result) throws(Failure) -> Result {
        do { return try body() } catch { throw Failure("\(error)") }
    }
}
