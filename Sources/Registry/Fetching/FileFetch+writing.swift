import LocalFiles
import NIOCore
import NIOPosix
import PackagingStandards

/// Nobody waits for the bytes any more, and they could not be kept.
struct AbandonedFetch: Error {}

extension FileFetch {
    /// The upstream has answered.
    ///
    /// - Parameters:
    ///   - size: Bytes of the whole file; nil where nobody has told.
    ///   - file: Where the bytes go; nil where they only pass through.
    func begin(size: Int64?, into file: SpoolFile?) {
        change { state in
            state.hasBegun = true
            if let size { state.progress.learn(size: size) }
            state.file = file
            if file == nil { state.window = RelayWindow(start: 0) }
        }
    }

    /// Takes the next bytes; waits while the disk, or without one the slowest reader, is behind.
    func append(_ chunk: ByteBuffer) async throws {
        var rest = chunk
        while let part = rest.readSlice(length: min(rest.readableBytes, 64 << 10)), part.readableBytes > 0 {
            try await waitForRoom(part.readableBytes)
            let mustStart = change { state in
                state.pending.writeImmutableBuffer(part)
                state.received += Int64(part.readableBytes)
                defer { state.isWriting = true }
                return !state.isWriting
            }
            if mustStart { writePending() }
        }
    }

    /// Bytes that have come in so far, those that are not written yet among them.
    var received: Int64 { look { $0.received } }

    /// Whether the bytes only pass through.
    var isRelayed: Bool { look { $0.window != nil } }

    /// Waits until all that came in is written.
    ///
    /// - Returns: What hashed it.
    func finishWriting() async throws -> FetchHasher {
        try await wait { !$0.isWriting || $0.failure != nil }
        let (failure, hasher) = look { ($0.failure, $0.hasher) }
        if let failure { throw failure }
        return hasher
    }

    /// Lets the last bytes go: the digest is right.
    func release() {
        change { $0.progress.verify() }
    }

    private func waitForRoom(_ count: Int) async throws {
        let limit = limits.windowSize
        @Sendable func hasRoom(_ state: State) -> Bool {
            let pending = state.pending.readableBytes + count
            guard pending <= Self.blockSize else { return false }
            return state.window.map { $0.count + state.writing + pending <= limit } ?? true
        }
        @Sendable func isDue(_ state: State) -> Bool {
            hasRoom(state) || state.failure != nil || state.isAbandoned
        }
        if !look(isDue) {
            // The disk may turn out to be full, and the bytes pass through from then on, while this waits.
            let watch = watchStalledReaders()
            defer { watch.cancel() }
            try await wait(until: isDue)
        }
        let (failure, isAbandoned) = look { ($0.failure, $0.isAbandoned) }
        if let failure { throw failure }
        if isAbandoned { throw AbandonedFetch() }
    }

    /// Hashes and writes what is pending, on the threads, and goes on while more comes in.
    private func writePending() {
        threads.submit { [self] poolState in
            guard poolState == .active else {
                return fail(RegistryError(.unavailable, "The server is stopping; try again."))
            }
            let (block, hasher, file) = change { ($0.takePending(), $0.hasher, $0.window == nil ? $0.file : nil) }
            var hashed = hasher
            hashed.update(block)
            let place = Result { try file?.write(block) }
            let goesOn = change { state in
                state.hasher = hashed
                state.take(block, place)
                state.isWriting = state.pending.readableBytes > 0
                return state.isWriting
            }
            if goesOn { writePending() }
        }
    }

    /// Cuts those off, now and then, that hold all others up and read too little.
    private func watchStalledReaders() -> Task<Void, Never> {
        Task { [limits] in
            while (try? await Task.sleep(for: limits.idleTimeout / 4)) != nil {
                let now = ContinuousClock.now
                change { state in
                    guard let window = state.window else { return }
                    for (id, reader) in state.readers
                    where reader.position < window.firstEnd && now - reader.lastMoved >= limits.idleTimeout {
                        state.readers[id]?.isCut = true
                    }
                    state.trimWindow()
                }
            }
        }
    }
}

extension FileFetch.State {
    /// Whether bytes that cannot be kept have no readers left.
    fileprivate var isAbandoned: Bool {
        window != nil && readers.values.allSatisfy(\.isCut)
    }

    /// What came in so far, to be written; what comes in from now on goes to another buffer.
    fileprivate mutating func takePending() -> ByteBuffer {
        let block = pending
        writing = block.readableBytes
        pending = spare ?? ByteBufferAllocator().buffer(capacity: FileFetch.blockSize)
        spare = nil
        return block
    }

    /// Takes a block that was hashed, and written if there was room for it.
    fileprivate mutating func take(_ block: ByteBuffer, _ place: Result<OpenFile?, any Error>) {
        if case .success(let open?) = place, window == nil {
            spooled = (open, spooled.count + Int64(block.readableBytes))
            spare = block
            spare?.clear()
        } else {
            if window == nil { window = RelayWindow(start: progress.arrived) }
            window?.append(block)
            trimWindow()
        }
        writing = 0
        let before = progress.released
        progress.arrive(block.readableBytes)
        guard window != nil else { return }
        // Who had read all that may leave did not hold anybody up until now.
        for (id, reader) in readers where reader.position >= before { readers[id]?.catchUp() }
    }
}
