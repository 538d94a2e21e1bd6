import Hummingbird
import PackagingStandards
import Registry

/// What the server answered: requests, hits, bytes and downloads by day, and the projects that are downloaded most.
struct StatisticsPage: Sendable {
    let admin: AdminDesk
    /// The days that the form offers.
    private static let spans: [Int64] = [7, 30, 90, 365]

    func page(days: String, visit: PageVisit) async throws -> Response {
        try await admin.with(visit) {
            let span = Self.spans.first { String($0) == days } ?? 30
            let report = try await admin.registry.serverStatistics.report(days: span, caller: visit.caller)
            let total = report.total
            let choose = EntryForm.asking(
                visit, at: "admin/statistics",
                [
                    .choice(
                        "days", visit.text("statistics.span"),
                        Self.spans.map { (String($0), visit.text("tokens.days", ["days": String($0)])) },
                        chosen: String(span))
                ], button: visit.text("audit.show"))
            return admin.show(
                Screen(
                    title: visit.text("statistics.title"), lead: visit.text("statistics.lead"),
                    parts: [
                        Screen.Part(
                            nil,
                            [
                                .form(choose),
                                .facts([
                                    Fact(visit.text("statistics.requests"), .text(Shown.number(total.requests))),
                                    Fact(
                                        visit.text("statistics.hits"), .text(Self.share(total.hits, of: total.requests))
                                    ),
                                    Fact(
                                        visit.text("statistics.failures"), .text(Shown.number(total.failures))),
                                    Fact(visit.text("statistics.bytes"), .text(Shown.size(total.bytes))),
                                    Fact(visit.text("statistics.downloads"), .text(Shown.number(report.downloads))),
                                ]),
                            ]),
                        chart(report, visit.text("statistics.requests"), "requests", visit) { $0.traffic.requests },
                        chart(report, visit.text("statistics.bytes"), "bytes", visit, show: Shown.size) {
                            $0.traffic.bytes
                        },
                        chart(report, visit.text("statistics.downloads"), "downloads", visit) { $0.downloads },
                        Screen.Part(
                            visit.text("statistics.projects"), anchor: "projects", [.table(projects(report, visit))]),
                        Screen.Part(visit.text("statistics.kinds"), anchor: "kinds", [.table(kinds(report, visit))]),
                        Screen.Part(visit.text("statistics.days"), anchor: "days", [.table(table(report, visit))]),
                    ]), visit)
        }
    }

    private static func share(_ part: Int64, of whole: Int64) -> String {
        whole == 0 ? "0" : "\(Shown.number(part)) (\(part * 100 / whole) %)"
    }

    private func chart(
        _ report: ServerReport, _ title: String, _ name: String, _ visit: PageVisit,
        show: (Int64) -> String = Shown.number, value: (ServerReport.Day) -> Int64
    ) -> Screen.Part {
        let bars = report.days.map { BarChart.Bar(label: "\($0.day)", value: value($0)) }
        let most = visit.text("statistics.most", ["value": show(bars.map(\.value).max() ?? 0)])
        return Screen.Part(
            title, anchor: name, [.chart(BarChart(id: name, title: title, note: most, bars: bars).svg(show))])
    }

    private func projects(_ report: ServerReport, _ visit: PageVisit) -> Table {
        Table(
            visit.text("statistics.projects"),
            [
                Table.Column(visit.text("rights.project")), Table.Column(visit.text("rights.index")),
                Table.Column(visit.text("statistics.origin")),
                Table.Column(visit.text("statistics.downloads"), isAmount: true),
            ],
            report.projects.map { project in
                [
                    Cell(
                        .link(
                            project.project.description,
                            "./\(visit.home)\(project.index)/projects/\(project.project)/")),
                    .text(project.index.description), .text(project.origin.description),
                    .number(Shown.number(project.count)),
                ]
            }, empty: visit.text("statistics.none"))
    }

    private func kinds(_ report: ServerReport, _ visit: PageVisit) -> Table {
        Table(
            visit.text("statistics.kinds"),
            [
                Table.Column(visit.text("statistics.kind")),
                Table.Column(visit.text("statistics.requests"), isAmount: true),
                Table.Column(visit.text("statistics.hits"), isAmount: true),
                Table.Column(visit.text("statistics.failures"), isAmount: true),
                Table.Column(visit.text("statistics.bytes"), isAmount: true),
            ],
            report.kinds.map { kind in
                [
                    Cell(.code(kind.name)), .number(Shown.number(kind.traffic.requests)),
                    .number(Self.share(kind.traffic.hits, of: kind.traffic.requests)),
                    .number(Shown.number(kind.traffic.failures)), .number(Shown.size(kind.traffic.bytes)),
                ]
            }, empty: visit.text("statistics.none"))
    }

    private func table(_ report: ServerReport, _ visit: PageVisit) -> Table {
        Table(
            visit.text("statistics.days"),
            [
                Table.Column(visit.text("statistics.day")),
                Table.Column(visit.text("statistics.requests"), isAmount: true),
                Table.Column(visit.text("statistics.hits"), isAmount: true),
                Table.Column(visit.text("statistics.bytes"), isAmount: true),
                Table.Column(visit.text("statistics.downloads"), isAmount: true),
            ],
            report.days.reversed().map { day in
                [
                    .text("\(day.day)"), .number(Shown.number(day.traffic.requests)),
                    .number(Shown.number(day.traffic.hits)), .number(Shown.size(day.traffic.bytes)),
                    .number(Shown.number(day.downloads)),
                ]
            }, empty: visit.text("statistics.none"))
    }
}

/// A chart of bars, as an SVG: a bar for each day, with its day and value as a text for pointers.
struct BarChart {
    struct Bar {
        let label: String
        let value: Int64
    }

    /// Names its title; unique on the page.
    let id: String
    let title: String
    /// What stands above the bars.
    let note: String
    let bars: [Bar]

    private static let width = 720.0
    private static let height = 190.0
    private static let top = 34.0
    private static let bottom = 32.0

    /// Returns the SVG; `show` writes a value.
    func svg(_ show: (Int64) -> String) -> String {
        let most = Double(max(bars.map(\.value).max() ?? 0, 1))
        let step = Self.width / Double(max(bars.count, 1))
        let room = Self.height - Self.top - Self.bottom
        var svg = """
            <svg viewBox="0 0 720 190" role="img" aria-labelledby="chart-\(Self.escaped(id))" class="bars">\
            <title id="chart-\(Self.escaped(id))">\(Self.escaped(title)). \(Self.escaped(note))</title>\
            <text x="0" y="22" class="note">\(Self.escaped(note))</text>
            """
        for (number, bar) in bars.enumerated() {
            let height = bar.value == 0 ? 0 : max(1, Double(bar.value) / most * room)
            let (x, y) = (Double(number) * step, Self.height - Self.bottom - height)
            svg += """
                <rect x="\(Self.text(x))" y="\(Self.text(y))" width="\(Self.text(max(step - 1.5, 0.8)))" \
                height="\(Self.text(height))"><title>\(Self.escaped(bar.label)): \(Self.escaped(show(bar.value)))</title></rect>
                """
        }
        svg += "<path d=\"M0 158.5H720\" class=\"axis\"/>"
        if let first = bars.first, let last = bars.last {
            svg += "<text x=\"0\" y=\"184\" class=\"note\">\(Self.escaped(first.label))</text>"
            svg += "<text x=\"720\" y=\"184\" text-anchor=\"end\" class=\"note\">\(Self.escaped(last.label))</text>"
        }
        return svg + "</svg>"
    }

    private static func text(_ number: Double) -> String {
        let hundredths = Int((number * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
