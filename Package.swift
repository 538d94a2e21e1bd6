// swift-tools-version: 6.3
import PackageDescription

// Imports run downward only: each target names all that it may import, and the build refuses anything else
// (`--explicit-target-dependency-import-check error`, passed by the Makefile).
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// Relocations packed into bits, no table of symbols for others to link to, and equal functions only once: an eighth of
/// the memory that the idle server takes.
let smallBinary = [
    "-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs", "-Xlinker", "--no-export-dynamic",
    "-Xlinker", "--icf=safe", "-Xlinker", "--build-id",
]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTPTypesHTTP1 = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioHPACK = Target.Dependency.product(name: "NIOHPACK", package: "swift-nio-http2")
let nioHTTP2 = Target.Dependency.product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHTTPTypesHTTP2 = Target.Dependency.product(name: "NIOHTTPTypesHTTP2", package: "swift-nio-extras")
let nioExtras = Target.Dependency.product(name: "NIOExtras", package: "swift-nio-extras")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let jwtKit = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let swiftASN1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
let tomlKit = Target.Dependency.product(name: "TOMLKit", package: "TOMLKit")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")

/// What `cellar --version` says of the build. Only scripts/release-binary.sh sets it, so that a commit rebuilds nothing.
let build = ["CELLAR_COMMIT", "CELLAR_SWIFT"].compactMap { name in
    Context.environment[name].map { CSetting.define(name, to: $0) }
}

func systemLibrary(_ name: String, pkgConfig: String? = nil, apt: String) -> Target {
    .systemLibrary(name: name, path: "Sources/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

func library(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

let package = Package(
    name: "cellar",
    products: [
        .executable(name: "cellar", targets: ["cellar"]),
        .library(name: "PackagingStandards", targets: ["PackagingStandards"]),
        .library(name: "LocalFiles", targets: ["LocalFiles"]),
        .library(name: "Registry", targets: ["Registry"]),
        .library(name: "RegistryTestSupport", targets: ["RegistryTestSupport"]),
        .library(name: "CellarServer", targets: ["CellarServer"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        systemLibrary("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
        systemLibrary("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
        systemLibrary("CLibArchive", pkgConfig: "libarchive", apt: "libarchive-dev"),
        systemLibrary("CBlake2", pkgConfig: "libb2", apt: "libb2-dev"),
        systemLibrary("CCrypt", apt: "libcrypt-dev"),
        systemLibrary("CMarkGFM", apt: "libcmark-gfm-extensions-dev"),
        systemLibrary("CFileSystems", apt: "libc6-dev"),
        .target(name: "CLDAP"),
        .target(name: "CPostgreSQL"),

        .target(name: "CBuild", cSettings: build),
        library("PackagingStandards", [nioCore, crypto, "CZlib", "CZstd", "CLibArchive", "CBlake2"]),
        library("LocalFiles", ["PackagingStandards", nioCore, nioPosix, "CFileSystems"]),
        library("Provenance", ["PackagingStandards", crypto, swiftASN1, x509]),
        library("Registry", ["LocalFiles", "PackagingStandards", "Provenance", nioCore, nioPosix, crypto, logging]),
        library(
            "RegistryTestSupport",
            ["Registry", "LocalFiles", "PackagingStandards", nioCore, nioPosix, crypto, logging, sqlite, "CZlib"]),
        library(
            "SQLDatabase",
            ["Registry", "LocalFiles", "PackagingStandards", nioCore, nioPosix, logging, grdb, sqlite, "CPostgreSQL"]),
        library(
            "FileStorage", ["Registry", "LocalFiles", "PackagingStandards", nioCore, nioPosix, crypto, logging]),
        library(
            "AWSRequests",
            [
                "Registry", "LocalFiles", "PackagingStandards", nioCore, nioPosix, nioHTTP1, crypto, logging,
                asyncHTTPClient,
            ]),
        library(
            "S3Storage",
            [
                "AWSRequests", "Registry", "LocalFiles", "PackagingStandards", nioCore, nioPosix, nioHTTP1, nioSSL,
                crypto, cryptoExtras, logging, asyncHTTPClient,
            ]),
        library("PasswordAuthentication", ["Registry", "PackagingStandards", nioPosix, crypto, logging, "CCrypt"]),
        library("LDAPAuthentication", ["Registry", nioPosix, logging, "CLDAP"]),
        library(
            "OutsideAuthentication",
            ["Registry", "PackagingStandards", nioCore, nioHTTP1, nioSSL, logging, asyncHTTPClient]),
        library(
            "UpstreamHTTP",
            ["Registry", "PackagingStandards", nioCore, nioPosix, nioHTTP1, nioSSL, logging, asyncHTTPClient]),
        library(
            "OIDCAuthentication",
            [
                "Registry", "PackagingStandards", nioCore, nioPosix, nioHTTP1, nioSSL, logging, asyncHTTPClient, jwtKit,
            ]),
        library("ServerConfiguration", ["Registry", "PackagingStandards", "Provenance", tomlKit]),
        library("WebPages", ["Registry", "PackagingStandards", nioCore, hummingbird, mustache, httpTypes, "CMarkGFM"]),
        library(
            "CellarHTTP",
            [
                "Registry", "LocalFiles", "PackagingStandards", nioCore, nioPosix, nioHTTPTypes, nioHTTPTypesHTTP1,
                nioHTTP1, nioHTTP2, nioHPACK, nioHTTPTypesHTTP2, nioTLS, nioExtras, httpTypes, logging,
                serviceLifecycle,
                hummingbird, hummingbirdCore,
            ]),
        library(
            "CellarServer",
            [
                "CellarHTTP", "WebPages", "SQLDatabase", "FileStorage", "AWSRequests", "S3Storage",
                "PasswordAuthentication", "LDAPAuthentication",
                "CBuild", "OutsideAuthentication", "OIDCAuthentication", "UpstreamHTTP", "ServerConfiguration",
                "Registry",
                "Provenance", "LocalFiles",
                "PackagingStandards", nioCore, nioHTTP1, nioPosix, nioSSL, crypto, tomlKit, logging, hummingbird,
                hummingbirdCore, asyncHTTPClient, serviceLifecycle, unixSignals,
            ]),
        .executableTarget(
            name: "cellar", dependencies: ["CellarServer", argumentParser], swiftSettings: settings,
            linkerSettings: [.unsafeFlags(smallBinary, .when(configuration: .release))]),
        .executableTarget(
            name: "PageConversion", dependencies: ["Registry", "PackagingStandards", nioCore],
            path: "Benchmarks/PageConversion", swiftSettings: settings),
        .executableTarget(
            name: "ReplicaSimulation",
            dependencies: [
                "SQLDatabase", "Registry", "RegistryTestSupport", "LocalFiles", "PackagingStandards", nioCore, nioPosix,
                logging, argumentParser, grdb,
            ],
            path: "Tests/ReplicaSimulation", swiftSettings: settings),

        tests(
            "PackagingStandardsTests", ["PackagingStandards", "RegistryTestSupport", nioCore, "CZlib"],
            resources: [.copy("Fixtures")]),
        tests(
            "ProvenanceTests", ["Provenance", "PackagingStandards", crypto, swiftASN1, x509],
            resources: [.copy("Fixtures")]),
        .target(
            name: "SQLDatabaseTestSupport", dependencies: ["PackagingStandards", grdb],
            path: "Tests/SQLDatabaseTestSupport", swiftSettings: settings),
        tests(
            "LocalFilesTests",
            ["LocalFiles", "RegistryTestSupport", "PackagingStandards", nioCore, nioPosix]),
        tests(
            "RegistryTests",
            [
                "Registry", "LocalFiles", "RegistryTestSupport", "SQLDatabase", "SQLDatabaseTestSupport", "FileStorage",
                "PackagingStandards", "Provenance", nioCore, nioPosix,
            ]),
        tests(
            "SQLDatabaseTests",
            [
                "SQLDatabase", "SQLDatabaseTestSupport", "Registry", "LocalFiles", "RegistryTestSupport",
                "PackagingStandards",
                grdb, logging,
            ]),
        tests(
            "FileStorageTests",
            ["FileStorage", "LocalFiles", "Registry", "RegistryTestSupport", "PackagingStandards", nioCore, nioPosix]),
        tests(
            "AWSRequestsTests",
            [
                "AWSRequests", "Registry", "RegistryTestSupport", "LocalFiles", "PackagingStandards", nioCore, nioPosix,
                nioHTTP1, logging, asyncHTTPClient,
            ]),
        tests(
            "S3StorageTests",
            [
                "S3Storage", "AWSRequests", "Registry", "RegistryTestSupport", "LocalFiles", "PackagingStandards",
                crypto, cryptoExtras,
                nioCore, nioPosix, nioHTTP1, logging, asyncHTTPClient,
            ]),
        tests(
            "PasswordAuthenticationTests",
            [
                "PasswordAuthentication", "Registry", "RegistryTestSupport", "SQLDatabase", "PackagingStandards",
                logging,
            ]),
        tests(
            "OutsideAuthenticationTests",
            [
                "OutsideAuthentication", "PasswordAuthentication", "Registry", "RegistryTestSupport", "SQLDatabase",
                "PackagingStandards", logging,
            ]),
        tests(
            "LDAPAuthenticationTests",
            [
                "LDAPAuthentication", "PasswordAuthentication", "Registry", "RegistryTestSupport", "SQLDatabase",
                "PackagingStandards", logging,
            ]),
        tests(
            "UpstreamHTTPTests",
            [
                "UpstreamHTTP", "Registry", "LocalFiles", "RegistryTestSupport", "PackagingStandards", nioCore,
                nioPosix, nioHTTP1, nioSSL, logging,
            ]),
        tests(
            "OIDCAuthenticationTests",
            [
                "OIDCAuthentication", "Registry", "PackagingStandards", crypto, cryptoExtras, logging, nioCore,
                nioPosix,
            ]),
        tests(
            "ServerConfigurationTests",
            ["ServerConfiguration", "Registry", "RegistryTestSupport", "PackagingStandards"]),
        tests(
            "CellarHTTPTests",
            [
                "CellarHTTP", "Registry", "LocalFiles", "RegistryTestSupport", "SQLDatabase", "FileStorage",
                "PasswordAuthentication", "PackagingStandards",
                nioCore, nioPosix, nioEmbedded, nioHTTP1, nioHPACK, nioHTTPTypes, httpTypes, logging,
                hummingbird, hummingbirdTesting, serviceLifecycle,
            ]),
        tests(
            "WebPagesTests",
            [
                "WebPages", "Registry", "RegistryTestSupport", "LocalFiles", "SQLDatabase", "FileStorage",
                "PackagingStandards", nioCore, nioPosix, httpTypes, logging, hummingbird, hummingbirdTesting,
            ]),
        tests(
            "CellarServerTests",
            [
                "CellarServer", "ServerConfiguration", "Registry", "LocalFiles", "RegistryTestSupport",
                "PackagingStandards", nioCore, nioPosix, nioSSL,
                httpTypes, logging, hummingbirdTesting,
            ]),
    ],
    swiftLanguageModes: [.v6]
)
