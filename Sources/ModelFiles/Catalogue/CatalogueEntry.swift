/// A model of a publisher that can be had under a name.
public struct CatalogueEntry: Sendable, Hashable {
    /// What it is called here.
    public let name: String
    /// What it is, in half a sentence.
    public let summary: String
    /// What its publisher says of who may use it, in half a sentence.
    public let licence: String
    /// Where its publisher has it, an https address.
    public let address: String
    /// The model file's size, in bytes, for people to choose by.
    public let size: Int
    /// The most bytes that may come from there.
    public let maximumBytes: Int
    /// The first digits of the SHA-256 of what lies there, as far as they are known beforehand; lowercase hexadecimal ones.
    public let digestPrefix: String
    /// The files of the archive that are wanted, the model first; none if what lies there is the model itself.
    public let members: [Member]

    /// A file of an archive.
    public struct Member: Sendable, Hashable {
        /// Its name there and here.
        public let name: String
        /// The most bytes that it may have.
        public let maximumBytes: Int
    }

    package init(
        name: String, summary: String, licence: String, address: String, size: Int, maximumBytes: Int,
        digestPrefix: String = "", members: [Member] = []
    ) {
        (self.name, self.summary, self.licence, self.address) = (name, summary, licence, address)
        (self.size, self.maximumBytes, self.digestPrefix, self.members) = (size, maximumBytes, digestPrefix, members)
    }

    /// The last part of its address.
    public var fileName: String { address.split(separator: "/").last.map(String.init) ?? address }

    /// The name of the model file.
    public var modelName: String { members.first?.name ?? fileName }

    /// Where a mirror has it that has all files in one folder.
    ///
    /// - Parameter mirror: the folder's address, with or without a slash at its end.
    public func address(onMirror mirror: String) -> String {
        mirror.hasSuffix("/") ? mirror + fileName : "\(mirror)/\(fileName)"
    }
}
