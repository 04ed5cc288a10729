import ArgumentParser
import Images
import Networks

extension DCTScaling: ExpressibleByArgument {}
extension Preprocessing.Interpolation: ExpressibleByArgument {}
extension SSDArchitecture: ExpressibleByArgument {}
