import PackagingStandards
import Testing

@testable import UpstreamHTTP

@Suite("Addresses of machines")
struct ForbiddenAddressesTests {
    @Test(
        "of this machine, private networks and nobody are forbidden, however they are wrapped",
        arguments: [
            "0.0.0.0", "0.255.0.1", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
            "127.255.255.255", "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.168.0.1", "224.0.0.1",
            "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:10.0.0.1", "::10.0.0.1",
            "::ffff:0:10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "2002:0a00:0001::1", "2001::1", "fc00::1",
            "fdff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "100::1",
        ])
    func forbidden(_ text: String) throws {
        #expect(try #require(IPAddress(text)).isForbidden)
    }

    @Test(
        "of others are free, those for documentation too",
        arguments: [
            "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.0.0.1", "128.0.0.1",
            "172.15.255.255", "172.32.0.0", "192.0.2.1", "198.51.100.1", "203.0.113.1", "223.255.255.255",
            "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:0101:0101::1", "2001:db8::1", "2606:4700::1", "2a04:4e42::223",
        ])
    func free(_ text: String) throws {
        #expect(try !#require(IPAddress(text)).isForbidden)
    }

    @Test(
        "are recognised in every notation that systems read, without asking anybody",
        arguments: ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001"])
    func notations(_ text: String) {
        #expect(AddressLookup.literal(text) == IPAddress(bytes: [127, 0, 0, 1]))
        #expect(AddressLookup.literal("files.example") == nil)
    }
}
