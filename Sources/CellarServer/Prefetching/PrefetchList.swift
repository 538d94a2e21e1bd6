import PackagingStandards
import ServerConfiguration

/// The files to fetch ahead, as requirements and lock files name them.
struct PrefetchList: Sendable {
    /// A file that a lock file names.
    struct LockedFile: Sendable, Hashable {
        let filename: String
        /// The digest that it must have; nil if the lock file states none.
        let sha256: SHA256Digest?
    }

    /// Which files of a project are wanted.
    enum Selection: Sendable {
        case files([LockedFile])
        /// The files of one release: the one that the specifiers name, else the newest that they allow. If digests are
        /// given, only files that have one of them.
        case release(SpecifierSet, hashes: [SimpleFile.Digest])
    }

    struct Item: Sendable {
        let project: NormalizedName
        var selection: Selection
        /// Where it is wanted, for people: `requirements.txt, line 3`.
        let place: String
    }

    var items: [Item] = []
    /// What is listed and no index has: folders, addresses, repositories.
    var skipped: [String] = []
    /// What can't be understood, or can't be read.
    var failures: [String] = []
}

extension PrefetchList {
    /// Reads files and all that they include; what is wrong with them is in `failures`.
    init(files: [String]) {
        var reader = PrefetchListReader()
        for file in files { reader.read(file) }
        self = reader.list()
    }
}

/// Reads the files of a list one after the other, each once.
private struct PrefetchListReader {
    private var found = PrefetchList()
    /// Versions to which constraint files bind a project.
    private var constraints: [NormalizedName: [SpecifierSet]] = [:]
    private var seen: Set<String> = []

    mutating func read(_ path: String, isConstraint: Bool = false) {
        guard seen.insert(path).inserted else { return }
        let bytes: [UInt8]
        do throws(SmallFile.Failure) {
            // Lock files of large projects have a few megabytes.
            bytes = try SmallFile.read(path, limit: 64 << 20)
        } catch {
            found.failures.append("\(path) can't be read: \(error.message)")
            return
        }
        if path.hasSuffix(".toml") || path.hasSuffix(".lock") {
            readLock(bytes, path)
        } else {
            readRequirements(bytes, path, isConstraint: isConstraint)
        }
    }

    /// Returns the list, narrowed by the constraints.
    func list() -> PrefetchList {
        var list = found
        for index in list.items.indices {
            guard case .release(let specifiers, let hashes) = list.items[index].selection,
                let narrowing = constraints[list.items[index].project]
            else { continue }
            let clauses = ([specifiers] + narrowing).map(\.description).filter { !$0.isEmpty }
            guard let narrowed = SpecifierSet(clauses.joined(separator: ",")) else { continue }
            list.items[index].selection = .release(narrowed, hashes: hashes)
        }
        return list
    }

    private mutating func readLock(_ bytes: [UInt8], _ path: String) {
        do throws(LockFile.Malformed) {
            let lock = try LockFile.read(bytes, path)
            found.items += lock.items
            found.skipped += lock.skipped
        } catch {
            found.failures.append("\(path): \(error.reason)")
        }
    }

    private mutating func readRequirements(_ bytes: [UInt8], _ path: String, isConstraint: Bool) {
        guard let file = RequirementsFile(parsing: bytes) else {
            found.failures.append("\(path) is not text in UTF-8")
            return
        }
        for remark in file.remarks {
            let text = "\(path), \(remark)"
            switch remark.kind {
            case .ignoredOption: break
            case .notFromIndex: found.skipped.append(text)
            case .malformed: found.failures.append(text)
            }
        }
        for requirement in file.requirements {
            if isConstraint {
                constraints[requirement.name, default: []].append(requirement.specifiers)
            } else {
                found.items.append(
                    PrefetchList.Item(
                        project: requirement.name,
                        selection: .release(requirement.specifiers, hashes: requirement.hashes),
                        place: "\(path), line \(requirement.line)"))
            }
        }
        for inclusion in file.inclusions {
            guard !inclusion.path.contains("://") else {
                found.failures.append("\(path), line \(inclusion.line): a file at an address is not read; copy it here")
                continue
            }
            read(
                Self.joined(folderOf: path, inclusion.path), isConstraint: isConstraint || inclusion.isConstraint)
        }
    }

    /// Returns the path of an included file, which begins at the folder of the file that includes it.
    private static func joined(folderOf file: String, _ path: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return file[...slash] + path
    }
}
