import ArgumentParser
import Images

extension DCTScaling: @retroactive ExpressibleByArgument {}
