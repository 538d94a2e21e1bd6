extension TarReader.Kind {
    /// Whether a link stays within the top-level folder of its own path.
    ///
    /// `..` may only start a target: after a name it would have to be known whether that name is a link itself. Links'
    /// own folders are no links, as nothing may lie below a link.
    func leadsInside(from path: ArchivePath) -> Bool {
        let folders = path.text.utf8.split(separator: UInt8(ascii: "/")).dropLast()
        switch self {
        case .symbolicLink(let target):
            let parts = target.split(separator: UInt8(ascii: "/")).filter { $0 != [UInt8(ascii: ".")] }
            let up = parts.prefix { $0.elementsEqual("..".utf8) }.count
            return !target.isEmpty && target.first != UInt8(ascii: "/") && up < folders.count
                && !parts.dropFirst(up).contains { $0.elementsEqual("..".utf8) }
                && !target.contains { $0 < 0x20 || $0 == UInt8(ascii: "\\") }
        case .hardLink(let target):
            let parts = target.split(separator: UInt8(ascii: "/")).filter { $0 != [UInt8(ascii: ".")] }
            guard let top = folders.first, let first = parts.first, parts.count > 1 else { return false }
            return target.first != UInt8(ascii: "/") && first.elementsEqual(top)
                && !parts.contains { $0.elementsEqual("..".utf8) }
        case .file, .folder, .other: return true
        }
    }
}
