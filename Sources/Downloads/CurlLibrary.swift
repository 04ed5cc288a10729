import CCurl
import CCurlShim

/// libcurl, opened once.
enum CurlLibrary {
    /// Why it cannot be used; nil if it can.
    private static let problem: String? = ccurl_open().map { String(cString: $0) }

    /// - Throws: `DownloadError.noLibrary`.
    static func open() throws(DownloadError) {
        if let problem { throw .noLibrary(reason: problem) }
    }

    /// What libcurl says of a result.
    static func reason(_ code: CURLcode) -> String { ccurl_reason(code).map { String(cString: $0) } ?? "\(code)" }
}
