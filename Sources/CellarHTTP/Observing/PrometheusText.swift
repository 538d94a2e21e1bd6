import Registry

/// Writes counts in Prometheus' text format, version 0.0.4.
struct PrometheusText {
    private(set) var text = ""

    /// All that the server counts.
    static func render(http: HTTPMetrics.State, registry: Registry) -> String {
        var page = PrometheusText()
        page.writeRequests(http)
        page.writeLatencies(http)
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
        page.sample("cellar_page_cache_bytes", [], String(registry.pages.size))
        page.writeFetches(registry)
        return page.text
    }

    private mutating func writeFetches(_ registry: Registry) {
        let metrics = registry.metrics
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
        sample("cellar_upstream_fetches", [], String(registry.runningFetches))
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
            var total = 0
            for (bound, count) in zip(HTTPMetrics.latencyBounds, latency.buckets) {
                total += count
                sample("\(name)_bucket", [("route", route), ("le", String(bound))], String(total))
            }
            sample("\(name)_bucket", [("route", route), ("le", "+Inf")], String(latency.count))
            sample("\(name)_sum", [("route", route)], String(latency.sum))
            sample("\(name)_count", [("route", route)], String(latency.count))
        }
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
