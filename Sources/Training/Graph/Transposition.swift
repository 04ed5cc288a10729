/// Exchanges rows and columns of a matrix.
enum Transposition {
    /// `target[column · pitch + row] = source[row · rowPitch + column]`; `rowPitch` is `columns` unless said otherwise.
    static func transpose(
        _ source: UnsafePointer<Float>, rows: Int, columns: Int, rowPitch: Int? = nil,
        into target: UnsafeMutablePointer<Float>, pitch: Int
    ) {
        let rowPitch = rowPitch ?? columns
        // Four by four: each cache line that is touched gives or takes four numbers at once.
        var row = 0
        while row + 4 <= rows {
            let r = source + row * rowPitch
            var column = 0
            while column + 4 <= columns {
                let a = UnsafeRawPointer(r + column).loadUnaligned(as: SIMD4<Float>.self)
                let b = UnsafeRawPointer(r + rowPitch + column).loadUnaligned(as: SIMD4<Float>.self)
                let c = UnsafeRawPointer(r + 2 * rowPitch + column).loadUnaligned(as: SIMD4<Float>.self)
                let d = UnsafeRawPointer(r + 3 * rowPitch + column).loadUnaligned(as: SIMD4<Float>.self)
                let t = UnsafeMutableRawPointer(target + column * pitch + row)
                t.storeBytes(of: SIMD4(a.x, b.x, c.x, d.x), as: SIMD4<Float>.self)
                (t + 4 * pitch).storeBytes(of: SIMD4(a.y, b.y, c.y, d.y), as: SIMD4<Float>.self)
                (t + 8 * pitch).storeBytes(of: SIMD4(a.z, b.z, c.z, d.z), as: SIMD4<Float>.self)
                (t + 12 * pitch).storeBytes(of: SIMD4(a.w, b.w, c.w, d.w), as: SIMD4<Float>.self)
                column += 4
            }
            while column < columns {
                for i in 0..<4 { target[column * pitch + row + i] = r[i * rowPitch + column] }
                column += 1
            }
            row += 4
        }
        while row < rows {
            for column in 0..<columns { target[column * pitch + row] = source[row * rowPitch + column] }
            row += 1
        }
    }
}
