import GRDBSQLite

/// A VFS of SQLite that passes everything on to the default one, and reports writes and syncs to ``PowerCutDisk``.
enum PowerCutVFS {
    /// Registers the VFS as the default one, once; false if SQLite did not take it.
    static let isRegistered: Bool = {
        guard let original = sqlite3_vfs_find(nil) else { return false }
        let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        vfs.initialize(to: original.pointee)
        vfs.pointee.pNext = nil
        vfs.pointee.zName = UnsafePointer(name)
        vfs.pointee.pAppData = UnsafeMutableRawPointer(original)
        vfs.pointee.szOsFile = CInt(PowerCutFile.size) + original.pointee.szOsFile
        vfs.pointee.xOpen = { vfs, path, file, flags, outFlags in
            guard let original = PowerCutVFS.original(of: vfs), let file else { return SQLITE_CANTOPEN }
            return PowerCutFile.open(original, path, file, flags, outFlags)
        }
        vfs.pointee.xDelete = { vfs, path, syncsFolder in
            guard let original = PowerCutVFS.original(of: vfs), let path else { return SQLITE_IOERR }
            let text = String(cString: path)
            if let disk = PowerCutDisk.disk(of: text) {
                guard !disk.isOff else { return SQLITE_IOERR }
                disk.synced(text)
            }
            return original.pointee.xDelete(original, path, syncsFolder)
        }
        // The other functions find their own data in the VFS that they are called with, so they get the original.
        vfs.pointee.xAccess = { vfs, path, flags, result in
            guard let original = PowerCutVFS.original(of: vfs) else { return SQLITE_IOERR }
            return original.pointee.xAccess(original, path, flags, result)
        }
        vfs.pointee.xFullPathname = { vfs, path, size, result in
            guard let original = PowerCutVFS.original(of: vfs) else { return SQLITE_CANTOPEN }
            return original.pointee.xFullPathname(original, path, size, result)
        }
        return sqlite3_vfs_register(vfs, 1) == SQLITE_OK
    }()

    // Never freed, as the VFS itself: SQLite may use both until the process ends.
    nonisolated(unsafe) private static let name: UnsafeMutablePointer<CChar> = {
        let text = Array("cellar-power-cut".utf8CString)
        let memory = UnsafeMutablePointer<CChar>.allocate(capacity: text.count)
        memory.initialize(from: text, count: text.count)
        return memory
    }()

    static func original(of vfs: UnsafeMutablePointer<sqlite3_vfs>?) -> UnsafeMutablePointer<sqlite3_vfs>? {
        vfs?.pointee.pAppData?.assumingMemoryBound(to: sqlite3_vfs.self)
    }
}
