import HTTP

/// What the service found out about a request by its head and let it in for. Made once, and handed back with the complete
/// request, or with its refusal: nobody has to find its route, its client or its key again.
final class AcceptedRequest: Acceptance {
    /// What it is to be answered with.
    enum Purpose: Sendable {
        /// Detections in the images of its content.
        case detection(DetectionCall)
        /// The metrics.
        case metrics
        /// What the service says of itself or of a model, which the path may name.
        case state(ServiceRoute, PathParameters)
        /// A file of the page.
        case page(PageFile)
        /// What the service can do.
        case description(ServiceRoute)
        /// The methods that its path takes.
        case options(allow: [Method])
    }

    let purpose: Purpose
    /// What is known of it so far: its content is still to come.
    let context: RequestContext

    init(_ purpose: Purpose, _ context: RequestContext) {
        self.purpose = purpose
        self.context = context
    }
}
