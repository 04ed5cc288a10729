/// The colour of a box, and one in which text on it can be read.
struct LabelColor: Equatable {
    let fill: SIMD3<UInt8>
    let text: SIMD3<UInt8>

    /// Steps around the colour circle by the golden angle, which keeps any number of colours as far apart as so many can
    /// be, the first few most of all.
    init(index: Int) {
        // Any index, negative ones too; 997 colours are more than can be told apart, and keep the product exact.
        let step = Double(UInt(bitPattern: index) % 997)
        let hue = (0.36 + step * 0.618033988749895).truncatingRemainder(dividingBy: 1)
        // Alternating lightness tells neighbouring hues apart.
        let value = UInt(bitPattern: index) % 2 == 0 ? 0.95 : 0.80
        fill = Self.rgb(hue: hue, saturation: 0.78, value: value)
        text = Self.relativeLuminance(fill) > 0.26 ? SIMD3(16, 16, 16) : SIMD3(255, 255, 255)
    }

    /// From hue, saturation and value, all 0…1 (Smith 1978).
    private static func rgb(hue: Double, saturation: Double, value: Double) -> SIMD3<UInt8> {
        func channel(_ offset: Double) -> UInt8 {
            let position = (offset + hue * 6).truncatingRemainder(dividingBy: 6)
            let share = max(0, min(position, 4 - position, 1))
            return UInt8((255 * (value - value * saturation * share)).rounded())
        }
        return SIMD3(channel(5), channel(3), channel(1))
    }

    /// Luminance of WCAG 2.2, with a power of 2 for the curve of sRGB: near enough to choose between black and white.
    private static func relativeLuminance(_ color: SIMD3<UInt8>) -> Double {
        let linear = SIMD3<Double>(color) / 255
        let squared = linear * linear
        return 0.2126 * squared[0] + 0.7152 * squared[1] + 0.0722 * squared[2]
    }
}
