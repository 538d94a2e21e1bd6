import PackagingStandards
import Registry

/// Which files of a release somebody wants to see, by the tags in their names.
struct FileFilter {
    /// A field of the filter with its choices.
    struct Field {
        struct Choice {
            let value: String
            let isChosen: Bool
        }

        /// The name of the parameter.
        let name: String
        let label: String
        let choices: [Choice]
    }

    let python: String
    let abi: String
    let platform: String

    /// Reads the parameters of a page's address.
    init(_ visit: PageVisit) {
        func value(_ name: String) -> String {
            visit.place?.query.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) } ?? ""
        }
        python = value("python")
        abi = value("abi")
        platform = value("platform")
    }

    var isEmpty: Bool { python.isEmpty && abi.isEmpty && platform.isEmpty }

    /// Returns whether a file is wanted. Source distributions and older kinds have no tags: they are wanted without a filter.
    func includes(_ file: DetailedFile) -> Bool {
        guard !isEmpty else { return true }
        guard case .wheel(let tags) = file.kind else { return false }
        return (python.isEmpty || tags.pythonTags.contains(python)) && (abi.isEmpty || tags.abiTags.contains(abi))
            && (platform.isEmpty || tags.platformTags.contains(platform))
    }

    /// Returns the fields that let somebody choose among files; none if there is nothing to choose.
    func fields(for files: [DetailedFile], visit: PageVisit) -> [Field] {
        let tags = files.compactMap { file in
            if case .wheel(let tags) = file.kind { tags } else { nil }
        }
        let fields = [
            field("python", visit.text("files.filter.python"), tags.flatMap(\.pythonTags), chosen: python),
            field("abi", visit.text("files.filter.abi"), tags.flatMap(\.abiTags), chosen: abi),
            field("platform", visit.text("files.filter.platform"), tags.flatMap(\.platformTags), chosen: platform),
        ]
        return fields.contains { $0.choices.count > 1 } ? fields : []
    }

    private func field(_ name: String, _ label: String, _ values: [String], chosen: String) -> Field {
        Field(
            name: name, label: label,
            choices: Set(values).sorted().map { Field.Choice(value: $0, isChosen: $0 == chosen) })
    }
}
