import CLibArchive
import CZlib
import CZstd

/// The C libraries that read and write archives and compressed bytes.
public enum LinkedLibraries {
    /// Their names, each with the version that the program runs with.
    public static var versions: [(name: String, version: String)] {
        [
            ("libarchive", String(cString: archive_version_string()).replacing("libarchive ", with: "")),
            ("zlib", String(cString: zlibVersion())),
            ("zstd", String(cString: ZSTD_versionString())),
        ]
    }
}
