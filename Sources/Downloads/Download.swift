import CCurl
import Platform

/// A file that is fetched by https, going on from what an earlier run has left.
///
/// What came is in a `ResumableFile`, whose bytes are asked for no second time as long as the server says that they are of the
/// file which it still has (RFC 9110, section 13.1.5). Nothing of the response is trusted: sizes are compared with the limit
/// before and while bytes come, and what they are is for the caller to find out, by their digest.
public final class Download {
    /// What there is to tell while it goes on.
    public enum Event: Sendable {
        /// So many bytes of the file are there, of `total` if that is known; `resumed` of them were there before.
        case received(Int, total: Int?, resumed: Int)
        /// It is tried again after so many seconds, since that went wrong.
        case retrying(after: Int, DownloadError)
    }

    private let address: HTTPSAddress
    private let limit: Int
    private let settings: DownloadSettings
    private let file: ResumableFile
    private let tell: (Event) -> Void

    // Of the transfer that is going on.
    private var hasBegun = false
    private var total: Int?
    private var resumed = 0
    private var failure: DownloadError?

    /// A download into a file.
    ///
    /// - Parameter limit: the most bytes that the file may have.
    /// - Throws: `notHTTPS`.
    package init(
        _ address: String, limit: Int, into file: ResumableFile, settings: DownloadSettings,
        tell: @escaping (Event) -> Void
    ) throws(DownloadError) {
        guard let https = HTTPSAddress(address) else { throw .notHTTPS(address: address) }
        self.address = https
        self.limit = limit
        self.settings = settings
        self.file = file
        self.tell = tell
    }

    /// Fetches what is missing. Afterwards the file has all bytes.
    package func run() throws(DownloadError) {
        var wait = 1
        for _ in 0..<settings.retries {
            do {
                try attempt()
                return
            } catch {
                guard error.isTransient else { throw error }
                tell(.retrying(after: wait, error))
                sleep(CUnsignedInt(wait))
                wait *= 2
            }
        }
        try attempt()
    }

    /// Takes away what has come.
    package func discard() {
        file.discard()
        Resumption.discard(beside: file.partialPath)
    }

    /// Gives the file its name.
    package func finish() throws(DownloadError) {
        do { try file.finish() } catch { throw .file(error) }
        Resumption.discard(beside: file.partialPath)
    }

    private func attempt() throws(DownloadError) {
        var offset: (Int, validator: String)?
        if file.size > 0 {
            if let known = Resumption(beside: file.partialPath), known.address == address.shown, file.size <= limit {
                offset = (file.size, known.validator)
            } else {
                try kept { () throws(FileError) in try file.restart() }
            }
        }
        (hasBegun, total, resumed, failure) = (false, nil, file.size, nil)
        let transfer = try CurlTransfer()
        let (code, reason) = transfer.get(address, from: offset, settings: settings) { [self] bytes in
            do throws(DownloadError) {
                try begin(transfer.head, isPart: offset != nil)
                guard bytes.count <= limit - file.size else { throw tooLarge }
                try kept { () throws(FileError) in try file.append(bytes) }
            } catch {
                failure = error
                return false
            }
            tell(.received(file.size, total: total, resumed: resumed))
            return true
        }
        if let failure { throw failure }
        if let error = error(code, reason, status: transfer.head.status) { throw error }
        // All of it was there: the range after its end cannot be given.
        if transfer.head.status == 416, let range = transfer.head.contentRange, range.total == file.size { return }
        if transfer.head.status == 416, offset != nil {
            try kept { () throws(FileError) in try file.restart() }
            throw .otherPart(address: address.shown)
        }
        // A body without bytes has not been told of.
        try begin(transfer.head, isPart: offset != nil)
        if let total, total != file.size { throw brokeOff("its length was told otherwise") }
    }

    /// Judges the head of a response before the first byte of its body is kept.
    private func begin(_ head: ResponseHead, isPart: Bool) throws(DownloadError) {
        guard !hasBegun else { return }
        switch head.status {
        case 200:
            total = head.contentLength
            // All of it comes, whatever was there.
            try kept { () throws(FileError) in
                try file.restart()
                Resumption.discard(beside: file.partialPath)
                if let validator = head.validator {
                    try Resumption(address: address.shown, validator: validator).write(beside: file.partialPath)
                }
            }
            resumed = 0
        case 206:
            guard isPart, let range = head.contentRange, range.bytes?.lowerBound == file.size else {
                try kept { () throws(FileError) in try file.restart() }
                throw .otherPart(address: address.shown)
            }
            total = range.total
        default: throw .status(head.status, address: address.shown)
        }
        if let total, total > limit { throw tooLarge }
        hasBegun = true
    }

    /// What libcurl's result means, if not that all went well.
    private func error(_ code: CURLcode, _ reason: String, status: Int) -> DownloadError? {
        switch code {
        case CURLE_OK: nil
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT:
            .unreachable(host: address.host, reason: reason)
        case CURLE_OPERATION_TIMEDOUT:
            status == 0 && !hasBegun && reason.contains("onnect")
                ? .unreachable(host: address.host, reason: reason)
                : .stalled(address: address.shown, seconds: settings.stallSeconds, received: file.size, total: total)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            .untrusted(host: address.host, reason: reason)
        case CURLE_TOO_MANY_REDIRECTS, CURLE_UNSUPPORTED_PROTOCOL:
            .redirected(host: address.host, limit: settings.maximumRedirections)
        case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM:
            brokeOff(reason)
        default: .failed(address: address.shown, reason: reason)
        }
    }

    private var tooLarge: DownloadError { .tooLarge(address: address.shown, limit: limit) }

    private func brokeOff(_ reason: String) -> DownloadError {
        .brokeOff(address: address.shown, reason: reason, received: file.size, total: total)
    }

    private func kept(_ body: () throws(FileError) -> Void) throws(DownloadError) {
        do { try body() } catch { throw .file(error) }
    }
}
