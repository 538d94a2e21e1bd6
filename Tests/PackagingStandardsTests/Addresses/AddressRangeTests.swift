import PackagingStandards
import Testing

@Suite("Ranges of addresses")
struct AddressRangeTests {
    @Test(
        "A range holds its addresses and no others",
        arguments: [
            ("10.0.0.1", "10.0.0.1", true), ("10.0.0.1", "10.0.0.2", false), ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.0", false), ("192.168.4.0/22", "192.168.7.255", true),
            ("192.168.4.0/22", "192.168.8.0", false), ("0.0.0.0/0", "8.8.8.8", true), ("0.0.0.0/0", "::1", false),
            ("fd00::/8", "fdff::1", true), ("fd00::/8", "fe00::1", false), ("::1", "::1", true),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("10.0.0.0/8", "::ffff:11.1.2.3", false),
            ("::ffff:10.1.2.3", "10.1.2.3", true), ("::/0", "::ffff:10.1.2.3", false),
            ("0.0.0.0/0", "::10.1.2.3", false),
            ("10.0.0.0/8", "unix", false),
        ])
    func ranges(range: String, address: String, isInside: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(address) == isInside)
    }

    @Test(
        "Other texts are no ranges",
        arguments: [
            "", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/08", "10.0.0.0/", "proxy", "::/129", "10.0.0.0/-1",
            "::ffff:10.0.0.0/104",
        ])
    func notRanges(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test("A range can be read by any of its addresses")
    func around() throws {
        #expect(try #require(AddressRange(around: "10.1.2.3/8")).contains("10.255.0.1"))
        #expect(try !#require(AddressRange(around: "10.1.2.3/8")).contains("11.0.0.0"))
        #expect(try #require(AddressRange(around: "10.1.2.3")).contains("10.1.2.3"))
        #expect(AddressRange(around: "10.1.2.3/33") == nil)
        #expect(AddressRange(around: "a/8") == nil)
    }

    @Test("An IPv4-mapped address is judged as the IPv4 address, and kept as it was written")
    func mapped() throws {
        let mapped = try #require(IPAddress("::ffff:127.0.0.1"))
        #expect(mapped.unmapped == IPAddress("127.0.0.1"))
        #expect(mapped.isLoopback)
        #expect(mapped.description == "::ffff:127.0.0.1")
        #expect(IPAddress("::127.0.0.1")?.unmapped == IPAddress("::127.0.0.1"))
        #expect(IPAddress("127.0.0.1\u{0}x") == nil)
    }
}
