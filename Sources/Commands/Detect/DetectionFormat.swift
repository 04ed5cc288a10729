import ArgumentParser

/// How `detect` writes what it found.
enum DetectionFormat: String, CaseIterable, ExpressibleByArgument {
    /// A table for people.
    case text
    /// One array of all photos.
    case json
    /// One object a line for each photo.
    case jsonl
    /// One line for each object, with a head line.
    case csv
}
