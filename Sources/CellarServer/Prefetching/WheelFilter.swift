import PackagingStandards

/// Which wheels are wanted, by their tags; source distributions always are, and eggs and installers never.
struct WheelFilter: Sendable {
    /// Words in platform tags; empty for every platform.
    let platforms: [String]
    /// Python tags; empty for every Python.
    let pythons: [String]

    /// Returns whether a file is wanted.
    func takes(_ file: DistributionFilename) -> Bool {
        switch file {
        case .wheel(let wheel): takesPlatform(wheel) && takesPython(wheel)
        case .sourceDistribution: true
        case .older(let older): older.packageType == "sdist"
        }
    }

    private func takesPlatform(_ wheel: WheelFilename) -> Bool {
        guard !platforms.isEmpty else { return true }
        return wheel.platformTags.contains { tag in tag == "any" || platforms.contains { tag.contains($0) } }
    }

    /// Returns whether a wheel is wanted by its Python tags. One for every Python 3, or of the stable interface
    /// (`cp38-abi3`), serves later Pythons too.
    private func takesPython(_ wheel: WheelFilename) -> Bool {
        guard !pythons.isEmpty else { return true }
        return wheel.abiTags.contains("abi3")
            || wheel.pythonTags.contains { $0.hasPrefix("py3") || pythons.contains($0) }
    }
}
