/// The paths of addresses: without `.` and `..` segments (RFC 3986 §5.2.4), and percent-encoded.
enum AddressPath {
    /// Appends a path and query to an address, without `.` and `..` segments.
    ///
    /// - Parameters:
    ///   - reference: The path and query, without a fragment.
    ///   - kept: Which bytes are written as they are.
    ///   - address: What has been written so far: up to the last slash of a folder, or all that precedes a path.
    ///   - floor: Where the path of the address begins; nothing before it is dropped.
    static func append(
        _ reference: UnsafeRawBufferPointer, keeping kept: PercentCoding.Kept, to address: inout [UInt8], floor: Int
    ) {
        let slash = UInt8(ascii: "/")
        let pathEnd = end(of: reference, from: 0)
        var start = 0
        if address.count == floor {
            address.append(slash)
            if reference.first == slash { start = 1 }
        }
        while start < pathEnd {
            let end = min(reference.firstIndex(of: slash, from: start) ?? pathEnd, pathEnd)
            let segment = reference[part: start..<end]
            if segment.isEqual(to: "..") {
                dropLastSegment(of: &address, floor: floor)
            } else if !segment.isEqual(to: ".") {
                PercentCoding.append(segment, keeping: kept, to: &address)
                if end < pathEnd { address.append(slash) }
            }
            start = end + 1
        }
        PercentCoding.append(reference[part: pathEnd..<reference.count], keeping: kept, to: &address)
    }

    /// Returns where the path that begins at `start` ends: at a query, a fragment, or the end.
    static func end(of reference: UnsafeRawBufferPointer, from start: Int) -> Int {
        reference[start...].firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? reference.count
    }

    /// Drops the last segment of a path that ends with a slash, and keeps a slash at the end.
    private static func dropLastSegment(of address: inout [UInt8], floor: Int) {
        guard address.count > floor + 1 else { return }
        address.removeLast()
        while address.count > floor + 1, address.last != UInt8(ascii: "/") { address.removeLast() }
    }
}
