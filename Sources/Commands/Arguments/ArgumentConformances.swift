import ArgumentParser
import Images
import Networks

extension DCTScaling: ExpressibleByArgument {}
extension SSDArchitecture: ExpressibleByArgument {}
