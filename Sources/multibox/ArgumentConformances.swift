import ArgumentParser
import Images

extension DCTScaling: ExpressibleByArgument {}
