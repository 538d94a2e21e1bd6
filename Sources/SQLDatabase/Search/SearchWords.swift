/// The words by which searches find projects.
enum SearchWords {
    /// The most words of one field of a project.
    static let mostOfField = 128
    /// The most Unicode scalars of a word; what follows is cut off.
    static let longest = 40

    /// Returns the words of a text, folded, each once, in its order: runs of letters and digits. Scripts that put no spaces
    /// between words give each two neighbours.
    static func words(of text: String, atMost limit: Int = mostOfField) -> [String] {
        var words: [String] = []
        var seen: Set<String> = []
        func add(_ word: some Sequence<Unicode.Scalar>) {
            let word = String(String.UnicodeScalarView(word))
            guard !word.isEmpty, words.count < limit, seen.insert(word).inserted else { return }
            words.append(word)
        }
        var word: [Unicode.Scalar] = []
        var isUnspaced = false
        func end() {
            defer { word.removeAll(keepingCapacity: true) }
            guard isUnspaced, word.count > 1 else { return add(word.prefix(longest)) }
            for place in 1..<word.count { add(word[(place - 1)...place]) }
        }
        for scalar in SearchText.folded(text).unicodeScalars {
            let unspaced = Self.isUnspaced(scalar)
            if !isPart(scalar) {
                end()
                continue
            }
            if unspaced != isUnspaced { end() }
            isUnspaced = unspaced
            word.append(scalar)
        }
        end()
        return words
    }

    /// Returns whether a scalar belongs to a word.
    private static func isPart(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return (0x30...0x39).contains(scalar.value) || (0x61...0x7A).contains(scalar.value)
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .decimalNumber, .letterNumber, .otherNumber:
            return true
        default: return false
        }
    }

    /// Returns whether a scalar belongs to a script without spaces: Han, Hiragana, Katakana, Thai, Lao, Khmer, Myanmar.
    private static func isUnspaced(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3040...0x30FF, 0x31F0...0x31FF, 0x3400...0x4DBF,
            0x4E00...0x9FFF, 0xF900...0xFAFF, 0xFF66...0xFF9F, 0x20000...0x3FFFF:
            true
        default: false
        }
    }
}

/// What a word was taken from.
enum WordField: Int64, CaseIterable {
    case name = 0
    case keywords = 1
    case summary = 2
    case authors = 3
}

/// Names that differ by one letter have a variant in common: one of them, or one of them without a character.
enum NameVariants {
    /// Longer names have none.
    static let longestName = 40

    /// Returns the digests of a name and of all that is left of it without one of its characters.
    static func digests(of name: String) -> [Int64] {
        let bytes = Array(name.utf8)
        guard (3...longestName).contains(bytes.count) else { return [] }
        var digests = [digest(bytes[...], without: nil)]
        for place in bytes.indices { digests.append(digest(bytes[...], without: place)) }
        var seen: Set<Int64> = []
        return digests.filter { seen.insert($0).inserted }
    }

    /// FNV-1a without its highest bit.
    private static func digest(_ bytes: ArraySlice<UInt8>, without place: Int?) -> Int64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for (position, byte) in bytes.enumerated() where position != place {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        return Int64(hash & 0x7FFF_FFFF_FFFF_FFFF)
    }

    /// Returns how many letters must be changed, added, left out or swapped with their neighbour to make one name of
    /// another; nil for more than `limit`.
    static func distance(_ left: String, _ right: String, limit: Int) -> Int? {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard abs(left.count - right.count) <= limit else { return nil }
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        var row = last
        for i in 1...left.count {
            row[0] = i
            for j in 1...right.count {
                let isSame = left[i - 1] == right[j - 1]
                row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (isSame ? 0 : 1))
                if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                    row[j] = min(row[j], beforeLast[j - 2] + 1)
                }
            }
            (beforeLast, last, row) = (last, row, beforeLast)
        }
        let distance = last[right.count]
        return distance <= limit ? distance : nil
    }
}

extension SQLConnection {
    /// Adds the variants by which searches find a name that is misspelt.
    func addNameVariants(of name: String, projectID: Int64, indexID: Int64) throws {
        for variant in NameVariants.digests(of: name) {
            try execute(
                """
                INSERT INTO name_variants (index_id, variant, project_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING
                """, .integer(indexID), .integer(variant), .integer(projectID))
        }
    }
}
