import Registry
import Synchronization

/// How many uploads may run at once: each takes up to some ten megabytes of memory for its form's fields.
final class UploadSlots: Sendable {
    private let free: Mutex<Int>

    init(count: Int) {
        free = Mutex(count)
    }

    /// The right to run an upload.
    struct Slot {
        fileprivate let slots: UploadSlots

        /// Lets another upload run; called once.
        func giveBack() {
            slots.free.withLock { $0 += 1 }
        }
    }

    /// Takes a slot. Throws `.unavailable` where there is none.
    func take() throws -> Slot {
        try free.withLock { free in
            guard free > 0 else {
                throw RegistryError(
                    .unavailable, "The server is receiving as many uploads as it can at once; try again in a minute.")
            }
            free -= 1
        }
        return Slot(slots: self)
    }
}
