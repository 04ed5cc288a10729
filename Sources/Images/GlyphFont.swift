/// A font of printable ASCII as bitmaps of 5 × 9 dots, the last two rows below the baseline.
enum GlyphFont {
    /// Dots a row.
    static let columns = 5
    /// Rows of dots.
    static let rows = 9

    /// The rows of a character from top to bottom, the leftmost dot in bit 4. What the font does not have is a frame.
    static func bitmap(of character: Character) -> [UInt8] {
        let index = character.asciiValue.map { Int($0) - 0x20 } ?? -1
        let packed = glyphs.indices.contains(index) ? glyphs[index] : frame
        return (0..<rows).map { row in UInt8(truncatingIfNeeded: packed >> UInt64(5 * (rows - 1 - row))) & 0x1F }
    }

    /// The columns in which a bitmap has dots; of a blank two, as wide as a narrow letter.
    static func columns(of bitmap: [UInt8]) -> Range<Int> {
        let dots = bitmap.reduce(0, |) & 0x1F
        guard dots != 0 else { return 0..<2 }
        let first = columns - (UInt8.bitWidth - dots.leadingZeroBitCount)
        return first..<columns - dots.trailingZeroBitCount
    }

    private static let frame: UInt64 = 0x1F8C_6318_FC00

    /// 45 bits a character, row by row, the upper left dot the most significant.
    private static let glyphs: [UInt64] = [
        0x000000000000,  // space
        0x042108401000,  // !
        0x0A5280000000,  // "
        0x0A57D5F52800,  // #
        0x047D1C5F1000,  // $
        0x18C888898C00,  // %
        0x0C9499593400,  // &
        0x042100000000,  // '
        0x022210820800,  // (
        0x082084222000,  // )
        0x00255D520000,  // *
        0x00213E420000,  // +
        0x000000021100,  // ,
        0x00003E000000,  // -
        0x000000001000,  // .
        0x010888884000,  // /
        0x0E8CEB98B800,  // 0
        0x046108423800,  // 1
        0x0E8844447C00,  // 2
        0x0E884C18B800,  // 3
        0x0232A5F10800,  // 4
        0x1F878218B800,  // 5
        0x06443D18B800,  // 6
        0x1F0844421000,  // 7
        0x0E8C5D18B800,  // 8
        0x0E8C5E113000,  // 9
        0x000100001000,  // :
        0x000100021100,  // ;
        0x022220820800,  // <
        0x0007C1F00000,  // =
        0x082082222000,  // >
        0x0E8844401000,  // ?
        0x0E8DEB783C00,  // @
        0x045463F8C400,  // A
        0x1E8C7D18F800,  // B
        0x0E8C2108B800,  // C
        0x1E8C6318F800,  // D
        0x1F843D087C00,  // E
        0x1F843D084000,  // F
        0x0E8C2718B800,  // G
        0x118C7F18C400,  // H
        0x0E2108423800,  // I
        0x01084218B800,  // J
        0x119531494400,  // K
        0x108421087C00,  // L
        0x11DD6B18C400,  // M
        0x11CE6B39C400,  // N
        0x0E8C6318B800,  // O
        0x1E8C7D084000,  // P
        0x0E8C63593400,  // Q
        0x1E8C7D494400,  // R
        0x0F841C10F800,  // S
        0x1F2108421000,  // T
        0x118C6318B800,  // U
        0x118C62A51000,  // V
        0x118C6B5DC400,  // W
        0x118A88A8C400,  // X
        0x118A88421000,  // Y
        0x1F0888887C00,  // Z
        0x0E4210843800,  // [
        0x108208208400,  // \
        0x0E1084213800,  // ]
        0x045440000000,  // ^
        0x0000000003E0,  // _
        0x082000000000,  // `
        0x000382F8BC00,  // a
        0x1087A318F800,  // b
        0x0003E1083C00,  // c
        0x010BE318BC00,  // d
        0x0003A3F83C00,  // e
        0x064790842000,  // f
        0x0003E318BC2E,  // g
        0x1087A318C400,  // h
        0x040308423800,  // i
        0x02018421084C,  // j
        0x084254C52400,  // k
        0x0C2108423800,  // l
        0x0006AB5AD400,  // m
        0x0007A318C400,  // n
        0x0003A318B800,  // o
        0x0007A318FA10,  // p
        0x0003E318BC21,  // q
        0x0005B1084000,  // r
        0x0003E0E0F800,  // s
        0x084790841800,  // t
        0x00046318BC00,  // u
        0x000462A51000,  // v
        0x00046B5AA800,  // w
        0x000454454400,  // x
        0x00046318BC2E,  // y
        0x0007C4447C00,  // z
        0x032110420C00,  // {
        0x042108421000,  // |
        0x182104426000,  // }
        0x00026B200000,  // ~
    ]
}
