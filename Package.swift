// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]
let cSettings: [CSetting] = [.treatAllWarnings(as: .error)]

/// A library target under `Sources/`. Its dependencies are the arrows of the architecture: what is not
/// listed here cannot be imported.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

/// The tests of a room, under `Tests/<room>Tests`.
func tests(_ room: String, _ more: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: room + "Tests", dependencies: [.init(stringLiteral: room), "TestSupport"] + more,
        swiftSettings: swiftSettings)
}

let package = Package(
    name: "multibox",
    products: [.executable(name: "multibox", targets: ["multibox"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.0"),
    ],
    targets: [
        // Libraries of the system.
        .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CEpoll"),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),

        // The errors of libjpeg and libpng jump; these keep the jump out of Swift.
        .target(name: "CJPEGShim", dependencies: ["CJPEG"], cSettings: cSettings),
        .target(name: "CPNGShim", dependencies: ["CPNG"], cSettings: cSettings),

        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // Leaves: they import nothing of ours.
        .target(name: "CKernels", cSettings: cSettings + [.headerSearchPath(".")]),
        room("Platform"),
        room("MultiBox"),
        room("Images", ["CJPEGShim", "CPNGShim", "CWebP"]),
        room("HTTP"),
        room("Batching", [.product(name: "DequeModule", package: "swift-collections")]),
        room("Metrics"),
        room("JSON"),
        room("Settings", [.product(name: "Yams", package: "Yams")]),

        // The model.
        room("Networks", ["CKernels", "MultiBox"]),
        // The default model's file; its card lies beside it.
        .target(
            name: "CDefaultModel", exclude: ["MODEL_CARD.md", "blood-cells.safetensors"], cSettings: cSettings),
        room("ModelFiles", ["CDefaultModel", "COpenSSL", "JSON", "Networks", "MultiBox", "Platform"]),
        room("Evaluation", ["MultiBox"]),
        room(
            "Training", ["CKernels", "Evaluation", "Images", "ModelFiles", "MultiBox", "Networks", "Platform"]),

        // The service.
        room(
            "Transport",
            ["HTTP", "CEpoll", "COpenSSL", .product(name: "DequeModule", package: "swift-collections")]),
        room(
            "Serving", ["HTTP", "JSON", "Batching", "Metrics", "Networks", "MultiBox", "Images", "COpenSSL", "CZlib"]),

        // The root: wiring only.
        .executableTarget(
            name: "multibox",
            dependencies: [
                "Batching", "CKernels", "CMalloc", "Evaluation", "HTTP", "Images", "JSON", "Metrics", "ModelFiles",
                "MultiBox", "Networks", "Platform", "Serving", "Settings", "Training", "Transport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings),

        // Tests.
        .target(
            name: "TestSupport", dependencies: ["CZlib", "ModelFiles"], path: "Tests/TestSupport",
            swiftSettings: swiftSettings),
        // AMX's tiles in C, so that tests reach the kernels over them on every machine.
        .target(
            name: "EmulatedTiles", dependencies: ["CKernels"], path: "Tests/EmulatedTiles",
            cSettings: cSettings + [.headerSearchPath("../../Sources/CKernels")]),
        tests("CKernels", ["EmulatedTiles"]),
        tests("Platform"),
        tests("MultiBox"),
        tests("Images"),
        tests("HTTP"),
        tests("Batching"),
        tests("Metrics"),
        tests("JSON"),
        tests("Settings"),
        tests("Networks", ["CKernels", "EmulatedTiles", "MultiBox"]),
        tests("ModelFiles", ["Images", "MultiBox", "Networks", "Platform"]),
        tests("Evaluation", ["MultiBox"]),
        tests("Training", ["Evaluation", "Images", "ModelFiles", "MultiBox", "Networks", "Platform"]),
        tests("Transport", ["HTTP", "COpenSSL"]),
        tests("Serving", ["HTTP", "Batching", "Metrics", "Networks", "MultiBox", "Images"]),
        // The server's framing apart from inference, and what HTTP asks of it.
        .executableTarget(
            name: "EchoServer", dependencies: ["HTTP", "Transport"], path: "Tests/EchoServer",
            swiftSettings: swiftSettings),
        .testTarget(
            name: "ConformanceTests", dependencies: ["EchoServer", "HTTP", "Transport", "Serving", "TestSupport"],
            path: "Tests/Conformance", swiftSettings: swiftSettings),
        .testTarget(
            name: "multiboxTests",
            dependencies: ["multibox", "Images", "ModelFiles", "MultiBox", "Networks", "TestSupport"],
            swiftSettings: swiftSettings),
    ],
    cLanguageStandard: .c17
)

// The fuzzers need libFuzzer, which a plain build does not link: `make fuzz` sets this.
if Context.environment["MULTIBOX_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "Evaluation", "HTTP", "Images", "JSON", "ModelFiles", "MultiBox", "Networks", "Serving", "Settings",
                "TestSupport", "Training",
            ],
            path: "Tests/Fuzz",
            exclude: ["Dictionaries", "Seeds"], swiftSettings: swiftSettings))
}
