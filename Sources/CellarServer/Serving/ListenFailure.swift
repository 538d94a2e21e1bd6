import Glibc
import NIOCore
import ServerConfiguration

/// Says why the server cannot listen where it should.
enum ListenFailure {
    /// The failure that a bind's error means; any other error as it is.
    static func explained(_ error: any Error, listen: ListenAddress) -> any Error {
        switch error {
        case let error as IOError where error.errnoCode == EADDRINUSE:
            failure(listen, "another program listens there already. Is a server running?")
        case let error as IOError:
            failure(listen, "\(String(cString: strerror(error.errnoCode))).")
        case is SocketAddressError:
            failure(listen, "the name cannot be resolved.")
        default:
            error
        }
    }

    private static func failure(_ listen: ListenAddress, _ reason: String) -> CommandFailure {
        CommandFailure(.unavailable, "Cannot listen at \(listen) (server.listen): \(reason)")
    }
}
