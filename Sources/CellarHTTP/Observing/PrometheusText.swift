import Registry

/// Writes counts in Prometheus' text format, version 0.0.4.
struct PrometheusText {
    private(set) var text = ""

    /// All that the server counts.
    static func render(http: HTTPMetrics.State, registry: Registry) -> String {
        var page = PrometheusText()
        page.writeRequests(http)
        page.writeLatencies(http)
        page.family("cellar_fast_lane_requests_total", "counter", "Requests answered from memory, before the router.")
        page.sample("cellar_fast_lane_requests_total", [], String(http.fastLaneRequests))
        page.family("cellar_sent_bytes_total", "counter", "Bytes of response bodies sent, by route.")
        for (route, bytes) in http.bytesSent.sorted(by: { $0.key < $1.key }) {
            page.sample("cellar_sent_bytes_total", [("route", route)], String(bytes))
        }
        page.family("cellar_received_bytes_total", "counter", "Bytes of uploaded files received.")
        page.sample("cellar_received_bytes_total", [], String(http.bytesReceived))
        page.family("cellar_uploads_total", "counter", "Uploads, by how they ended.")
        for (outcome, count) in http.uploads.sorted(by: { $0.key < $1.key }) {
            page.sample("cellar_uploads_total", [("outcome", outcome)], String(count))
        }
        page.family("cellar_page_cache_total", "counter", "Pages asked for, by whether they were kept.")
        for (outcome, name) in [(RegistryMetrics.PageOutcome.hit, "hit"), (.miss, "miss")] {
            page.sample(
                "cellar_page_cache_total", [("outcome", name)], String(registry.metrics.pages.count(of: outcome)))
        }
        page.family("cellar_page_cache_bytes", "gauge", "Bytes of the pages that are kept.")
        page.sample("cellar_page_cache_bytes", [], String(registry.invalidation.pages.size))
        page.writeFetches(registry)
        page.writeUpstreams(registry.metrics.upstreams.snapshot)
        return page.text
    }

    private mutating func writeFetches(_ registry: Registry) {
        let metrics = registry.metrics
        family("cellar_upstream_pages_total", "counter", "Pages of upstreams asked for, by how they were had.")
        for outcome in RegistryMetrics.UpstreamPageOutcome.allCases {
            sample(
                "cellar_upstream_pages_total", [("outcome", "\(outcome)")],
                String(metrics.upstreamPages.count(of: outcome)))
        }
        // Also under a name of its own, for alarms.
        family("cellar_upstream_stale_pages_total", "counter", "Kept pages served since their upstream failed.")
        sample("cellar_upstream_stale_pages_total", [], String(metrics.upstreamPages.count(of: .stale)))
        family(
            "cellar_upstream_files_total", "counter",
            "Files of upstreams asked for, by whether they came from here or from the upstream.")
        for (outcome, name) in [(RegistryMetrics.FileOutcome.hit, "hit"), (.miss, "miss")] {
            sample("cellar_upstream_files_total", [("outcome", name)], String(metrics.files.count(of: outcome)))
        }
        for (name, total, help) in [
            ("cellar_upstream_fetched_bytes_total", metrics.bytesFetched, "Bytes of upstreams' files that came in."),
            (
                "cellar_upstream_saved_bytes_total", metrics.bytesSaved,
                "Bytes of upstreams' files handed out without being asked for there."
            ),
            (
                "cellar_upstream_digest_mismatches_total", metrics.digestMismatches,
                "Fetched files whose digest was wrong, and of which nothing was kept."
            ),
        ] {
            family(name, "counter", help)
            sample(name, [], String(total.value))
        }
        family("cellar_upstream_fetches", "gauge", "Fetches of files that run or wait for their turn.")
        sample("cellar_upstream_fetches", [], String(registry.fetching.count))
    }

    private mutating func writeRequests(_ http: HTTPMetrics.State) {
        family("cellar_requests_total", "counter", "Requests answered, by route, method and status.")
        for (key, count) in http.requests.sorted(by: { $0.key < $1.key }) {
            let labels = [("route", key.route), ("method", key.method), ("status", String(key.status))]
            sample("cellar_requests_total", labels, String(count))
        }
    }

    private mutating func writeLatencies(_ http: HTTPMetrics.State) {
        let name = "cellar_request_duration_seconds"
        family(name, "histogram", "Time from a request's head to the end of its answer, by route.")
        for (route, latency) in http.latencies.sorted(by: { $0.key < $1.key }) {
            histogram(
                name, ("route", route), bounds: HTTPMetrics.latencyBounds, buckets: latency.buckets,
                count: latency.count, sum: latency.sum)
        }
    }

    private mutating func writeUpstreams(_ upstreams: UpstreamMetrics.Snapshot) {
        family("cellar_upstream_requests_total", "counter", "Requests to upstreams, by kind and how they ended.")
        let requests = upstreams.requests.map { key, count in
            (labels: [("upstream", key.upstream), ("kind", key.kind.rawValue), ("outcome", key.outcome.label)], count)
        }
        for (labels, count) in requests.sorted(by: { $0.labels.map(\.1).lexicographicallyPrecedes($1.labels.map(\.1)) })
        {
            sample("cellar_upstream_requests_total", labels, String(count))
        }
        family("cellar_upstream_received_bytes_total", "counter", "Bytes of bodies received from upstreams.")
        for (upstream, bytes) in upstreams.bytes.sorted(by: { $0.key < $1.key }) {
            sample("cellar_upstream_received_bytes_total", [("upstream", upstream)], String(bytes))
        }
        let name = "cellar_upstream_request_duration_seconds"
        family(name, "histogram", "Time to the end of an upstream's page, or the head of its file.")
        for (upstream, latency) in upstreams.latencies.sorted(by: { $0.key < $1.key }) {
            histogram(
                name, ("upstream", upstream), bounds: UpstreamMetrics.bounds, buckets: latency.buckets,
                count: latency.count, sum: latency.sum)
        }
    }

    private mutating func histogram(
        _ name: String, _ label: (String, String), bounds: [Double], buckets: [Int], count: Int, sum: Double
    ) {
        var total = 0
        for (bound, inBucket) in zip(bounds, buckets) {
            total += inBucket
            sample("\(name)_bucket", [label, ("le", String(bound))], String(total))
        }
        sample("\(name)_bucket", [label, ("le", "+Inf")], String(count))
        sample("\(name)_sum", [label], String(sum))
        sample("\(name)_count", [label], String(count))
    }

    private mutating func family(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private mutating func sample(_ name: String, _ labels: [(String, String)], _ value: String) {
        let written = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(written)} \(value)\n"
    }

    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }
}
