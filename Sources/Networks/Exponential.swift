#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// eˣ, from the C library of the platform.
func exponential(_ x: Double) -> Double { exp(x) }

/// ln x, from the same.
func logarithm(_ x: Double) -> Double { log(x) }
