import PackagingStandards

/// A version as text whose bytes sort as PEP 440 orders versions; equal versions have equal keys.
///
/// Epoch, release (ended by `!`), pre-release, post-release, development release and local label follow each other. A
/// number is its count of digits (`A` for one, `B` for two…) and its digits, so that longer numbers come later.
enum VersionKey {
    static func text(of version: Version) -> String {
        var key = number(version.epoch.description)
        let release = version.release.map(\.description)
        let significant = release.lastIndex { $0 != "0" }.map { release[...$0] } ?? []
        for part in significant { key += number(part) }
        return key + "!" + preRelease(version) + postRelease(version) + development(version) + local(version)
    }

    // PEP 440: a development release of no other kind comes before the pre-releases, a final one after them.
    private static func preRelease(_ version: Version) -> String {
        guard let pre = version.pre else {
            return version.post == nil && version.dev != nil ? "0" : "4"
        }
        let phase = pre.description.prefix { !$0.isNumber }
        let rank = phase == "a" ? "1" : phase == "b" ? "2" : "3"
        return rank + number(String(pre.description.dropFirst(phase.count)))
    }

    private static func postRelease(_ version: Version) -> String {
        guard let post = version.post else { return "0" }
        return "1" + number(post.description)
    }

    private static func development(_ version: Version) -> String {
        guard let dev = version.dev else { return "1" }
        return "0" + number(dev.description)
    }

    // Segments of letters come before numbers, and a label before the longer one that it begins.
    private static func local(_ version: Version) -> String {
        guard let local = version.local else { return "" }
        return local.split(separator: ".").map { segment in
            segment.utf8.allSatisfy(ASCII.isDigit) ? "n" + number(String(segment)) : "a\(segment)!"
        }.joined()
    }

    private static func number(_ digits: String) -> String {
        let count = digits.utf8.count
        guard count > 25 else {
            return String(UnicodeScalar(UInt8(0x40 + count))) + digits
        }
        let length = String(count)
        return "Z" + String(repeating: "0", count: 9 - min(9, length.utf8.count)) + length + digits
    }
}
