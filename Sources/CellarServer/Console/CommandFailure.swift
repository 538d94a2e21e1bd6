import NIOCore
import Registry
import ServerConfiguration

/// Why a command failed: a message for people, and an exit code for programs.
public struct CommandFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The exit codes of all commands; 0 says that the work is done. The numbers are those of `sysexits.h`.
    public enum Code: Int32, Sendable {
        /// The work failed, or `cellar check` found something wrong.
        case failed = 1
        /// The arguments or answers are impossible.
        case usage = 64
        /// Something that the work needs is not available: the address to listen at, a folder, the database.
        case unavailable = 69
        /// A defect, or data that contradicts itself.
        case `internal` = 70
        /// A file that should be written exists already, or cannot be written.
        case cannotCreate = 73
        /// The configuration is wrong.
        case configuration = 78
    }

    public let code: Code
    /// What is wrong and what to do about it.
    public let message: String

    /// Makes a failure.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }

    /// Makes the failure that an error of any part means to the user of a command.
    init(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let errors as ConfigurationErrors: self.init(.configuration, errors.description)
        case let error as RegistryError: self.init(error)
        case let error as UpstreamError: self.init(.unavailable, error.message)
        case is CancellationError: self.init(.failed, "Interrupted.")
        default: self.init(.internal, "\(error)")
        }
    }

    private init(_ error: RegistryError) {
        let code: Code =
            switch error.code {
            case .unavailable, .insufficientStorage: .unavailable
            case .internal: .internal
            case .invalidRequest: .usage
            default: .failed
            }
        self.init(code, error.cause.map { "\(error.message) (\($0))" } ?? error.message)
    }

    /// Runs a command's work and turns whatever it throws into a failure.
    static func translating<Value>(
        isolation: isolated (any Actor)? = #isolation, _ work: () async throws -> Value
    ) async throws(CommandFailure) -> Value {
        do {
            return try await work()
        } catch {
            throw CommandFailure(error)
        }
    }
}
