import PackagingStandards

extension ValueType where Value == ListenAddress {
    /// An address and a port to listen at.
    static let listenAddress = text(
        "address and port", expected: "an address and a port such as \"127.0.0.1:6543\" or \"[::1]:6543\"",
        write: { $0.description }
    ) { ListenAddress($0) }
}

extension ValueType where Value == AddressRange {
    /// An address, or a range of addresses.
    static let addressRange = text(
        "address or range", expected: "an address or a range such as \"10.0.0.1\" or \"10.0.0.0/8\"",
        write: { $0.description }
    ) { AddressRange($0) }
}

extension ValueType where Value == BaseURL {
    /// The address under which clients reach the server.
    static let baseURL = text(
        "URL", expected: "an address such as \"https://pypi.example.com\", without query or credentials",
        write: { $0.description }
    ) { BaseURL($0) }
}
