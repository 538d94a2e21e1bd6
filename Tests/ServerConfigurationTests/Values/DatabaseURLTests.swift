import FoundationEssentials
import Testing

@testable import ServerConfiguration

@Suite("The address of a PostgreSQL database")
struct DatabaseURLTests {
    @Test(
        "is shown without what may be a password",
        arguments: [
            ("postgres://cellar:hunter2@db/cellar", "postgres://cellar@db/cellar"),
            ("postgresql://cellar@db:5432/cellar", "postgresql://cellar@db:5432/cellar"),
            ("postgresql://db", "postgresql://db"),
            ("postgresql://c:hunter%402@a,b/c?sslmode=require", "postgresql://c@a,b/c?sslmode=require"),
            (
                "postgresql://db/c?password=hunter2&sslmode=require&sslpassword=hunter2",
                "postgresql://db/c?password=(hidden)&sslmode=require&sslpassword=(hidden)"
            ),
            ("postgresql://db/c?%70assword=hunter2", "postgresql://db/c?%70assword=(hidden)"),
        ])
    func shown(_ text: String, _ shown: String) throws {
        let url = try #require(DatabaseURL(text))
        #expect(url.reveal() == text)
        #expect("\(url)" == shown)
        var dumped = ""
        dump(url, to: &dumped)
        #expect(!dumped.contains("hunter"))
    }

    @Test(
        "is refused if a part of the password would be taken for something else",
        arguments: [
            "postgres://cellar:hun@ter2@db/cellar", "postgres://cellar:hun/ter2@db/cellar",
            "postgres://cellar:hun?ter2@db/cellar", "postgres://cellar:hun ter2@db/cellar", "mysql://db/cellar",
        ])
    func refused(_ text: String) {
        #expect(DatabaseURL(text) == nil)
        #expect(DatabaseURL.problem(with: text)?.contains("ter2") != true)
    }

    @Test("comes from the file, from a file of its own, or from the environment")
    func places() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("cellar-\(UUID())").path()
        defer { try? FileManager.default.removeItem(atPath: file) }
        try Data("postgresql://cellar:hunter2@db/cellar\n".utf8).write(to: URL(filePath: file))
        let fromFile = try ServerConfiguration.read("[database]\nurl_file = \"\(file)\"")
        let written = try ServerConfiguration.read(
            "[database]\nurl = \"postgresql://cellar:hunter2@db/cellar\"\npool_size = 20\nstatement_timeout = \"5s\"")
        let environment = try ServerConfiguration.read(
            "[database]\nurl_file = \"/nonexistent\"",
            environment: ["CELLAR_DATABASE_URL": "postgresql://cellar:hunter2@db/cellar"])
        for configuration in [fromFile, written, environment] {
            guard case .postgresql(let url) = configuration.database else {
                Issue.record("\(configuration.database)")
                continue
            }
            #expect(url.reveal() == "postgresql://cellar:hunter2@db/cellar")
            #expect(!configuration.describe().contains("hunter2"))
            #expect(configuration.describe().contains("postgresql://cellar@db/cellar"))
        }
        #expect(written.databaseConnections.poolSize == 20)
        #expect(written.databaseConnections.statementTimeout == .seconds(5))
    }
}
