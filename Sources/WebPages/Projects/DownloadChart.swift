import PackagingStandards
import Registry

/// Downloads per day as a drawing: bars, with the numbers in a table for who cannot see them.
struct DownloadChart {
    private static let height = 96
    private static let step = 10

    /// A bar.
    struct Bar {
        let x: Int
        let y: Int
        let height: Int
        /// The day and its number, which browsers show beside the pointer.
        let title: String
    }

    let bars: [Bar]
    let width: Int
    let height = Self.height
    /// What is drawn, in a sentence.
    let summary: String
    let most: String
    let first: String
    let last: String

    /// Draws the days; nil if nothing was downloaded.
    init?(_ downloads: ProjectDownloads, visit: PageVisit) {
        guard downloads.count > 0, let first = downloads.days.first, let last = downloads.days.last else { return nil }
        let most = downloads.days.map(\.count).max() ?? 1
        bars = downloads.days.enumerated().map { place, day in
            let height = day.count == 0 ? 0 : max(2, Int(day.count * Int64(Self.height) / most))
            return Bar(
                x: place * Self.step, y: Self.height - height, height: height,
                title: "\(visit.date(day.day.start)): \(visit.number(day.count))")
        }
        width = downloads.days.count * Self.step
        summary = visit.text(
            "downloads.summary",
            ["count": visit.number(downloads.count), "days": "\(downloads.days.count)", "most": visit.number(most)])
        self.most = visit.number(most)
        self.first = visit.date(first.day.start)
        self.last = visit.date(last.day.start)
    }
}
