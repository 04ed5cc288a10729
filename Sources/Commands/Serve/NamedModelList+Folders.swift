import ModelFiles
import Platform

extension NamedModelList.Element {
    /// Whether it is a folder. What the catalogue has under that name is none.
    var isFolder: Bool { ModelCatalogue.entry(named: text) == nil && FileStatus(text)?.kind == .folder }
}
