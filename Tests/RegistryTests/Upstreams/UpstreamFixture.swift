import NIOCore
import PackagingStandards
import Registry
import RegistryTestSupport
import Synchronization

/// A clock that a test moves.
final class TestClock: Sendable {
    private let moment = Mutex(Timestamp(microseconds: 1_790_000_000_000_000))

    var now: Timestamp { moment.withLock { $0 } }
    var clock: WallClock { WallClock { self.now } }

    func advance(seconds: Int64) {
        moment.withLock { $0 = $0.adding(microseconds: seconds * 1_000_000) }
    }
}

/// A file of an upstream: its page's line, and its bytes.
struct UpstreamSample: Sendable {
    let file: SimpleFile
    let bytes: ByteBuffer

    /// A wheel of a project, uploaded a year before the test's clock begins.
    init(
        _ name: String, _ version: String, host: String = "files.example", hashes: Bool = true,
        uploadTime: Timestamp? = Timestamp(microseconds: 1_758_000_000_000_000), yanked: Yanked = .no,
        coreMetadata: SimpleFile.CoreMetadata = .none
    ) throws {
        let wheel = WheelBuilder(name: name, version: version)
        bytes = ByteBuffer(bytes: try wheel.build())
        file = SimpleFile(
            filename: wheel.filename, url: "https://\(host)/\(wheel.filename)",
            sha256: hashes ? SHA256Digest(hashing: bytes).description : nil, size: nil, uploadTime: uploadTime,
            yanked: yanked, coreMetadata: coreMetadata)
    }
}

extension UpstreamSample {
    /// A wheel of these very bytes.
    init(wheel filename: String, _ bytes: ByteBuffer) throws {
        self.init(
            file: SimpleFile(
                filename: filename, url: "https://files.example/\(filename)",
                sha256: SHA256Digest(hashing: bytes).description, size: nil,
                uploadTime: Timestamp(microseconds: 1_758_000_000_000_000)),
            bytes: bytes)
    }

    init(file: SimpleFile, bytes: ByteBuffer) {
        self.file = file
        self.bytes = bytes
    }
}

extension InMemoryUpstream {
    /// Lists files on a project's page, and serves their bytes.
    func serve(_ name: String, _ samples: [UpstreamSample], entityTag: String? = nil, freshFor: Int64 = 0) {
        for sample in samples { set(sample.bytes, at: sample.file.url) }
        set(
            SimpleProjectPage(name: name, files: samples.map(\.file), versions: [], lastSerial: 0),
            entityTag: entityTag, freshFor: freshFor)
    }
}

extension IndexSettings {
    /// An index that caches what an upstream has.
    static func caching(
        _ name: IndexName = .main, _ upstreams: [UpstreamReference] = [.remote("pypi")], fallback: Fallback = .cache,
        access: AccessLists = AccessLists(), mirrored: Set<NormalizedName> = [], privateNames: [NamePattern] = [],
        policy: IndexPolicy = IndexPolicy()
    ) -> IndexSettings {
        IndexSettings(
            name: name, access: access, fallback: fallback, upstreams: upstreams, mirrored: mirrored,
            privateNames: privateNames, policy: policy)
    }
}

/// A project's page as a client reads it.
struct ReadPage: Sendable {
    let page: SimpleProjectPage

    /// Reads the page of a project in an index; nil if it is unknown.
    init?(
        _ name: String, of registry: RegistryServices, in index: IndexName = .main, caller: Caller = .anonymous
    ) async throws {
        let project = try projectName(name)
        do {
            guard
                case .page(let page) = try await registry.pages.project(
                    project, format: .json, in: index, caller: caller)
            else { return nil }
            self.page = try SimplePageReader(
                pageURL: "http://cellar.test/\(index)/simple/\(project)/", maxFiles: 10_000
            ).json(page.identity.bytes)
        } catch let error as RegistryError where error.code == .notFound {
            return nil
        }
    }

    var filenames: [String] { page.files.map(\.filename) }
}

/// A name that a test spells right.
func projectName(_ text: String) throws -> NormalizedName {
    guard let name = NormalizedName(text) else { throw RegistryError(.internal, "\(text) is no project's name") }
    return name
}
