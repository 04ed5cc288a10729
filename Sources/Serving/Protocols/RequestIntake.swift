import HTTP
import JSON

/// What a request for detection is read with.
struct RequestIntake: Sendable {
    let call: DetectionCall
    /// The models that can be asked for.
    let models: ServedModels
    let options: ServiceOptions
    /// Where that of images is reserved that are no parts of the content.
    let memory: HeldMemory
    /// What the client speaks. Who recognises by the content that it is something else than the route tells says so here
    /// before anything can fail.
    var spoken: ServiceProtocol

    /// The model that the path names.
    ///
    /// - Throws: `ServiceError.unknownModel` or `.loading`.
    func modelOfPath() throws(ServiceError) -> LoadedModel { try models.model(of: call.parameters) }

    /// The bytes of base64 in JSON.
    ///
    /// - Throws: `ServiceError.queueBytesFull`; why it is no image is part of the result.
    func image(_ text: JSONString) throws(ServiceError) -> Result<ArraySlice<UInt8>, ServiceError> {
        try DetectionRequest.image(text, memory)
    }
}

extension ServedModels {
    /// The model of `{model}` in a path, in the version that `{version}` names, if it does.
    ///
    /// - Throws: `ServiceError.unknownModel` or `.loading`.
    func model(of parameters: PathParameters) throws(ServiceError) -> LoadedModel {
        guard let name = parameters[PathParameter.model.rawValue] else { return try model(named: nil) }
        guard let served = self[name] else { throw all.isEmpty ? .loading : .unknownModel(name: name) }
        guard let model = served.model else { throw .loading }
        if let version = parameters[PathParameter.version.rawValue], version != model.engine.model.version {
            throw .unknownModel(name: "\(name) of version \(version)")
        }
        return model
    }
}
