package import LocalFiles

extension SystemCalls {
    /// Returns the calls of the system, of which those fail for which a function says so.
    ///
    /// - Parameters:
    ///   - number: The `errno` of a failure.
    ///   - shouldFail: Called once for each call, in order.
    /// - Returns: The calls.
    package static func failing(_ number: CInt, when shouldFail: @escaping @Sendable () -> Bool) -> SystemCalls {
        let real = SystemCalls.system
        @Sendable func attempt<Result>(_ call: String, _ body: () throws -> Result) throws -> Result {
            if shouldFail() { throw SystemError(number, call) }
            return try body()
        }
        var calls = real
        calls.open = { folder, path, flags, mode in
            try attempt("open") { try real.open(folder, path, flags, mode) }
        }
        calls.write = { file, bytes in try attempt("write") { try real.write(file, bytes) } }
        calls.sync = { descriptor in try attempt("fsync") { try real.sync(descriptor) } }
        calls.syncSystem = { descriptor in try attempt("syncfs") { try real.syncSystem(descriptor) } }
        calls.makeFolder = { folder, path, mode in try attempt("mkdir") { try real.makeFolder(folder, path, mode) } }
        calls.link = { folder, path, newFolder, newPath in
            try attempt("link") { try real.link(folder, path, newFolder, newPath) }
        }
        calls.rename = { folder, path, newPath in try attempt("rename") { try real.rename(folder, path, newPath) } }
        calls.unlink = { folder, path in try attempt("unlink") { try real.unlink(folder, path) } }
        calls.removeFolder = { folder, path in try attempt("rmdir") { try real.removeFolder(folder, path) } }
        return calls
    }
}
