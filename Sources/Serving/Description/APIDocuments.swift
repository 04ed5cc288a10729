/// The description of the service in both of its forms.
struct APIDocuments: Sendable {
    /// For programs.
    let openAPI: StaticDocument
    /// For people.
    let page: StaticDocument

    init(_ description: APIDescription) {
        openAPI = StaticDocument(contentType: OpenAPIDocument.mediaType, OpenAPIDocument(description).bytes)
        page = StaticDocument(
            contentType: DocumentationPage.mediaType, headers: DocumentationPage.protection,
            DocumentationPage(description).bytes)
    }
}
