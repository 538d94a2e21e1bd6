import PackagingStandards
import Testing

@Suite struct WheelFilenameTests {
    @Test("Every wheel is read as packaging reads it")
    func agreesWithPackaging() throws {
        var differences = Differences()
        for answer in try PackagingOracle.shared.get().wheelAnswers {
            guard let wheel = WheelFilename(answer.filename) else {
                differences.compare(answer.filename, "invalid", expected: answer.name)
                continue
            }
            let said = [wheel.name.description, wheel.version.description, wheel.build?.description ?? "none"]
            differences.compare(
                answer.filename, said, expected: [answer.name, answer.version, answer.build ?? "none"])
            differences.compare(
                answer.filename, wheel.tags.map(\.description).joined(separator: " "), expected: answer.tags)
        }
        differences.expectNone(atLeast: 150_000)
    }

    @Test("A name that packaging refuses is refused")
    func refusesWithPackaging() throws {
        let oracle = try PackagingOracle.shared.get()
        var differences = Differences()
        for filename in oracle.invalidFilenames + oracle.sdists.map({ $0[0] }) {
            differences.compare(filename, WheelFilename(filename)?.filename, expected: nil)
        }
        differences.expectNone(atLeast: 10_000)
    }

    @Test("A wheel's name has its parts, as written and normalized")
    func parts() throws {
        let wheel = try #require(WheelFilename("Foo.Bar-1.0.0-007_a-CP39.cp38-abi3-manylinux1_x86_64.Linux_x86_64.whl"))
        #expect(wheel.rawName == "Foo.Bar")
        #expect(wheel.name.description == "foo-bar")
        #expect(wheel.rawVersion == "1.0.0")
        #expect(wheel.version == Version("1"))
        #expect(wheel.build?.number == 7)
        #expect(wheel.build?.suffix == "_a")
        #expect(wheel.pythonTags == ["cp39", "cp38"])
        #expect(wheel.abiTags == ["abi3"])
        #expect(wheel.platformTags == ["manylinux1_x86_64", "linux_x86_64"])
        #expect(wheel.tags.count == 4)
        #expect(wheel.tags.first?.description == "cp38-abi3-linux_x86_64")
    }

    @Test(
        "Malformed and hostile names are refused",
        arguments: [
            "", ".whl", "foo.whl", "foo-1.0.whl", "foo-1.0-py3-none.whl", "foo-1.0-py3-none-any.WHL",
            "foo-1.0-py3-none-any.zip", "foo-1.0-1-2-py3-none-any.whl", "foo-x-py3-none-any.whl",
            "foo-1.0-a1-py3-none-any.whl", "foo__bar-1.0-py3-none-any.whl", "_foo-1.0-py3-none-any.whl",
            "foo_-1.0-py3-none-any.whl", "-1.0-py3-none-any.whl", "foo-1.0--none-any.whl", "foo-1.0-py3-none-.whl",
            "foo-1.0-py2..py3-none-any.whl", "foo-1.0-py3.-none-any.whl", "../foo-1.0-py3-none-any.whl",
            "foo/../bar-1.0-py3-none-any.whl", "foo-1.0-py3-none-any\u{0}.whl", "foo\\bar-1.0-py3-none-any.whl",
            "f\u{F6}\u{F6}-1.0-py3-none-any.whl", "\u{FF46}oo-1.0-py3-none-any.whl", "foo-1.0 -py3-none-any.whl",
            "foo-1.0-py3-none-any.whl\n", "foo-%31.0-py3-none-any.whl", ".foo-1.0-py3-none-any.whl",
            "foo+bar-1.0-py3-none-any.whl",
        ])
    func refused(_ filename: String) {
        #expect(WheelFilename(filename) == nil)
    }

    @Test("Build tags are ordered by number, then suffix")
    func buildOrder() throws {
        let builds = ["10", "2", "2b", "2a", "1"].map { WheelFilename("foo-1.0-\($0)-py3-none-any.whl")?.build }
        #expect(builds.compactMap(\.self).sorted().map(\.description) == ["1", "2", "2a", "2b", "10"])
    }
}
