import Platform

/// An activation and its derivative, as a type, so that loops over elements are compiled for each.
protocol ElementFunction {
    static func value(_ x: Float) -> Float
    static func slope(_ x: Float) -> Float
}

/// x.
enum IdentityFunction: ElementFunction {
    @inline(__always) static func value(_ x: Float) -> Float { x }
    @inline(__always) static func slope(_ x: Float) -> Float { 1 }
}

/// max(x, 0); the derivative at 0 is 0.
enum ReLUFunction: ElementFunction {
    @inline(__always) static func value(_ x: Float) -> Float { x > 0 ? x : 0 }
    @inline(__always) static func slope(_ x: Float) -> Float { x > 0 ? 1 : 0 }
}

/// min(max(x, 0), 6); the derivatives at 0 and 6 are 0.
enum ReLU6Function: ElementFunction {
    @inline(__always) static func value(_ x: Float) -> Float { x > 0 ? (x < 6 ? x : 6) : 0 }
    @inline(__always) static func slope(_ x: Float) -> Float { x > 0 && x < 6 ? 1 : 0 }
}

/// x · relu6(x + 3) / 6; between −3 and 3 the derivative is (2x + 3) / 6.
enum HardSwishFunction: ElementFunction {
    @inline(__always) static func value(_ x: Float) -> Float { x * ReLU6Function.value(x + 3) * (1 / 6) }
    @inline(__always) static func slope(_ x: Float) -> Float { x < 3 ? (x > -3 ? (2 * x + 3) * (1 / 6) : 0) : 1 }
}

/// relu6(x + 3) / 6; the derivative is 1/6 between −3 and 3.
enum HardSigmoidFunction: ElementFunction {
    @inline(__always) static func value(_ x: Float) -> Float { ReLU6Function.value(x + 3) * (1 / 6) }
    @inline(__always) static func slope(_ x: Float) -> Float { ReLU6Function.slope(x + 3) * (1 / 6) }
}

/// 1 / (1 + e⁻ˣ), whose derivative is itself times what it lacks to 1.
enum SigmoidFunction: ElementFunction {
    @inline(__always) static func value(_ x: Float) -> Float { Float(1 / (1 + exp(-Double(x)))) }
    @inline(__always) static func slope(_ x: Float) -> Float { value(x) * (1 - value(x)) }
}
