import CPostgreSQL
import Glibc
import Registry

/// A connection of libpq in pipeline mode, for the queries: used by one thread at a time.
///
/// What is sent waits in a buffer until an answer is needed, so statements whose rows nobody reads cost no round trip.
/// A statement is prepared when a connection first uses it, unless a pooler gives each transaction another session.
final class PostgreSQLConnection: SQLConnection {
    /// What the server still has to answer, in order.
    private enum Expected {
        case answer(to: String)
        case preparation(of: String)
        case synchronization
    }

    /// So many statements are sent at most before their answers are read: the server must not wait for us to read.
    private static let mostUnanswered = 64
    /// More statements than the program has; only the audit's queries are put together of parts.
    private static let mostPrepared = 500
    /// How long the server may be silent beyond the time that a statement may take.
    private static let margin = Duration.seconds(5)

    private let connection: OpaquePointer
    private let address: PostgreSQLAddress
    private var expected: [Expected] = []
    private var texts = StatementTexts()
    /// The statements that the session has, or will have when it has read what was sent.
    private var prepared: Set<String> = []
    /// Whether statements are prepared under a name that follows from their text.
    var usesNames = false
    /// How often an answer was waited for, which tests look at.
    private(set) var roundTrips = 0
    /// How long an answer may take; nil without an end.
    var timeout: Duration?

    /// The oldest server whose SQL the queries are written in.
    static let oldestVersion: CInt = 140_000

    /// Connects, on a thread that may block.
    ///
    /// - Throws: `PostgreSQLFailure`; `RegistryError` for a server that cannot be used.
    init(_ address: PostgreSQLAddress) throws {
        let opened = address.withParameters { libpq.connectdbParams($0, $1, 1) }
        guard let opened else {
            throw PostgreSQLFailure(sqlState: "53200", text: "no memory for a connection", isLost: true)
        }
        connection = opened
        self.address = address
        guard libpq.status(opened) == CONNECTION_OK else { throw lost() }
        // A notice would go to the standard error.
        _ = libpq.setNoticeProcessor(opened, { _, _ in }, nil)
        try refuseUnusable()
        guard libpq.setnonblocking(opened, 1) == 0, libpq.enterPipelineMode(opened) == 1 else { throw lost() }
    }

    deinit { libpq.finish(connection) }

    private func refuseUnusable() throws {
        let version = libpq.serverVersion(connection)
        guard version >= Self.oldestVersion else {
            throw RegistryError(
                .invalidRequest,
                "The server is PostgreSQL \(version / 10_000); Cellar needs version 14 or later.")
        }
        // A pooler need not say it; then the check of an installation does.
        if let encoding = parameter("server_encoding"), encoding != "UTF8" {
            throw RegistryError(
                .invalidRequest,
                """
                The database keeps texts as \(encoding) and not as UTF8. Create one with: CREATE DATABASE cellar \
                ENCODING 'UTF8' TEMPLATE template0
                """)
        }
        if parameter("in_hot_standby") == "on" {
            throw RegistryError(
                .unavailable,
                """
                The database is a standby, which takes no changes. Name the primary, or name all servers with \
                target_session_attrs=read-write.
                """)
        }
    }

    private func parameter(_ name: String) -> String? {
        libpq.parameterStatus(connection, name).map { String(cString: $0) }
    }

    // MARK: Statements

    func run(_ sql: String, _ arguments: [SQLValue], _ row: (any SQLRow) throws -> Void) throws {
        try withoutActuallyEscaping(row) { try runTogether([SQLQuery(sql, arguments, $0)]) }
    }

    func runTogether(_ queries: [SQLQuery]) throws {
        for query in queries { try send(query.sql, query.arguments, isNamed: usesNames) }
        let results = try receive(last: queries.count)
        defer { for result in results { libpq.clear(result) } }
        for (query, result) in zip(queries, results) {
            for number in 0..<libpq.ntuples(result) { try query.row(PostgreSQLRow(result: result, row: number)) }
        }
    }

    /// Sends a statement whose rows nobody reads; what is wrong with it may only be thrown by a later call.
    func perform(_ sql: String, _ arguments: [SQLValue]) throws {
        try send(sql, arguments, isNamed: usesNames)
        if expected.count >= Self.mostUnanswered { try finish() }
    }

    /// Sends a statement that controls the transaction, which is not worth a name.
    func control(_ sql: String) throws { try send(sql, [], isNamed: false) }

    func tableNames() throws -> Set<String> {
        Set(try all("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()") { $0.text(0) })
    }

    /// Waits for the answers to all that was sent.
    func finish() throws {
        guard !expected.isEmpty else { return }
        _ = try receive(last: 0)
    }

    /// Waits as `finish` does after a failure: what else has failed does not matter any more.
    func settle() throws {
        do { try finish() } catch let failure as PostgreSQLFailure where !failure.isLost {}
    }

    /// Sends a last statement without waiting for its answer; `isUsable` reads it before the connection is used again.
    func sendLast(_ sql: String) throws {
        try control(sql)
        try synchronize()
        guard libpq.flush(connection) >= 0 else { throw lost() }
    }

    /// Ends a transaction that must not be committed. The connection is lost if that fails.
    func rollBack() throws {
        try settle()
        try sendLast("ROLLBACK")
        try finish()
    }

    /// Commits what was done, and waits until it is durable.
    ///
    /// - Throws: `PostgreSQLFailure`; it says whether the transaction may have been committed nevertheless.
    func commit() throws {
        try control("COMMIT")
        do {
            guard let result = try receive(last: 1).first else { throw lost() }
            defer { libpq.clear(result) }
            let tag = Self.text(libpq.cmdStatus(result))
            guard tag == "COMMIT" else {
                throw PostgreSQLFailure(sqlState: "25P02", text: "COMMIT was answered by \(tag)", isLost: false)
            }
        } catch var failure as PostgreSQLFailure where failure.isLost {
            failure.isCommitUnknown = !failure.isBeforeLast
            throw failure
        }
    }

    private func send(_ sql: String, _ arguments: [SQLValue], isNamed: Bool) throws {
        let text = texts.text(of: sql)
        let parameters = try ParameterBytes(arguments)
        let count = CInt(arguments.count)
        let isNamed = isNamed && (prepared.count < Self.mostPrepared || prepared.contains(sql))
        let name = isNamed ? texts.name(of: sql) : ""
        if isNamed, prepared.insert(sql).inserted {
            guard libpq.sendPrepare(connection, name, text, 0, nil) == 1 else { throw lost() }
            expected.append(.preparation(of: sql))
        }
        let sent = parameters.withPointers { pointers, lengths, formats in
            isNamed
                ? libpq.sendQueryPrepared(connection, name, count, pointers, lengths, formats, 0)
                : libpq.sendQueryParams(connection, text, count, nil, pointers, lengths, formats, 0)
        }
        guard sent == 1 else { throw lost() }
        expected.append(.answer(to: sql))
    }

    private func synchronize() throws {
        guard libpq.pipelineSync(connection) == 1 else { throw lost() }
        expected.append(.synchronization)
    }

    // MARK: Answers

    /// Waits for the answers to all that was sent, and returns the last ones; throws the first failure among them.
    private func receive(last count: Int) throws -> [OpaquePointer] {
        if case .synchronization? = expected.last {} else { try synchronize() }
        roundTrips += 1
        let deadline = timeout.map { ContinuousClock.now + $0 + Self.margin }
        var last: [OpaquePointer] = []
        var failure: PostgreSQLFailure?
        var pauses = 0
        while !expected.isEmpty {
            let result: OpaquePointer?
            do {
                result = try next(deadline)
            } catch {
                for result in last { libpq.clear(result) }
                // What the server said before it hung up says more.
                if var failure {
                    failure.isLost = true
                    throw failure
                }
                throw error
            }
            guard let result else {
                // One stands between the answers to two statements.
                pauses += 1
                guard pauses < 3 else { throw lost() }
                continue
            }
            pauses = 0
            switch libpq.resultStatus(result) {
            case PGRES_PIPELINE_SYNC:
                libpq.clear(result)
                expected.removeFirst()
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
                if try answered(isWell: true) {
                    last.append(result)
                    if last.count > count { libpq.clear(last.removeFirst()) }
                } else {
                    libpq.clear(result)
                }
            default:
                if failure == nil { failure = self.failure(result) }
                libpq.clear(result)
                _ = try answered(isWell: false)
            }
        }
        if let failure {
            for result in last { libpq.clear(result) }
            throw failure
        }
        return last
    }

    /// Notes what the next answer is to. Returns whether it is to a statement, and not only to its preparation.
    private func answered(isWell: Bool) throws -> Bool {
        guard let first = expected.first else { throw lost() }
        expected.removeFirst()
        switch first {
        case .answer: return true
        case .preparation(let sql):
            if !isWell { prepared.remove(sql) }
            return false
        case .synchronization: throw lost()
        }
    }

    /// Returns the next result; nil is the end of one statement's.
    private func next(_ deadline: ContinuousClock.Instant?) throws -> OpaquePointer? {
        while true {
            let unsent = libpq.flush(connection)
            guard unsent >= 0 else { break }
            if unsent == 0, libpq.isBusy(connection) == 0 { break }
            try wait(deadline, alsoToWrite: unsent > 0)
            guard libpq.consumeInput(connection) == 1 else { break }
        }
        let result = libpq.getResult(connection)
        // A lost connection gives one result that says so, and then none for ever.
        if result == nil, libpq.status(connection) != CONNECTION_OK { throw lost() }
        return result
    }

    private func wait(_ deadline: ContinuousClock.Instant?, alsoToWrite: Bool) throws {
        while true {
            var milliseconds: CInt = -1
            if let deadline {
                let left = ContinuousClock.now.duration(to: deadline)
                guard left > .zero else {
                    expected.removeAll()
                    throw PostgreSQLFailure(sqlState: nil, text: "the server did not answer in time", isLost: true)
                }
                milliseconds = CInt(clamping: left.components.seconds * 1000 + 1000)
            }
            var descriptor = pollfd(
                fd: libpq.socket(connection), events: Int16(POLLIN | (alsoToWrite ? POLLOUT : 0)), revents: 0)
            let ready = poll(&descriptor, 1, milliseconds)
            if ready > 0 { return }
            if ready < 0, errno != EINTR { throw lost() }
        }
    }

    private func failure(_ result: OpaquePointer) -> PostgreSQLFailure {
        let state = libpq.resultErrorField(result, CInt(UInt8(ascii: "C"))).map { String(cString: $0) }
        let severity = libpq.resultErrorField(result, CInt(UInt8(ascii: "V"))).map { String(cString: $0) }
        let text = address.redacted(Self.text(libpq.resultErrorMessage(result)))
        // What a pooler says of a server that it has lost is not the server's own word (class 08).
        let isServersEnd = severity == "FATAL" && state?.hasPrefix("57P") == true
        let statements = expected.count { if case .answer = $0 { true } else { false } }
        return PostgreSQLFailure(
            sqlState: state, text: text,
            isLost: state == nil || severity == "FATAL" || severity == "PANIC"
                || libpq.status(connection) != CONNECTION_OK,
            isBeforeLast: isServersEnd && statements > 1)
    }

    private static func text(_ bytes: UnsafePointer<CChar>?) -> String { bytes.map { String(cString: $0) } ?? "" }

    private func lost() -> PostgreSQLFailure {
        let text = address.redacted(Self.text(libpq.errorMessage(connection)))
        return PostgreSQLFailure(
            sqlState: nil, text: text.isEmpty ? "the connection is lost" : text, isLost: true)
    }

    // MARK: Health

    /// Reads what the server still has to say of the last transaction, and returns whether the connection can be used, as
    /// far as is known without asking the server.
    ///
    /// Nothing is sent before that: a pooler takes the answer for the end, and would lose the answers that follow it.
    func isUsable() -> Bool {
        do { try settle() } catch { return false }
        // The first look may find what the server said last, and only the next one that it has hung up.
        for _ in 1...3 {
            var descriptor = pollfd(fd: libpq.socket(connection), events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, 0) > 0 else { break }
            guard libpq.consumeInput(connection) == 1 else { return false }
        }
        return libpq.status(connection) == CONNECTION_OK
    }

    /// Asks the server for a sign of life, for a bounded time.
    func ping() -> Bool {
        let usual = timeout
        defer { timeout = usual }
        timeout = .zero
        do {
            try synchronize()
            _ = try receive(last: 0)
            return true
        } catch {
            return false
        }
    }
}

/// The parameters of a statement, as libpq takes them.
private struct ParameterBytes {
    /// Each value with a NUL behind it, one after the other.
    private var bytes: [CChar] = []
    /// Where a value begins in `bytes`; nil for null.
    private var starts: [Int?] = []
    private var lengths: [CInt] = []
    private var formats: [CInt] = []

    init(_ values: [SQLValue]) throws {
        for value in values {
            switch value {
            case .text(let text):
                guard !text.utf8.hasZero else {
                    throw RegistryError(.invalidRequest, "A text with a NUL character cannot be kept.")
                }
                append(text.utf8, isBinary: false)
            case .integer(let number): append(String(number).utf8, isBinary: false)
            case .bytes(let raw): append(raw, isBinary: true)
            case .null:
                starts.append(nil)
                lengths.append(0)
                formats.append(0)
            }
        }
    }

    private mutating func append(_ value: some Collection<UInt8>, isBinary: Bool) {
        starts.append(bytes.count)
        lengths.append(CInt(value.count))
        formats.append(isBinary ? 1 : 0)
        // In one piece: a page has megabytes, and the transaction waits meanwhile.
        let copied: Void? = value.withContiguousStorageIfAvailable { raw in
            raw.withMemoryRebound(to: CChar.self) { bytes.append(contentsOf: $0) }
        }
        if copied == nil { bytes.append(contentsOf: value.map { CChar(truncatingIfNeeded: $0) }) }
        bytes.append(0)
    }

    /// Calls a closure with the addresses, lengths and formats.
    func withPointers<Value>(_ body: ([UnsafePointer<CChar>?], [CInt], [CInt]) -> Value) -> Value {
        bytes.withUnsafeBufferPointer { buffer in
            let pointers = starts.map { start in start.flatMap { at in buffer.baseAddress.map { $0 + at } } }
            return body(pointers, lengths, formats)
        }
    }
}

extension String.UTF8View {
    /// Whether there is a NUL among the bytes.
    fileprivate var hasZero: Bool {
        withContiguousStorageIfAvailable { bytes in
            bytes.baseAddress.map { memchr($0, 0, bytes.count) != nil } ?? false
        } ?? contains(0)
    }
}
