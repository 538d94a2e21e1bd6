import PackagingStandards
import Registry

/// The project that somebody manages, as its pages show it to them.
struct ManagedProject {
    let index: IndexName
    let name: NormalizedName
    /// Nil if the index has none of this name, or does not show it.
    let record: ProjectRecord?
    /// What the visitor may do with it, and why.
    let rights: [ExplainedRight]

    /// The address of its page below `/`.
    var path: String { "\(index)/projects/\(name)/manage" }

    /// Reads it. Throws what is answered for a project that the visitor may not know of.
    init(_ name: NormalizedName, in index: IndexName, _ registry: RegistryServices, _ caller: Caller) async throws {
        self.index = index
        self.name = name
        rights = try await registry.granting.ownRights(on: name, in: index, caller: caller)
        do {
            record = try await registry.management.project(name, in: index, caller: caller)
        } catch let error as RegistryError where error.code == .notFound {
            record = nil
        }
    }

    func holds(_ right: Right) -> Bool { rights.contains { $0.right == right && $0.isHeld } }

    /// Returns why the visitor may not do what takes a right.
    func whyNot(_ right: Right, _ visit: PageVisit) -> Block {
        let reason = rights.first { $0.right == right }?.reason ?? .nothing
        return .why(
            visit.text(
                "manage.mayNot",
                ["right": right.rawValue, "reason": RightWords.reason(reason, for: right, visit)]))
    }

    /// The releases, the last first, with their files.
    var releases: [(version: String, files: [FileRecord])] {
        guard let record else { return [] }
        var releases: [(version: String, files: [FileRecord])] = []
        for file in record.files.reversed() {
            if releases.last?.version == file.version {
                releases[releases.count - 1].files.insert(file, at: 0)
            } else {
                releases.append((file.version, [file]))
            }
        }
        return releases
    }

    /// Returns the files of a target.
    func files(of selection: FileTarget.Selection) -> [FileRecord] {
        guard let record else { return [] }
        return switch selection {
        case .file(let filename): record.files.filter { $0.filename == filename }
        case .release(let version): record.files.filter { Version($0.version) == version }
        case .project: record.files
        }
    }

    /// Returns the words of a command that name this project's index, and a target.
    func options(_ selection: FileTarget.Selection = .project) -> [String] {
        let target =
            switch selection {
            case .file(let filename): ["--file", filename]
            case .release(let version): ["--version", version.description]
            case .project: [String]()
            }
        return target + (index == .main ? [] : ["--index", index.description])
    }
}

/// A form on the page of a project that did nothing: what was typed, and what is wrong.
struct Attempt {
    /// The anchor of the part with the form.
    let part: String
    let form: SentForm
    let problem: String

    /// Returns what is wrong if the form is the one of a part.
    static func problem(_ attempt: Attempt?, in part: String) -> String? {
        attempt.flatMap { $0.part == part ? $0.problem : nil }
    }

    /// Returns what was typed into a field of a part's form.
    static func value(_ attempt: Attempt?, _ field: String, in part: String) -> String {
        attempt.flatMap { $0.part == part ? $0.form[field] : nil } ?? ""
    }
}
