import COpenSSL

/// OpenSSL's queue of errors, one to a thread. It is emptied before each call whose failure is looked at, so that what
/// is read belongs to that call.
enum OpenSSLErrors {
    /// Empties the queue.
    @inline(__always)
    static func clear() { ERR_clear_error() }

    /// What the first error in the queue, the cause of the others, says; the queue is empty after that.
    static func take() -> String {
        let error = ERR_get_error()
        ERR_clear_error()
        guard error != 0 else { return "no reason given" }
        guard let reason = ERR_reason_error_string(error) else { return "error \(error)" }
        return String(cString: reason)
    }

    /// Whether the last error says that a PEM file has no further section of the kind looked for. Leaves the queue.
    static var saysNoMoreSections: Bool {
        let error = ERR_peek_last_error()
        return openssl_error_library(error) == ERR_LIB_PEM && openssl_error_reason(error) == PEM_R_NO_START_LINE
    }
}
