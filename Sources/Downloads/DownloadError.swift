import Platform

/// Why a file could not be fetched. Hosts and addresses are told without what they carry of passwords.
public enum DownloadError: Error, Sendable, Hashable {
    /// libcurl cannot be opened; `reason` is the system's.
    case noLibrary(reason: String)
    /// The address is not one of https.
    case notHTTPS(address: String)
    /// The host cannot be reached, or the proxy on the way to it.
    case unreachable(host: String, reason: String)
    /// The host cannot prove that it is the one that is meant.
    case untrusted(host: String, reason: String)
    /// It leads elsewhere too often, or to what is not https.
    case redirected(host: String, limit: Int)
    /// It answered with this status.
    case status(Int, address: String)
    /// It answered with part of the file, and not the part that was asked for.
    case otherPart(address: String)
    /// The file has more bytes than the limit.
    case tooLarge(address: String, limit: Int)
    /// Nothing worth mentioning came for so many seconds, after so many bytes of the file.
    case stalled(address: String, seconds: Int, received: Int, total: Int?)
    /// The connection ended after so many bytes of the file.
    case brokeOff(address: String, reason: String, received: Int, total: Int?)
    /// Something else went wrong in libcurl.
    case failed(address: String, reason: String)
    /// What came cannot be kept.
    case file(FileError)

    /// Whether another try may help, at once or soon.
    package var isTransient: Bool {
        switch self {
        case .stalled, .brokeOff, .otherPart: true
        // RFC 9110: request timeout, too many requests, and what a server says of itself.
        case .status(let status, _): status == 408 || status == 429 || (500...599).contains(status) && status != 501
        case .noLibrary, .notHTTPS, .unreachable, .untrusted, .redirected, .tooLarge, .failed, .file: false
        }
    }
}

extension DownloadError: CustomStringConvertible {
    /// One sentence for a person.
    public var description: String {
        func part(_ received: Int, _ total: Int?) -> String {
            total.map { "\(received) of \($0) bytes" } ?? "\(received) bytes"
        }
        switch self {
        case .noLibrary(let reason):
            return "fetching takes libcurl, which cannot be opened (Debian's package is libcurl4): \(reason)"
        case .notHTTPS(let address): return "\(address) is no https address"
        case .unreachable(let host, let reason): return "\(host) cannot be reached: \(reason)"
        case .untrusted(let host, let reason): return "\(host) is not to be trusted: \(reason)"
        case .redirected(let host, let limit):
            return "\(host) leads elsewhere, to an address that is not https or more than \(limit) times"
        case .status(404, let address): return "\(address) is not there (status 404)"
        case .status(let status, let address): return "\(address) is refused with status \(status)"
        case .otherPart(let address): return "\(address) gives another part of the file than was asked for"
        case .tooLarge(let address, let limit): return "\(address) has more bytes than the limit of \(limit)"
        case .stalled(let address, let seconds, let received, let total):
            return "\(address) has sent hardly anything for \(seconds) s, after \(part(received, total))"
        case .brokeOff(let address, let reason, let received, let total):
            return "\(address) broke off after \(part(received, total)): \(reason)"
        case .failed(let address, let reason): return "\(address) cannot be fetched: \(reason)"
        case .file(let error): return error.description
        }
    }
}
