import PackagingStandards
import Testing

@Suite("Requirements of distributions")
struct DependencyRequirementTests {
    struct Case: CustomStringConvertible, Sendable {
        let text: String
        let name: String
        var requested: [String] = []
        var specifiers = ""
        var marker: String?
        var extras: [String] = []

        var description: String { text }
    }

    static let cases = [
        Case(text: "requests", name: "requests"), Case(text: "  Zope.Interface ", name: "zope-interface"),
        Case(text: "requests>=2,<3", name: "requests", specifiers: ">=2,<3"),
        Case(text: "requests (>=2)", name: "requests", specifiers: ">=2"),
        Case(
            text: "requests [security, socks] >= 2.8.1 , == 2.8.*", name: "requests", requested: ["security", "socks"],
            specifiers: ">= 2.8.1 , == 2.8.*"),
        Case(
            text: "colorama; sys_platform == \"win32\"", name: "colorama", marker: "sys_platform == \"win32\""),
        Case(text: "pytest; extra == 'test'", name: "pytest", extras: ["test"]),
        Case(text: "pytest>=7 ; extra==\"Test_It\"", name: "pytest", specifiers: ">=7", extras: ["test-it"]),
        Case(
            text: "a; python_version < '3.9' and extra == 'x'", name: "a", marker: "python_version < '3.9'",
            extras: ["x"]),
        Case(
            text: "a; extra == 'x' and python_version < '3.9'", name: "a", marker: "python_version < '3.9'",
            extras: ["x"]),
        Case(text: "a; extra == 'x' or extra == 'y'", name: "a", extras: ["x", "y"]),
        Case(
            text: "a; (python_version < '3.9' or os_name == 'nt') and (extra == 'x')", name: "a",
            marker: "python_version < '3.9' or os_name == 'nt'", extras: ["x"]),
        Case(text: "a; 'x' == extra", name: "a", marker: "'x' == extra"),
        Case(
            text: "a @ https://example.com/a;b.zip ; os_name == 'nt'", name: "a",
            specifiers: "@ https://example.com/a;b.zip", marker: "os_name == 'nt'"),
        Case(text: "a;", name: "a"), Case(text: "a ;; b", name: "a", marker: "; b"),
        Case(text: "a; extra == ", name: "a", marker: "extra =="),
        Case(text: "a; ((((((extra == 'x'", name: "a", extras: ["x"]),
    ]

    @Test("are read with what is said of extras", arguments: cases)
    func reads(wanted: Case) throws {
        let requirement = try #require(DependencyRequirement(wanted.text))
        #expect(requirement.text == wanted.text)
        #expect(requirement.name.description == wanted.name)
        #expect(requirement.requestedExtras == wanted.requested)
        #expect(requirement.specifiers == wanted.specifiers)
        #expect(requirement.marker == wanted.marker)
        #expect(requirement.extras == wanted.extras)
    }

    @Test("begin with the name of a project", arguments: ["", " ", ">=1", "@ https://a", "-a", "[x]", "é"])
    func refuses(text: String) {
        #expect(DependencyRequirement(text) == nil)
    }

    @Test("that are long take no long time")
    func long() {
        let start = ContinuousClock.now
        for text in [
            "a; " + String(repeating: "extra == 'x' or ", count: 5_000), "a; " + String(repeating: "(", count: 100_000),
            "a; " + String(repeating: "extra", count: 20_000), "a; " + String(repeating: "extra == '", count: 10_000),
        ] {
            #expect(DependencyRequirement(text) != nil)
        }
        #expect(ContinuousClock.now - start < .seconds(20))
    }
}
