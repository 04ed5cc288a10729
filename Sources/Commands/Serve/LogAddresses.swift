import ArgumentParser

/// Whether log lines name clients by their addresses.
enum LogAddresses: String, CaseIterable, ExpressibleByArgument {
    case on
    case off
}
