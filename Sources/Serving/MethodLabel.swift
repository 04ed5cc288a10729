/// The `method` label of requests.
enum MethodLabel: String, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case options = "OPTIONS"
    /// A method that the route does not take, and any method where no route was found.
    case other

    /// Its place among all cases.
    var ordinal: Int {
        switch self {
        case .get: 0
        case .head: 1
        case .post: 2
        case .options: 3
        case .other: 4
        }
    }
}
