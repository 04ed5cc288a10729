import Foundation

extension BinaryFloatingPoint {
    /// With so many digits after the point.
    func fixed(_ digits: Int) -> String { String(format: "%.\(digits)f", Double(self)) }
}
