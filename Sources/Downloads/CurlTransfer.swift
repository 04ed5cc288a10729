import CCurl
import CCurlShim
import Platform

/// One request of a file by libcurl, on the thread that runs it.
///
/// Proxies are those of the environment, as libcurl reads it (`https_proxy`, `all_proxy`, `no_proxy`). Certificates are
/// verified, of proxies too; redirections lead from https to https alone.
final class CurlTransfer {
    private let handle: UnsafeMutableRawPointer
    /// What libcurl says of a failure, as a text of C.
    private let message: UnsafeMutableBufferPointer<CChar>
    private var receive: (UnsafeRawBufferPointer) -> Bool = { _ in false }
    /// The head of the last response.
    private(set) var head = ResponseHead()

    /// - Throws: `noLibrary`.
    init() throws(DownloadError) {
        try CurlLibrary.open()
        guard let handle = ccurl_begin() else { throw .noLibrary(reason: "Cannot allocate memory") }
        self.handle = handle
        message = .allocate(capacity: Int(CURL_ERROR_SIZE))
        message.initialize(repeating: 0)
    }

    deinit {
        ccurl_end(handle)
        message.deallocate()
    }

    /// Gets a file.
    ///
    /// - Parameters:
    ///   - offset: the first byte that is asked for, if the file is still the one that has this validator.
    ///   - receive: takes a piece of the body; false ends the transfer.
    /// - Returns: libcurl's result, and what it says of a failure.
    func get(
        _ address: HTTPSAddress, from offset: (Int, validator: String)?, settings: DownloadSettings,
        receive: @escaping (UnsafeRawBufferPointer) -> Bool
    ) -> (code: CURLcode, reason: String) {
        self.receive = receive
        head = ResponseHead()
        message[0] = 0
        var headers: UnsafeMutablePointer<curl_slist>?
        defer { ccurl_free(headers) }
        if let offset { headers = ccurl_append(nil, "If-Range: \(offset.validator)") }
        // Without the condition, no part: what follows could be of another file.
        let range = headers == nil ? nil : offset.map { "\($0.0)-" }
        let code = configure(address, range: range, headers: headers, settings)
        let result = code == CURLE_OK ? ccurl_perform(handle) : code
        let said = message.baseAddress.map { String(cString: $0) } ?? ""
        return (result, said.isEmpty ? CurlLibrary.reason(result) : said)
    }

    /// What sets a transfer up; the first result that is not a success.
    private func configure(
        _ address: HTTPSAddress, range: String?, headers: UnsafeMutablePointer<curl_slist>?,
        _ settings: DownloadSettings
    ) -> CURLcode {
        let context = Unmanaged.passUnretained(self).toOpaque()
        var results = [
            ccurl_set_text(handle, CURLOPT_URL, address.text), ccurl_allow_https_only(handle),
            ccurl_set_number(handle, CURLOPT_FOLLOWLOCATION, 1),
            ccurl_set_number(handle, CURLOPT_MAXREDIRS, settings.maximumRedirections),
            ccurl_set_text(handle, CURLOPT_USERAGENT, settings.userAgent),
            ccurl_set_text(handle, CURLOPT_RANGE, range), ccurl_set_pointer(handle, CURLOPT_HTTPHEADER, headers),
            // Signals are for one thread; timeouts do without.
            ccurl_set_number(handle, CURLOPT_NOSIGNAL, 1),
            ccurl_set_number(handle, CURLOPT_CONNECTTIMEOUT, settings.connectSeconds),
            ccurl_set_number(handle, CURLOPT_LOW_SPEED_LIMIT, settings.leastBytesPerSecond),
            ccurl_set_number(handle, CURLOPT_LOW_SPEED_TIME, settings.stallSeconds),
            ccurl_set_number(handle, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2),
            ccurl_set_number(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1),
            ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, message.baseAddress),
            ccurl_set_pointer(handle, CURLOPT_WRITEDATA, context),
            ccurl_set_pointer(handle, CURLOPT_HEADERDATA, context),
            ccurl_set_receiver(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
                let (total, overflow) = size.multipliedReportingOverflow(by: count)
                guard !overflow, let bytes, let context else { return 0 }
                let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
                // Any other number than that of the bytes ends the transfer.
                return transfer.receive(UnsafeRawBufferPointer(start: bytes, count: total)) ? total : total == 0 ? 1 : 0
            },
            ccurl_set_receiver(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
                let (total, overflow) = size.multipliedReportingOverflow(by: count)
                guard !overflow, let bytes, let context else { return 0 }
                let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
                transfer.head.add(
                    String(decoding: UnsafeRawBufferPointer(start: bytes, count: total), as: UTF8.self))
                return total
            },
        ]
        if let file = settings.certificateFile {
            results.append(ccurl_set_text(handle, CURLOPT_CAINFO, file))
            results.append(ccurl_set_text(handle, CURLOPT_PROXY_CAINFO, file))
        }
        return results.first { $0 != CURLE_OK } ?? CURLE_OK
    }
}
