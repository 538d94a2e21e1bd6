import PackagingStandards
import Registry
import Testing

@testable import ServerConfiguration

@Suite("Reading a configuration")
struct ServerConfigurationTests {
    @Test("Without a file everything has its default")
    func defaults() throws {
        let configuration = try ServerConfiguration.read("")
        let server = configuration.server
        #expect(server.listen.description == "127.0.0.1:6543")
        #expect(server.baseURL == nil)
        #expect(server.dataDirectory == "cellar-data")
        #expect(server.spoolDirectory == "cellar-data/spool")
        #expect(server.spoolSize == 16 << 30)
        #expect(server.trustedProxies.isEmpty)
        #expect(server.tls == nil)
        #expect(server.loops == nil)
        #expect(server.shutdownTimeout == .seconds(30))
        #expect(server.idleTimeout == .seconds(60))
        #expect(server.uploadIdleTimeout == .seconds(60))
        #expect(server.maxUploadTime == .seconds(3600))
        #expect(server.pageCacheSize == 64 << 20)
        #expect(server.logsAccess)
        #expect(server.logLevel == .info)
        #expect(server.logFormat == .auto)
        #expect(server.adminPassword == nil)
        #expect(!server.rebuildsOnEmpty)
        #expect(configuration.database == .sqlite(path: "cellar-data/cellar.db"))
        #expect(configuration.storage == .folder(path: "cellar-data/files"))
        #expect(configuration.downloads == .stream)
        #expect(configuration.groups.isEmpty)
        #expect(configuration.indexes.map(\.name) == [.main])
    }

    @Test("An index without keys is as the domain's defaults say")
    func indexDefaults() throws {
        let index = try #require(try ServerConfiguration.read("[index.main]").indexes.first)
        #expect(index.access == AccessLists())
        #expect(index.allowsOverwrite == false)
        #expect(index.maxFileSize == IndexSettings(name: .main).maxFileSize)
        #expect(index.archiveLimits == IndexSettings(name: .main).archiveLimits)
        #expect(index.fallback == .cache)
        #expect(index.upstreams == [.remote("pypi")])
        #expect(index.mirrored.isEmpty)
        #expect(index.privateNames.isEmpty)
        #expect(index.policy == IndexPolicy())
        #expect(index.cacheQuota == nil)
    }

    @Test("Every key can be written")
    func everything() throws {
        let configuration = try ServerConfiguration.read(
            """
            [server]
            listen = "[::]:8080"
            base_url = "https://pypi.example.com/"
            data_dir = "/srv/cellar"
            spool_dir = "/tmp/spool"
            spool_size = "50GiB"
            trusted_proxies = ["10.0.0.0/8", "::1"]
            loops = 2
            shutdown_timeout = "5s"
            idle_timeout = "2m"
            upload_idle_timeout = "10s"
            max_upload_time = "1d"
            page_cache_size = "0"
            access_log = false
            log_level = "debug"
            log_format = "json"
            admin_password = "hunter2hunter2"
            rebuild_on_empty = true
            [database]
            url = "sqlite:///var/lib/c.db"
            [storage]
            url = "file:blobs"
            downloads = "stream"
            [index.team-a]
            read = ["authenticated", "user:eve"]
            write = ["group:devs"]
            create = ["group:owners"]
            delete = ["group:owners"]
            overwrite = ["user:ada"]
            allow_overwrite = true
            max_file_size = "1GiB"
            max_archive_ratio = 80
            max_archive_size = "2GiB"
            [index.main]
            read = ["everyone"]
            write = ["group:devs"]
            [groups]
            devs = ["ada", "grace"]
            owners = ["ada"]
            """)
        let server = configuration.server
        #expect(server.listen.host == "::" && server.listen.port == 8080)
        #expect(server.baseURL?.description == "https://pypi.example.com")
        #expect(server.spoolDirectory == "/tmp/spool")
        #expect(server.spoolSize == 50 << 30)
        #expect(server.trustedProxies.map(\.description) == ["10.0.0.0/8", "::1"])
        #expect(server.loops == 2)
        #expect(server.shutdownTimeout == .seconds(5))
        #expect(server.idleTimeout == .seconds(120))
        #expect(server.uploadIdleTimeout == .seconds(10))
        #expect(server.maxUploadTime == .seconds(86_400))
        #expect(server.pageCacheSize == 0)
        #expect(!server.logsAccess)
        #expect(server.logLevel == .debug)
        #expect(server.logFormat == .json)
        #expect(server.adminPassword?.reveal() == "hunter2hunter2")
        #expect(server.rebuildsOnEmpty)
        #expect(configuration.database == .sqlite(path: "/var/lib/c.db"))
        #expect(configuration.storage == .folder(path: "/srv/cellar/blobs"))
        #expect(configuration.groups == ["devs": ["ada", "grace"], "owners": ["ada"]])
        #expect(configuration.indexes.map(\.name.description) == ["team-a", "main"])
        let team = try #require(configuration.indexes.first)
        #expect(
            team.access
                == AccessLists(
                    read: [.authenticated, .user("eve")], write: [.group("devs")], create: [.group("owners")],
                    overwrite: [.user("ada")], delete: [.group("owners")]))
        #expect(team.allowsOverwrite)
        #expect(team.maxFileSize == 1 << 30)
        #expect(team.archiveLimits.maxRatio == 80)
        #expect(team.archiveLimits.maxUncompressedSize == 2 << 30)
        #expect(configuration.indexes.last?.access.create == [.group("devs")])
    }

    @Test("A bucket is read with all that belongs to it, and written back the same")
    func bucket() throws {
        let configuration = try ServerConfiguration.read(
            """
            [storage]
            url = "s3://my-bucket/a%20b/c/?region=eu-central-1&endpoint=https%3A%2F%2Fs3.example.com:9000/&path_style=false"
            access_key = "AKID"
            secret_key = "hunter2"
            storage_class = "STANDARD_IA"
            sse = "aws:kms"
            kms_key = "alias/x"
            acl = "bucket-owner-full-control"
            proxy = "http://u:p@proxy:3128"
            timeout = "5s"
            create_bucket = true
            downloads = "redirect"
            link_lifetime = "10m"
            """)
        let bucket = try #require(configuration.bucket)
        #expect(bucket.location.bucket == "my-bucket" && bucket.location.prefix == "a b/c")
        #expect(bucket.location.region == "eu-central-1" && bucket.location.usesPathStyle == false)
        #expect(bucket.location.endpoint == "https://s3.example.com:9000")
        #expect(configuration.storage == .bucket(bucket.location))
        #expect(bucket.keys?.access == "AKID" && bucket.keys?.secret.reveal() == "hunter2")
        #expect(bucket.storageClass == "STANDARD_IA" && bucket.encryption == .kms && bucket.encryptionKey == "alias/x")
        #expect(bucket.acl == .bucketOwnerFullControl && bucket.timeout == .seconds(5) && bucket.createsBucket)
        #expect(bucket.proxy?.description == "http://(hidden)@proxy:3128")
        #expect(configuration.downloads == .redirect && configuration.linkLifetime == .seconds(600))
        let text = configuration.describe()
        #expect(!text.contains("hunter2"))
        let again = try ServerConfiguration.read(text)
        #expect(again.storage == configuration.storage)
    }

    @Test(
        "A wrong file is refused with the line and what was meant",
        arguments: [
            ("[server]\nlisen = \"x\"", "cellar.toml:2: unknown key server.lisen; did you mean server.listen?"),
            ("[sever]\nlisten = \"x\"", "cellar.toml:1: unknown section [sever]; did you mean [server]?"),
            ("listen = \"x\"", "cellar.toml:1: unknown key listen; did you mean server.listen?"),
            ("[server]\nread = []", "cellar.toml:2: unknown key server.read; did you mean index.<name>.read?"),
            (
                "[index.main]\n\nwirte = []",
                "cellar.toml:3: unknown key index.main.wirte; did you mean index.main.write?"
            ),
            (
                "[database]\nschema = \"x\"",
                "cellar.toml:2: unknown key database.schema: [database] has url, url_file, direct_url, "
                    + "direct_url_file, pool_size, statement_timeout"
            ),
            (
                "[people]\nada = \"x\"",
                "cellar.toml:1: unknown section [people]: there are [server], [database], [storage], [provenance], "
                    + "[index.<name>], [upstream.<name>], [sso.<name>], [issuer.<name>], [users.<name>], [groups], [grants], "
                    + "[tokens.<name>], [publishers], [ldap], [authenticator], [audit]"
            ),
            ("server = 3", "cellar.toml:1: server is a section: write [server], and its keys below it"),
            (
                "[index]\nread = [\"everyone\"]",
                "cellar.toml:2: index.read is a section: write [index.read], and its keys below it"
            ),
            ("[[index.main]]", "cellar.toml:1: index.main is a section: write [index.main], and its keys below it"),
            (
                "[server]\nloops = \"2\"",
                "cellar.toml:2: server.loops must be a whole number from 1 to 1024, not \"2\""
            ),
            ("[server]\nloops = 0", "cellar.toml:2: server.loops must be a whole number from 1 to 1024, not 0"),
            (
                "[server]\naccess_log = \"no\"",
                "cellar.toml:2: server.access_log must be true or false, without quotes, not \"no\""
            ),
            (
                "[server]\nspool_size = 5",
                "cellar.toml:2: server.spool_size must be a size such as \"512MiB\" or \"4GiB\", not a whole number"
            ),
            (
                "[server]\nspool_size = \"1KiB\"",
                "cellar.toml:2: server.spool_size must be at least \"1MiB\", not \"1KiB\""
            ),
            (
                "[server]\nidle_timeout = \"0s\"",
                "cellar.toml:2: server.idle_timeout must be from \"1s\" to \"1d\", not \"0s\""
            ),
            (
                "[server]\nlog_level = \"inof\"",
                "cellar.toml:2: server.log_level must be one of \"trace\", \"debug\", \"info\", \"notice\", "
                    + "\"warning\", \"error\", \"critical\", not \"inof\"; did you mean \"info\"?"
            ),
            (
                "[server]\nlisten.port = 3",
                "cellar.toml:2: server.listen must be an address and a port such as \"127.0.0.1:6543\" or "
                    + "\"[::1]:6543\", not a section"
            ),
            (
                "[index.main]\nread = \"everyone\"",
                "cellar.toml:2: index.main.read must be a list such as [\"…\"], not text"
            ),
            (
                "[index.main]\nread = [\n\"everyone\",\n\"ada\"]",
                "cellar.toml:4: index.main.read item 2 must be \"everyone\", \"authenticated\", \"user:<name>\", "
                    + "\"group:<name>\" or \"service:<name>\", not \"ada\""
            ),
            (
                "[index.main]\ndelete = [\"group:owner\"]\n[groups]\nowners = []",
                "cellar.toml:2: index.main.delete names the group \"owner\", which [groups] does not have; did you "
                    + "mean group:owners?"
            ),
            (
                "[database]\nurl = \"mysql://cellar:hunter2@db/cellar\"",
                "cellar.toml:2: database.url must begin with \"sqlite:\" or \"postgresql://\": this version does not "
                    + "know \"mysql:\""
            ),
            (
                "[database]\nurl = \"postgres://cellar:hunter@2@db/cellar\"",
                "cellar.toml:2: database.url has an @, a / or a ? in its user's name or password: write them as %40, "
                    + "%2F and %3F"
            ),
            (
                "[database]\npool_size = 20",
                "cellar.toml:2: database.pool_size is for PostgreSQL, and database.url is a file of SQLite: leave it "
                    + "out"
            ),
            (
                "[database]\nurl = \"postgres://db/cellar\"\ndirect_url = \"sqlite:cellar.db\"",
                "cellar.toml:3: database.direct_url must begin with \"postgresql://\""
            ),
            (
                "[database]\nurl = \"sqlite::memory:\"",
                "cellar.toml:2: database.url must be \"sqlite:\" and the path of a file, such as "
                    + "\"sqlite:cellar.db\", not \"sqlite::memory:\""
            ),
            (
                "[storage]\nurl = \"gs://bucket\"",
                "cellar.toml:2: storage.url must begin with \"file:\" or \"s3:\": this version does not know \"gs:\""
            ),
            (
                "[storage]\ndownloads = \"redirect\"",
                "cellar.toml:2: storage.downloads can only be \"stream\" unless storage.url begins with \"s3:\""
            ),
            (
                "[storage]\ndownloads = \"strem\"",
                "cellar.toml:2: storage.downloads must be one of \"stream\", \"redirect\", \"auto\", not \"strem\"; did "
                    + "you mean \"stream\"?"
            ),
            (
                "[storage]\nurl = \"s3://\"",
                "cellar.toml:2: storage.url must be \"s3://\" and the name of a bucket: letters, digits, \".\", \"-\" and "
                    + "\"_\""
            ),
            (
                "[storage]\nurl = \"s3://key:hunter2@bucket\"",
                "cellar.toml:2: storage.url must not hold keys: give storage.access_key and storage.secret_key_file"
            ),
            (
                "[storage]\nurl = \"s3://bucket?regoin=x\"",
                "cellar.toml:2: storage.url knows the parameters region, endpoint and path_style, not \"regoin\""
            ),
            (
                "[storage]\nurl = \"s3://bucket?endpoint=minio:9000\"",
                "cellar.toml:2: storage.url has an endpoint that is no address such as \"https://minio.example.com:9000\""
            ),
            (
                "[storage]\nurl = \"s3://bucket?path_style=yes\"",
                "cellar.toml:2: storage.url has a path_style that is neither \"true\" nor \"false\""
            ),
            (
                "[storage]\nurl = \"s3://bucket/a//b\"",
                "cellar.toml:2: storage.url has a prefix that no object can begin with: its parts must not be empty, "
                    + "\".\" or \"..\""
            ),
            (
                "[storage]\ncreate_bucket = true\ntimeout = \"30s\"",
                "cellar.toml:2: storage.create_bucket needs a storage.url that begins with \"s3:\""
            ),
            (
                "[storage]\nsse = \"AES256\"",
                "cellar.toml:2: storage.sse needs a storage.url that begins with \"s3:\""
            ),
            (
                "[storage]\nurl = \"s3://bucket\"\naccess_key = \"A\"",
                "cellar.toml:3: storage.access_key needs storage.secret_key or storage.secret_key_file beside it"
            ),
            (
                "[storage]\nurl = \"s3://bucket\"\nsecret_key = \"hunter2\"",
                "cellar.toml:3: storage.secret_key needs storage.access_key beside it"
            ),
            (
                "[storage]\nurl = \"s3://bucket\"\nkms_key = \"k\"",
                "cellar.toml:3: storage.kms_key needs storage.sse = \"aws:kms\" beside it"
            ),
            (
                "[storage]\nurl = \"s3://bucket\"\nstorage_class = \"DEEP_ARCHIVE\"",
                "cellar.toml:3: storage.storage_class must be a class from which objects can be read at once, not "
                    + "\"DEEP_ARCHIVE\""
            ),
            (
                "[storage]\nurl = \"s3://bucket\"\npublic = \"https://cdn.example.com\"",
                "cellar.toml:3: storage.public needs storage.downloads = \"redirect\" or \"auto\" beside it"
            ),
            (
                "[storage]\nurl = \"s3://bucket\"\ndownloads = \"auto\"\npublic = \"https://cdn.example.com\"\n"
                    + "[index.main]\nread = [\"authenticated\"]",
                "cellar.toml:4: storage.public makes files readable by everyone, which the index main is not: set "
                    + "index.main.read = [\"everyone\"], or sign the links with storage.cloudfront_key_id"
            ),
            (
                "[server]\nbase_url = \"https://x.example.com\"\n[storage]\n"
                    + "url = \"s3://bucket?endpoint=https://x.example.com:443\"\ndownloads = \"redirect\"",
                "cellar.toml:5: storage.downloads can only be \"stream\" if the store has the host and port of "
                    + "server.base_url: clients would send it their passwords"
            ),
            (
                "[index.simple]",
                "cellar.toml:1: no index may be called \"simple\", since an address of the server begins with it"
            ),
            (
                "[server]\nspool_size = \"1GiB\"\n[index.main]\nmax_file_size = \"2GiB\"",
                "cellar.toml:4: index.main.max_file_size (2GiB) is more than server.spool_size (1GiB): such a file "
                    + "could never be received"
            ),
            (
                "[server]\ntls_key = \"/dev/null\"",
                "cellar.toml:2: server.tls_key needs server.tls_certificate beside it"
            ),
            (
                "[groups]\nteam = [\"a b\"]",
                "cellar.toml:2: groups.team item 1 must be the name of a user, not \"a b\""
            ),
            ("[server]\nlisten = \"a\\u0000\"", "cellar.toml:2: a NUL character is not allowed here"),
        ])
    func refusals(text: String, message: String) {
        #expect(problems(text) == [message])
    }

    @Test("A syntax error has its line")
    func syntax() {
        let found = problems("[server]\nlisten = \"127.0.0.1:1\"\nloops = = 2\n")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("cellar.toml:3: not valid TOML: ") == true)
    }

    @Test("All errors are reported at once, in the order of the file, the environment last")
    func allErrors() {
        let text = "[index.main]\nreed = []\n[server]\nloops = 0\nlisen = \"x\"\n"
        let found = problems(text, environment: ["CELLAR_SERVER_LOG_LEVEL": "loud"])
        #expect(
            found.map { $0.prefix { $0 != " " } } == [
                "cellar.toml:2:", "cellar.toml:4:", "cellar.toml:5:", "CELLAR_SERVER_LOG_LEVEL:",
            ])
    }

    @Test("No reserved name can be an index, in any spelling of the header", arguments: IndexName.reserved)
    func reservedNames(name: String) {
        #expect(problems("[index.\(quoted(name))]").count == 1)
    }

    @Test("Names outside the grammar can't be indexes", arguments: ["Main", "a_b", "a.b", "-a", "", "ä", "a/b"])
    func badNames(name: String) throws {
        let message = try #require(problems("[index.\(quoted(name))]").first)
        #expect(message.hasPrefix("cellar.toml:1: the name of an index has lowercase"))
    }

    @Test("Pages of other sites read nothing that not everyone reads")
    func crossOrigin() throws {
        let main = "[index.main]\ncross_origin = true\n"
        #expect(problems(main) == [])
        #expect(try ServerConfiguration.read(main).indexes.first?.isOpenToWebPages == true)
        #expect(try ServerConfiguration.read("").indexes.first?.isOpenToWebPages == false)
        let message = try #require(problems(main + "read = [\"authenticated\"]").first)
        #expect(message.hasPrefix("cellar.toml:2: index.main.cross_origin opens the index"))
    }

    @Test("Beyond loopback, every index must say who reads it", arguments: ["0.0.0.0:80", "[::]:80", "10.0.0.1:80"])
    func readersWritten(address: String) {
        let server = "[server]\nlisten = \"\(address)\"\n"
        #expect(problems(server).first?.hasPrefix("cellar.toml:2: index.main.read must be written out") == true)
        let two = server + "[index.a]\nread = [\"everyone\"]\n[index.b]\n"
        #expect(problems(two).map { $0.prefix(40) } == ["cellar.toml:5: index.b.read must be writ"])
        #expect(problems(server + "[index.main]\nread = [\"everyone\"]").isEmpty)
        #expect(problems(server, environment: ["CELLAR_INDEX_MAIN_READ": "authenticated"]).isEmpty)
    }
}
