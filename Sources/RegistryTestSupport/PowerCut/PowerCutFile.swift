import GRDBSQLite

/// A file as SQLite holds it: the methods first, as SQLite wants it, and behind it the memory of the real file.
struct PowerCutFile {
    private var base: sqlite3_file
    private var real: UnsafeMutablePointer<sqlite3_file>
    private var context: Unmanaged<Context>

    /// Where the file lies.
    private final class Context: Sendable {
        let path: String
        let disk: PowerCutDisk

        init(path: String, disk: PowerCutDisk) {
            self.path = path
            self.disk = disk
        }
    }

    /// Bytes, rounded so that the real file behind is aligned.
    static let size = (MemoryLayout<PowerCutFile>.size + 15) / 16 * 16

    static func open(
        _ vfs: UnsafeMutablePointer<sqlite3_vfs>, _ path: UnsafePointer<CChar>?,
        _ file: UnsafeMutablePointer<sqlite3_file>, _ flags: CInt, _ outFlags: UnsafeMutablePointer<CInt>?
    ) -> CInt {
        // A file that lies elsewhere is the original VFS's own, as if this one did not exist.
        guard let path, let disk = PowerCutDisk.disk(of: String(cString: path)) else {
            return vfs.pointee.xOpen(vfs, path, file, flags, outFlags)
        }
        file.pointee.pMethods = nil
        guard !disk.isOff else { return SQLITE_CANTOPEN }
        let memory = UnsafeMutableRawPointer(file)
        let real = (memory + size).assumingMemoryBound(to: sqlite3_file.self)
        let result = vfs.pointee.xOpen(vfs, path, real, flags, outFlags)
        guard result == SQLITE_OK else {
            if real.pointee.pMethods != nil { _ = real.pointee.pMethods.pointee.xClose(real) }
            return result
        }
        let context = Context(path: String(cString: path), disk: disk)
        memory.initializeMemory(
            as: PowerCutFile.self,
            to: PowerCutFile(base: sqlite3_file(pMethods: methods), real: real, context: .passRetained(context)))
        return SQLITE_OK
    }

    private static func file(_ file: UnsafeMutablePointer<sqlite3_file>?) -> PowerCutFile? {
        guard let file else { return nil }
        return UnsafeRawPointer(file).assumingMemoryBound(to: PowerCutFile.self).pointee
    }

    private var functions: sqlite3_io_methods { real.pointee.pMethods.pointee }
    private var disk: PowerCutDisk { context.takeUnretainedValue().disk }

    private func note(offset: Int64, count: Int, new: [UInt8]?) {
        var size: sqlite3_int64 = 0
        _ = functions.xFileSize(real, &size)
        let stood = Int(max(0, min(Int64(count), size - offset)))
        var old = [UInt8](repeating: 0, count: stood)
        _ = old.withUnsafeMutableBytes { functions.xRead(real, $0.baseAddress, CInt($0.count), offset) }
        let context = context.takeUnretainedValue()
        context.disk.wrote(.init(offset: offset, old: old, oldSize: size, new: new), to: context.path)
    }

    // Made once and never freed: every open file points to it.
    nonisolated(unsafe) private static let methods: UnsafePointer<sqlite3_io_methods> = {
        let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        methods.initialize(to: sqlite3_io_methods())
        methods.pointee.iVersion = 2
        setReadingMethods(&methods.pointee)
        setWritingMethods(&methods.pointee)
        setLockingMethods(&methods.pointee)
        return UnsafePointer(methods)
    }()

    private static func setReadingMethods(_ methods: inout sqlite3_io_methods) {
        methods.xClose = { pointer in
            guard let file = PowerCutFile.file(pointer) else { return SQLITE_OK }
            let result = file.functions.xClose(file.real)
            file.context.release()
            pointer?.pointee.pMethods = nil
            return result
        }
        methods.xRead = { pointer, bytes, count, offset in
            guard let file = PowerCutFile.file(pointer), !file.disk.isOff else { return SQLITE_IOERR }
            return file.functions.xRead(file.real, bytes, count, offset)
        }
        methods.xFileSize = { pointer, size in
            guard let file = PowerCutFile.file(pointer), !file.disk.isOff else { return SQLITE_IOERR }
            return file.functions.xFileSize(file.real, size)
        }
        methods.xFileControl = { pointer, operation, argument in
            guard let file = PowerCutFile.file(pointer) else { return SQLITE_NOTFOUND }
            return file.functions.xFileControl(file.real, operation, argument)
        }
        methods.xSectorSize = { pointer in PowerCutFile.file(pointer).map { $0.functions.xSectorSize($0.real) } ?? 4096
        }
        // Says nothing of its own: no atomic writes, no safe appends.
        methods.xDeviceCharacteristics = { _ in 0 }
    }

    private static func setWritingMethods(_ methods: inout sqlite3_io_methods) {
        methods.xWrite = { pointer, bytes, count, offset in
            guard let file = PowerCutFile.file(pointer), !file.disk.isOff else { return SQLITE_IOERR }
            let new = [UInt8](UnsafeRawBufferPointer(start: bytes, count: Int(count)))
            file.note(offset: offset, count: Int(count), new: new)
            return file.functions.xWrite(file.real, bytes, count, offset)
        }
        methods.xTruncate = { pointer, size in
            guard let file = PowerCutFile.file(pointer), !file.disk.isOff else { return SQLITE_IOERR }
            file.note(offset: size, count: .max, new: nil)
            return file.functions.xTruncate(file.real, size)
        }
        methods.xSync = { pointer, _ in
            guard let file = PowerCutFile.file(pointer), !file.disk.isOff else { return SQLITE_IOERR }
            file.disk.synced(file.context.takeUnretainedValue().path)
            return SQLITE_OK
        }
    }

    private static func setLockingMethods(_ methods: inout sqlite3_io_methods) {
        methods.xLock = { pointer, level in
            PowerCutFile.file(pointer).map { $0.functions.xLock($0.real, level) } ?? SQLITE_IOERR
        }
        methods.xUnlock = { pointer, level in
            PowerCutFile.file(pointer).map { $0.functions.xUnlock($0.real, level) } ?? SQLITE_OK
        }
        methods.xCheckReservedLock = { pointer, result in
            PowerCutFile.file(pointer).map { $0.functions.xCheckReservedLock($0.real, result) } ?? SQLITE_IOERR
        }
        methods.xShmMap = { pointer, page, size, isExtending, result in
            PowerCutFile.file(pointer).map { $0.functions.xShmMap($0.real, page, size, isExtending, result) }
                ?? SQLITE_IOERR
        }
        methods.xShmLock = { pointer, offset, count, flags in
            PowerCutFile.file(pointer).map { $0.functions.xShmLock($0.real, offset, count, flags) } ?? SQLITE_IOERR
        }
        methods.xShmBarrier = { pointer in
            guard let file = PowerCutFile.file(pointer) else { return }
            file.functions.xShmBarrier(file.real)
        }
        methods.xShmUnmap = { pointer, isDeleting in
            PowerCutFile.file(pointer).map { $0.functions.xShmUnmap($0.real, isDeleting) } ?? SQLITE_OK
        }
    }
}
