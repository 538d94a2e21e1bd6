import PackagingStandards
import Testing

@Suite("Projects with specifiers")
struct ProjectRequirementTests {
    static let valid: [(text: String, description: String)] = [
        ("litellm", "litellm"), (" Foo.Bar ", "foo-bar"), ("litellm>=1.82,<1.83", "litellm<1.83,>=1.82"),
        ("foo (>=1.0, !=1.5)", "foo!=1.5,>=1.0"), ("foo ==1.*", "foo==1.*"), ("foo~=1.4.2", "foo~=1.4.2"),
        ("foo===weird", "foo===weird"), ("foo()", "foo"), ("3to2==1", "3to2==1"), ("foo>=1,", "foo>=1"),
    ]

    @Test("Names and specifiers are read, in the spellings that people use", arguments: valid)
    func reading(text: String, description: String) throws {
        let requirement = try #require(ProjectRequirement(text))
        #expect(requirement.description == description)
        #expect(ProjectRequirement(requirement.description) == requirement)
    }

    @Test(
        "What is anything else is not read",
        arguments: [
            "", " ", ">=1", "foo[extra]", "foo; python_version < '3'", "foo @ https://h/x.whl", "foo>=", "foo=1.0",
            "foo bar", "-foo", "foo-", "foo (>=1", "foo >=1)", "foo,bar", "fö", "foo>=1 <2", "foo*",
        ])
    func refused(text: String) {
        #expect(ProjectRequirement(text) == nil)
    }

    @Test("A version is meant if all specifiers accept it, pre-releases like any other")
    func containing() throws {
        let bad = try #require(ProjectRequirement("litellm>=1.82,<1.83"))
        for text in ["1.82", "1.82.0", "1.82.7", "1.82.7rc1", "1.82.post1", "1.82.8+local"] {
            #expect(bad.contains(try #require(Version(text))), "\(text)")
        }
        for text in ["1.81.9", "1.83", "1.83.1", "2.0", "1.82rc1", "1!1.82"] {
            #expect(!bad.contains(try #require(Version(text))), "\(text)")
        }
        let all = try #require(ProjectRequirement("litellm"))
        for text in ["0", "1.0rc1", "1!5.dev3"] { #expect(all.contains(try #require(Version(text)))) }
    }
}
