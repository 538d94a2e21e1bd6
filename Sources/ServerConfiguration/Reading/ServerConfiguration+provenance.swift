import Provenance

extension ServerConfiguration {
    /// Reads `[provenance]` and the files that it names.
    static func readTrustRoots(_ reader: inout SettingsReader) -> [TrustRoot] {
        var roots: [TrustRoot] = []
        for (item, path) in reader.value(of: DeclaredKeys.trustedRoot).enumerated() {
            let place = reader.place(ofItem: item, of: DeclaredKeys.trustedRoot, named: nil)
            guard let bytes = contents(of: path, DeclaredKeys.trustedRoot, &reader, at: place) else { continue }
            do throws(ProvenanceError) {
                roots.append(try TrustRoot(sigstore: bytes))
            } catch {
                fail(DeclaredKeys.trustedRoot, path, error, &reader, at: place)
            }
        }
        if let root = readPEM(&reader) { roots.append(root) }
        return roots
    }

    /// Reads a trust root of PEM files; nil if there is none, or it is wrong.
    private static func readPEM(_ reader: inout SettingsReader) -> TrustRoot? {
        guard let authorities = reader.value(of: DeclaredKeys.certificateAuthorities) else {
            for key in [DeclaredKeys.transparencyLogKeys, DeclaredKeys.certificateLogKeys] {
                guard reader.value(of: key) != nil else { continue }
                reader.fail(
                    "\(key.displayName) needs \(DeclaredKeys.certificateAuthorities.displayName) beside it",
                    at: reader.place(of: key))
            }
            return nil
        }
        let logs = reader.value(of: DeclaredKeys.transparencyLogKeys)
        let certificateLogs = reader.value(of: DeclaredKeys.certificateLogKeys)
        let place = reader.place(of: DeclaredKeys.certificateAuthorities)
        guard let logs else {
            reader.fail(
                "\(DeclaredKeys.certificateAuthorities.displayName) needs "
                    + "\(DeclaredKeys.transparencyLogKeys.displayName) beside it",
                at: place)
            return nil
        }
        let certificates = text(of: authorities, DeclaredKeys.certificateAuthorities, &reader)
        let logKeys = text(of: logs, DeclaredKeys.transparencyLogKeys, &reader)
        let certificateLogKeys = certificateLogs.map { text(of: $0, DeclaredKeys.certificateLogKeys, &reader) }
        guard let certificates, let logKeys, let certificateLogKeys = certificateLogKeys ?? "" else { return nil }
        do throws(ProvenanceError) {
            return try TrustRoot(
                certificates: certificates, transparencyLogKeys: logKeys, certificateLogKeys: certificateLogKeys)
        } catch {
            fail(DeclaredKeys.certificateAuthorities, authorities, error, &reader, at: place)
            return nil
        }
    }

    private static func text(
        of path: String, _ key: some DeclaredKey, _ reader: inout SettingsReader
    ) -> String? {
        contents(of: path, key, &reader, at: reader.place(of: key)).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func contents(
        of path: String, _ key: some DeclaredKey, _ reader: inout SettingsReader, at place: ConfigurationPlace
    ) -> [UInt8]? {
        do throws(SmallFile.Failure) {
            return try SmallFile.read(path)
        } catch {
            reader.fail("\(key.displayName): \(quoted(path)) can't be read: \(error.message)", at: place)
            return nil
        }
    }

    private static func fail(
        _ key: some DeclaredKey, _ path: String, _ error: ProvenanceError, _ reader: inout SettingsReader,
        at place: ConfigurationPlace
    ) {
        reader.fail("\(key.displayName): \(quoted(path)) can't be used: \(error)", at: place)
    }
}
