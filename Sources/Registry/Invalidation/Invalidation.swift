import PackagingStandards
import Synchronization

/// What changes make stale: pages, files and exceptions in memory, and the serials that were noted.
///
/// Whoever changes something reports it here before the change is answered. Nobody else drops anything.
public final class Invalidation: Sendable {
    /// Rendered pages and their compressed forms.
    public let pages: PageCache
    /// Small stored files, and open ones.
    let files: FileCache
    /// The exceptions to the policies of indexes.
    let exceptions = ExceptionCache()
    /// How far this process follows the changes of others.
    let freshness = FreshnessState()
    /// The number of changes to anything on which an answer may depend.
    private let changes = Atomic<UInt64>(0)
    /// The names of all indexes: any may look into the one that changes.
    private let indexes: [IndexName]

    init(pages: PageCache, files: FileCache, indexes: [IndexName]) {
        self.pages = pages
        self.files = files
        self.indexes = indexes
    }

    /// The number of changes so far to pages, files, people and rights. Called on event loops.
    ///
    /// While it is the same, whatever was found in memory is found again, up to the moment up to which it is good.
    public var changeCount: UInt64 { changes.load(ordering: .acquiring) }

    /// Reports a new file: the pages of its project are stale, answers for its other files are not.
    func fileAdded(to project: NormalizedName, serial: Int64, in index: IndexName) {
        dropPages(of: project)
        freshness.noteOwn(serial, in: index)
    }

    /// Reports that pages of a project show something new, while its files are served as before.
    func listingChanged(of project: NormalizedName) {
        dropPages(of: project)
    }

    /// Reports that files of a project are served differently: yanked or hidden, replaced, removed, let through or held
    /// back.
    func filesChanged(of project: NormalizedName) {
        files.drop(project)
        dropPages(of: project)
    }

    /// Reports the same for a change of this process that took a serial of its index.
    func filesChanged(of project: NormalizedName, serial: Int64, in index: IndexName) {
        filesChanged(of: project)
        freshness.noteOwn(serial, in: index)
    }

    /// Reports that the exceptions to an index's policy changed for a project.
    func exceptionsChanged(of project: NormalizedName, in index: IndexName) {
        exceptions.outdate(index)
        filesChanged(of: project)
    }

    /// Reports a change to people or rights.
    func accessChanged() {
        changes.add(1, ordering: .acquiringAndReleasing)
    }

    /// Reports that grants changed. Pages are kept by what their readers may see; files are not.
    func grantsChanged() {
        files.dropAll()
        accessChanged()
    }

    /// Reports a change of unknown extent.
    func everythingChanged() {
        pages.dropAll()
        files.dropAll()
        exceptions.forgetAll()
        changes.add(1, ordering: .acquiringAndReleasing)
    }

    private func dropPages(of project: NormalizedName) {
        for index in indexes { pages.drop(project, in: index) }
        changes.add(1, ordering: .acquiringAndReleasing)
    }
}

/// How far this process has followed the database's changes, and which of them it made itself.
final class FreshnessState: Sendable {
    private struct State {
        var cursor: ChangeCursor?
        /// The serials of this process's own publishes, whose pages are dropped already.
        var own: [IndexName: Set<Int64>] = [:]
    }

    private let state = Mutex(State())
    private let epoch = Atomic<Int64>(0)

    /// The count of changes to people and rights that this process has seen.
    var accessEpoch: Int64 { epoch.load(ordering: .acquiring) }

    var seen: ChangeCursor? { state.withLock { $0.cursor } }

    /// Remembers that this process made a serial and has dropped what it makes stale.
    func noteOwn(_ serial: Int64, in index: IndexName) {
        _ = state.withLock { $0.own[index, default: []].insert(serial) }
    }

    /// Moves to a new cursor. Returns whether another process may have made any of the changes in between.
    func advance(to new: ChangeCursor) -> Bool {
        epoch.store(new.accessEpoch, ordering: .releasing)
        return state.withLock { state in
            var foreign = false
            for (index, last) in new.serials {
                let first = (state.cursor?.serials[index] ?? last) + 1
                guard first <= last else { continue }
                let own = state.own[index] ?? []
                foreign = foreign || !(first...last).allSatisfy(own.contains)
                state.own[index] = own.filter { $0 > last }
            }
            state.cursor = new
            return foreign
        }
    }
}
