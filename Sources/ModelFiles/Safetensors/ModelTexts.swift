/// A model's file with texts about the model, by name.
protocol ModelTexts {
    var metadata: [String: String] { get }
}

extension SafetensorsFile: ModelTexts {}
extension ONNXFile: ModelTexts {}
