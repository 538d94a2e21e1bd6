import Glibc
import LocalFiles
import NIOCore
import NIOPosix
import Registry

/// The profile of AWS's shared files that the environment names: `AWS_PROFILE`, else `default`.
package struct AWSProfile: Sendable {
    /// What it is called.
    package let name: String
    /// What `~/.aws/credentials` or `AWS_SHARED_CREDENTIALS_FILE` says of it; nil if it does not know it.
    let credentials: [String: String]?
    /// What `~/.aws/config` or `AWS_CONFIG_FILE` says of it; nil if it does not know it.
    let config: [String: String]?

    /// Reads the two files, if they are there.
    ///
    /// Throws `RegistryError` `.unavailable` for a file that cannot be read, or that the environment names and is missing,
    /// and for a profile that the environment names and that neither has.
    package init(environment: [String: String]) async throws {
        name = environment.filled("AWS_PROFILE") ?? "default"
        credentials = try await Self.read(
            environment, variable: "AWS_SHARED_CREDENTIALS_FILE", standard: "credentials", kind: .credentials)?[name]
        config = try await Self.read(environment, variable: "AWS_CONFIG_FILE", standard: "config", kind: .config)?[name]
        if environment.filled("AWS_PROFILE") != nil, credentials == nil, config == nil {
            throw RegistryError(
                .unavailable,
                "AWS_PROFILE names the profile \(name), which is in neither of AWS's shared files (credentials, config)."
            )
        }
    }

    /// The region of the profile; nil if it says none.
    package var region: String? { config?.filled("region") ?? credentials?.filled("region") }

    private static func read(
        _ environment: [String: String], variable: String, standard: String, kind: ProfileFile.Kind
    ) async throws -> ProfileFile? {
        let path: String
        if let named = environment.filled(variable) {
            path = named
        } else if let home = environment.filled("HOME") {
            path = "\(home)/.aws/\(standard)"
        } else {
            return nil
        }
        do {
            return ProfileFile(try await SecretFile.text(of: path), kind: kind)
        } catch let error as SystemError where error.number == ENOENT || error.number == ENOTDIR {
            guard environment.filled(variable) != nil else { return nil }
            throw RegistryError(.unavailable, "\(variable) names the file \(path), which is missing.", cause: error)
        } catch let error as SystemError where error.number == EACCES && environment.filled(variable) == nil {
            // Somebody else's home: services often have one that they may not enter.
            return nil
        } catch let error as SystemError {
            throw RegistryError(
                .unavailable, "\(path) cannot be read: \(String(cString: strerror(error.number))).", cause: error)
        }
    }
}

/// Small files with keys and tokens.
enum SecretFile {
    private static let largest: Int64 = 1 << 20

    /// Returns the text of a file, of which only the first MiB is read.
    static func text(of path: String) async throws -> String {
        let bytes = try await NIOThreadPool.singleton.runIfActive {
            try SystemCalls.system.open(path, O_RDONLY | O_CLOEXEC, mode: 0).read(0..<largest)
        }
        return String(buffer: bytes)
    }
}

extension [String: String] {
    /// Returns the value of a variable or setting, or nil if it is missing or empty.
    func filled(_ name: String) -> String? {
        self[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
