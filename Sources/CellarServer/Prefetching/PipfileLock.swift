import FoundationEssentials
import PackagingStandards

/// Reads the releases that a `Pipfile.lock` lists: JSON, with a table of packages for each category.
enum PipfileLock {
    private struct Package: Decodable {
        let version: String?
        let hashes: [String]?
        let git: String?
        let path: String?
        let file: String?
        let editable: Bool?

        /// What it is, if it comes from no index.
        var place: String? {
            git != nil
                ? "a repository" : path != nil || editable == true ? "a folder" : file != nil ? "an address" : nil
        }
    }

    /// A category's packages; what stands beside them (`_meta`) has another form.
    private struct Category: Decodable {
        let packages: [String: Package]

        init(from decoder: any Decoder) throws {
            packages = try decoder.singleValueContainer().decode([String: Package].self)
        }
    }

    private struct Document: Decodable {
        var categories: [String: Category] = [:]

        private struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }

            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            for key in container.allKeys where key.stringValue != "_meta" {
                categories[key.stringValue] = try container.decode(Category.self, forKey: key)
            }
        }
    }

    static func read(_ bytes: [UInt8], _ path: String) throws(LockFile.Malformed) -> LockFile.Contents {
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(bytes))
        } catch {
            throw LockFile.Malformed(reason: "it is not a Pipfile.lock: \(error)")
        }
        var contents = LockFile.Contents()
        for (category, packages) in document.categories.sorted(by: { $0.key < $1.key }) {
            for (name, package) in packages.packages.sorted(by: { $0.key < $1.key }) {
                try add(package, named: name, "\(path), \(category): \(name)", to: &contents)
            }
        }
        return contents
    }

    private static func add(
        _ package: Package, named name: String, _ place: String, to contents: inout LockFile.Contents
    ) throws(LockFile.Malformed) {
        if let elsewhere = package.place {
            contents.skipped.append("\(place): it comes from \(elsewhere), not from an index")
            return
        }
        guard let project = NormalizedName(name), let specifiers = SpecifierSet(package.version ?? "") else {
            throw LockFile.Malformed(reason: "its package \(name) has no valid name or version")
        }
        let hashes = (package.hashes ?? []).compactMap { hash -> SimpleFile.Digest? in
            let parts = hash.split(separator: ":", maxSplits: 1).map(String.init)
            return parts.count == 2 ? SimpleFile.Digest(algorithm: parts[0], hex: parts[1].lowercased()) : nil
        }
        contents.items.append(
            PrefetchList.Item(project: project, selection: .release(specifiers, hashes: hashes), place: place))
    }
}
