import PackagingStandards
import Registry

extension PageVisit {
    /// Says what a file is, and for whom.
    func words(for kind: FileKind) -> String {
        switch kind {
        case .sourceDistribution: return text("files.sdist")
        case .other(let type): return text("files.other", ["type": type])
        case .wheel(let tags):
            let parts =
                tags.interpreters.map(words(for:)) + tags.abis.compactMap(words(for:))
                + tags.platforms.map(words(for:))
            return parts.joined(separator: text("files.join"))
        }
    }

    private func words(for interpreter: WheelTags.Interpreter) -> String {
        switch interpreter {
        case .any(let version): "Python \(version)"
        case .cpython(let version): "CPython \(version)"
        case .pypy(let version): "PyPy \(version)"
        case .other(let tag): tag
        }
    }

    private func words(for abi: WheelTags.ABI) -> String? {
        switch abi {
        case .none, .cpython: nil
        case .stable: text("files.abi.stable")
        case .freeThreaded: text("files.abi.freeThreaded")
        case .other(let tag): tag
        }
    }

    private func words(for platform: WheelTags.Platform) -> String {
        switch platform {
        case .any: text("files.platform.any")
        case .linux(let glibc?, let machine): "Linux \(machine) (glibc ≥ \(glibc))"
        case .linux(nil, let machine): "Linux \(machine)"
        case .musl(let version, let machine): "Linux \(machine) (musl ≥ \(version))"
        case .macOS(let version, let machine): "macOS ≥ \(version) (\(machine))"
        case .windows(let machine): "Windows \(machine)"
        case .other(let tag): tag
        }
    }
}

/// What a file is, as the index knows it.
typealias FileKind = DetailedFile.Kind
