extension Version: Comparable {
    public static func == (left: Version, right: Version) -> Bool {
        left.epoch == right.epoch
            && left.releaseWithoutTrailingZeros == right.releaseWithoutTrailingZeros
            && left.pre == right.pre && left.post == right.post && left.dev == right.dev
            && left.localSegments == right.localSegments
    }

    public static func < (left: Version, right: Version) -> Bool {
        if left.epoch != right.epoch { return left.epoch < right.epoch }
        for index in 0..<max(left.release.count, right.release.count) {
            let leftNumber = index < left.release.count ? left.release[index] : 0
            let rightNumber = index < right.release.count ? right.release[index] : 0
            if leftNumber != rightNumber { return leftNumber < rightNumber }
        }
        if left.stage != right.stage { return left.stage < right.stage }
        if let leftPre = left.pre, let rightPre = right.pre, leftPre.number != rightPre.number {
            return leftPre.number < rightPre.number
        }
        if left.post != right.post { return isBefore(left.post, right.post, whereMissing: .first) }
        if left.dev != right.dev { return isBefore(left.dev, right.dev, whereMissing: .last) }
        return left.localSegments.lexicographicallyPrecedes(right.localSegments)
    }

    /// How far a release with the same numbers has come: development only, alpha, beta, candidate, final.
    private var stage: Int {
        if let pre { return pre.phase.rank }
        return post == nil && dev != nil ? -1 : 3
    }

    private enum Place {
        case first
        case last
    }

    private static func isBefore(_ left: VersionNumber?, _ right: VersionNumber?, whereMissing place: Place) -> Bool {
        guard let left else { return right != nil && place == .first }
        guard let right else { return place == .last }
        return left < right
    }
}

extension Version: Hashable {
    public func hash(into hasher: inout Hasher) {
        hasher.combine(epoch)
        hasher.combine(releaseWithoutTrailingZeros)
        hasher.combine(pre)
        hasher.combine(post)
        hasher.combine(dev)
        hasher.combine(localSegments)
    }
}
