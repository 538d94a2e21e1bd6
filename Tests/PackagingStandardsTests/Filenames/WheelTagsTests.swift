import PackagingStandards
import Testing

@Suite("Tags of wheels, read")
struct WheelTagsTests {
    private static func tags(_ tags: String) throws -> WheelTags {
        WheelTags(try #require(WheelFilename("a-1-\(tags).whl")))
    }

    static let interpreters: [(String, WheelTags.Interpreter)] = [
        ("py3", .any(version: "3")), ("py38", .any(version: "3.8")), ("cp313", .cpython(version: "3.13")),
        ("pp310", .pypy(version: "3.10")), ("graalpy311", .other(tag: "graalpy311")), ("ip27", .other(tag: "ip27")),
    ]

    @Test("say which interpreter", arguments: interpreters)
    func interpreter(tag: String, interpreter: WheelTags.Interpreter) throws {
        #expect(try Self.tags("\(tag)-none-any").interpreters == [interpreter])
    }

    static let abis: [(String, WheelTags.ABI)] = [
        ("none", .none), ("abi3", .stable), ("cp313", .cpython(version: "3.13")), ("cp37m", .cpython(version: "3.7")),
        ("cp313t", .freeThreaded(version: "3.13")), ("pypy310_pp73", .other(tag: "pypy310_pp73")),
        ("cp313d", .other(tag: "cp313d")),
    ]

    @Test("say which binary interface", arguments: abis)
    func abi(tag: String, abi: WheelTags.ABI) throws {
        #expect(try Self.tags("py3-\(tag)-any").abis == [abi])
    }

    static let platforms: [(String, WheelTags.Platform)] = [
        ("any", .any), ("manylinux_2_28_x86_64", .linux(glibc: "2.28", machine: "x86_64")),
        ("manylinux1_i686", .linux(glibc: "2.5", machine: "i686")),
        ("manylinux2010_x86_64", .linux(glibc: "2.12", machine: "x86_64")),
        ("manylinux2014_aarch64", .linux(glibc: "2.17", machine: "aarch64")),
        ("linux_armv7l", .linux(glibc: nil, machine: "armv7l")),
        ("musllinux_1_2_x86_64", .musl(version: "1.2", machine: "x86_64")),
        ("macosx_11_0_arm64", .macOS(version: "11.0", machine: "arm64")),
        ("macosx_10_9_universal2", .macOS(version: "10.9", machine: "universal2")),
        ("win32", .windows(machine: "x86")), ("win_amd64", .windows(machine: "amd64")),
        ("freebsd_13_amd64", .other(tag: "freebsd_13_amd64")), ("manylinux_x", .other(tag: "manylinux_x")),
        ("macosx_11", .other(tag: "macosx_11")),
    ]

    @Test("say which platform", arguments: platforms)
    func platform(tag: String, platform: WheelTags.Platform) throws {
        #expect(try Self.tags("py3-none-\(tag)").platforms == [platform])
    }

    @Test("come in the order of the name, each meaning once")
    func order() throws {
        let tags = try Self.tags("cp39.cp310-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64")
        #expect(tags.interpreters == [.cpython(version: "3.9"), .cpython(version: "3.10")])
        #expect(tags.platforms == [.linux(glibc: "2.17", machine: "x86_64")])
        #expect(tags.platformTags == ["manylinux_2_17_x86_64", "manylinux2014_x86_64"])
    }
}
