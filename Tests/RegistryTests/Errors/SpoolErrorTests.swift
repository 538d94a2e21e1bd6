import Glibc
import LocalFiles
import Registry
import Testing

@Suite("Failures of the spool, in words")
struct SpoolErrorTests {
    @Test(
        "each failure has its code, and a text that says what is too much",
        arguments: [
            (SpoolError.closed, RegistryError.Code.unavailable, "later"),
            (.overLimit(17), .tooLarge, "17 bytes"), (.overCapacity(19), .tooLarge, "19 bytes"),
            (.full, .unavailable, "in a minute"), (.ended, .internal, "ended"),
            (.system(SystemError(ENOSPC, "write /secret")), .insufficientStorage, "no room"),
            (.system(SystemError(EDQUOT, "write /secret")), .insufficientStorage, "no room"),
            (.system(SystemError(EROFS, "open /secret")), .unavailable, "not allowed"),
            (.system(SystemError(EMFILE, "open /secret")), .unavailable, "too much"),
            (.system(SystemError(EIO, "write /secret")), .internal, "spool folder"),
        ])
    func codes(_ failure: SpoolError, code: RegistryError.Code, words: String) {
        let error = RegistryError(failure)
        #expect(error.code == code)
        #expect(error.message.contains(words))
        #expect(!error.message.contains("/secret"))
        if case .system = failure { #expect(error.description.contains("/secret"), "the log has the call") }
    }
}
