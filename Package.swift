// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]
let cSettings: [CSetting] = [.treatAllWarnings(as: .error)]

/// A library target under `Sources/`. Its dependencies are the arrows of the architecture: what is not
/// listed here cannot be imported.
func room(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: swiftSettings)
}

/// A library of the system, under `Sources/Libraries`: a module map over its headers.
func library(_ name: String, pkgConfig: String? = nil, package: String? = nil) -> Target {
    .systemLibrary(
        name: name, path: "Sources/Libraries/" + name, pkgConfig: pkgConfig,
        providers: package.map { [.apt([$0])] })
}

/// C of ours between Swift and a library of the system, under `Sources/Libraries`.
func shim(_ name: String, over library: String) -> Target {
    .target(
        name: name, dependencies: [.init(stringLiteral: library)], path: "Sources/Libraries/" + name,
        cSettings: cSettings)
}

/// The model that is built in is `everyday.safetensors`, unless this says the path of another file, or that there is none.
let defaultModel: [CSetting] =
    switch Context.environment["MULTIBOX_DEFAULT_MODEL"] {
    case nil, "": []
    case "none": [.define("MULTIBOX_NO_DEFAULT_MODEL")]
    case let path?: [.define("MULTIBOX_DEFAULT_MODEL", to: "\"\(path)\"")]
    }

/// The tests of a room, under `Tests/<room>Tests`.
func tests(_ room: String, _ more: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: room + "Tests", dependencies: [.init(stringLiteral: room), "TestSupport"] + more,
        swiftSettings: swiftSettings)
}

let package = Package(
    name: "multibox",
    products: [.executable(name: "multibox", targets: ["Commands"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.38.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.0"),
    ],
    targets: [
        // Libraries of the system.
        library("CEpoll"),
        library("CMalloc"),
        library("CThreads"),
        // Its headers alone; without pkg-config, whose flags would link it.
        library("CCurl", package: "libcurl4-openssl-dev"),
        library("CJPEG", pkgConfig: "libjpeg", package: "libjpeg-dev"),
        library("COpenSSL", pkgConfig: "openssl", package: "libssl-dev"),
        library("CPNG", pkgConfig: "libpng", package: "libpng-dev"),
        library("CWebP", pkgConfig: "libwebp", package: "libwebp-dev"),
        library("CZlib", pkgConfig: "zlib", package: "zlib1g-dev"),
        // The errors of libjpeg and libpng jump; these keep the jump out of Swift.
        shim("CJPEGShim", over: "CJPEG"),
        shim("CPNGShim", over: "CPNG"),
        // Opens libcurl when something is fetched: nothing else waits for it.
        shim("CCurlShim", over: "CCurl"),

        // Leaves: of ours, they import Platform alone.
        room("Platform", ["COpenSSL", "CThreads"]),
        .target(name: "CKernels", cSettings: cSettings + [.headerSearchPath(".")]),
        room("MultiBox", ["Platform"]),
        room("JSON"),
        room("XML"),
        room("Images", ["CJPEGShim", "CPNGShim", "CWebP", "Platform"]),
        room("HTTP", ["Platform"]),
        room("Batching", ["Platform", .product(name: "DequeModule", package: "swift-collections")]),
        room("Metrics", ["Platform"]),
        room("Archives", ["CZlib"]),
        room("Downloads", ["CCurl", "CCurlShim", "Platform"]),
        room("Settings", ["Platform", .product(name: "Yams", package: "Yams")]),

        // The model.
        room("Networks", ["MultiBox", "Platform"]),
        room("Engine", ["CKernels", "MultiBox", "Networks", "Platform"]),
        room("Quantization", ["Engine", "MultiBox", "Networks", "Platform"]),
        // The default model's file; its card lies beside it.
        .target(
            name: "CDefaultModel", exclude: ["MODEL_CARD.md", "everyday.safetensors"],
            cSettings: cSettings + defaultModel),
        room(
            "ModelFiles",
            [
                "Archives", "CDefaultModel", "JSON", "MultiBox", "Networks", "Platform",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ], exclude: ["ONNX/onnx.proto"]),
        room("Detectors", ["Engine", "Images", "JSON", "MultiBox", "Networks", "Platform"]),
        room("Evaluation", ["MultiBox"]),
        room(
            "Datasets",
            ["Evaluation", "Images", "MultiBox", "Platform", "XML", .product(name: "Yams", package: "Yams")]),
        room(
            "Training",
            [
                "CKernels", "Datasets", "Detectors", "Engine", "Evaluation", "Images", "ModelFiles", "MultiBox",
                "Networks", "Platform", "Quantization",
            ]),
        room("Reports", ["Datasets", "Evaluation", "Images", "MultiBox", "Training"]),

        // The service.
        room(
            "Transport",
            ["CEpoll", "COpenSSL", "HTTP", "Platform", .product(name: "DequeModule", package: "swift-collections")]),
        // The page at the root, its files and a photo.
        .target(
            name: "CPage", exclude: ["index.html", "page.css", "page.js", "icon.svg", "sample.jpg", "sample.py"],
            cSettings: cSettings),
        room(
            "Serving",
            [
                "Batching", "CPage", "CZlib", "Detectors", "Engine", "HTTP", "Images", "JSON", "Metrics", "MultiBox",
                "Networks",
                "Platform",
            ]),

        // The root: wiring only. The program is called multibox.
        .executableTarget(
            name: "Commands",
            dependencies: [
                "Archives", "CMalloc", "Datasets", "Detectors", "Downloads", "Engine", "Evaluation", "HTTP", "Images",
                "JSON",
                "Metrics",
                "ModelFiles",
                "MultiBox", "Networks", "Platform", "Quantization", "Reports", "Serving", "Settings", "Training",
                "Transport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings),

        // Tests.
        .target(
            name: "TestSupport",
            dependencies: [
                "COpenSSL", "CZlib", "Engine", "Images", "ModelFiles", "MultiBox", "Networks", "Platform", "Transport",
            ],
            path: "Tests/TestSupport", swiftSettings: swiftSettings),
        // AMX's tiles in C, so that tests reach the kernels over them on every machine.
        .target(
            name: "EmulatedTiles", dependencies: ["CKernels"], path: "Tests/EmulatedTiles",
            cSettings: cSettings + [.headerSearchPath("../../Sources/CKernels")]),
        tests("CKernels", ["EmulatedTiles"]),
        tests("Platform"),
        tests("MultiBox"),
        tests("Images", ["Platform"]),
        tests("HTTP"),
        tests("Batching"),
        tests("Archives"),
        tests("Downloads", ["Platform"]),
        tests("Metrics"),
        tests("JSON"),
        tests("Settings"),
        tests("Networks", ["Engine", "MultiBox"]),
        tests("Engine", ["EmulatedTiles", "MultiBox", "Networks", "Platform"]),
        tests("Quantization", ["Engine", "MultiBox", "Networks"]),
        tests(
            "ModelFiles",
            ["Detectors", "Engine", "FileMutator", "Images", "MultiBox", "Networks", "Platform"]),
        // Opens mutated files in a process of its own, which says what that took.
        .executableTarget(
            name: "FileMutator",
            dependencies: ["Archives", "CMalloc", "Engine", "ModelFiles", "MultiBox", "TestSupport"],
            path: "Tests/FileMutator", swiftSettings: swiftSettings),
        tests("Evaluation", ["MultiBox"]),
        tests("Datasets", ["Images", "MultiBox", "XML"]),
        tests("Detectors", ["Engine", "Images", "JSON", "MultiBox", "Networks"]),
        tests("Reports", ["Datasets", "Images", "MultiBox", "Training"]),
        tests(
            "Training",
            [
                "Datasets", "Engine", "Images", "ModelFiles", "MultiBox", "Networks", "Platform", "Quantization",
                "Reports",
            ]),
        tests("Transport", ["EchoServer", "HTTP", "Platform"]),
        tests("Serving", ["Detectors", "Engine", "HTTP", "Images", "JSON", "MultiBox", "Networks", "Platform"]),
        // The server's framing apart from inference, and what HTTP asks of it.
        .executableTarget(
            name: "EchoServer", dependencies: ["HTTP", "TestSupport", "Transport"], path: "Tests/EchoServer",
            swiftSettings: swiftSettings),
        // What must not change when only the house is rebuilt: outputs, arenas, steps of the plan.
        .executableTarget(
            name: "Oracles", dependencies: ["EmulatedTiles", "Engine", "ModelFiles", "Networks", "Quantization"],
            path: "Tests/Oracles", swiftSettings: swiftSettings),
        .testTarget(
            name: "ConformanceTests", dependencies: ["EchoServer", "HTTP", "Transport", "Serving", "TestSupport"],
            path: "Tests/Conformance", exclude: ["openapi.py", "openapi_hooks.py"], swiftSettings: swiftSettings),
        tests("Commands", ["Images", "ModelFiles", "MultiBox", "Networks", "Platform"]),
    ],
    cLanguageStandard: .c17
)

// The fuzzers need libFuzzer, which a plain build does not link: `make fuzz` sets this.
if Context.environment["MULTIBOX_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "Archives", "Datasets", "Engine", "Evaluation", "HTTP", "Images", "JSON", "ModelFiles", "MultiBox",
                "Networks",
                "Serving", "Settings", "TestSupport", "Training", "XML",
            ],
            path: "Tests/Fuzz",
            exclude: ["Dictionaries", "Seeds"], swiftSettings: swiftSettings))
}
