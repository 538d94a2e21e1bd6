public import PackagingStandards

/// Whether a file is yanked, and why (PEP 592).
public typealias Yanked = SimpleFile.Yanked
