import PackagingStandards

extension ValueType where Value == String {
    /// The address of a service that is sent passwords: https, or on this machine; what is refused is not shown, since it
    /// may hold a password.
    static let authenticatorURL = text(
        "URL", expected: explanation, explain: { _ in "must be \(explanation)" }, write: { $0 }
    ) { text in
        guard let parts = WebAddressParts(text), parts.userInfo == nil, !parts.hasFragment,
            text.utf8.allSatisfy(ASCII.isVisible), let place = HostAndPort(parts.authority), place.hasStrictHost
        else { return nil }
        let isHere = place.host == "localhost" || IPAddress(String(place.host))?.isLoopback == true
        return parts.scheme == .https || isHere ? text : nil
    }

    private static let explanation =
        "an https address such as \"https://users.example.com/authenticate\", or one of http on a loopback address, "
        + "without user name, password and fragment"
}
