import Registry
import Testing

@Suite("Families as text")
struct PrometheusTextTests {
    @Test("counters, gauges and histograms are written in the text format")
    func format() {
        var requests = MetricFamily("requests_total", .counter, "Requests, by route.")
        requests.add(2, .init("route", "a\"b\\c\nd"), .init("status", "200"))
        requests.add(0, .init("route", "e"), .init("status", "404"))
        var histogram = Histogram(bounds: [0.125, 2.5])
        for value in [0.125, 0.25, 0.25, 90] { histogram.add(value) }
        var times = MetricFamily("seconds", .histogram, "Times.")
        times.add(histogram, .init("route", "e"))
        let empty = MetricFamily("none_total", .counter, "Nothing.")
        let text = PrometheusText.text(of: [requests, MetricFamily("bytes", .gauge, "Bytes.", value: -1), times, empty])
        #expect(
            text == #"""
                # HELP requests_total Requests, by route.
                # TYPE requests_total counter
                requests_total{route="a\"b\\c\nd",status="200"} 2
                requests_total{route="e",status="404"} 0
                # HELP bytes Bytes.
                # TYPE bytes gauge
                bytes -1
                # HELP seconds Times.
                # TYPE seconds histogram
                seconds_bucket{route="e",le="0.125"} 1
                seconds_bucket{route="e",le="2.5"} 3
                seconds_bucket{route="e",le="+Inf"} 4
                seconds_sum{route="e"} 90.625
                seconds_count{route="e"} 4
                # HELP none_total Nothing.
                # TYPE none_total counter

                """#)
        #expect(PrometheusText.text(of: []).isEmpty)
    }

    @Test("families come in the order in which the parts were added")
    func parts() {
        let families = MetricFamilies()
        families.add { [MetricFamily("a", .counter, "A.", value: 1)] }
        families.add { [MetricFamily("b", .counter, "B.", value: 2), MetricFamily("c", .counter, "C.", value: 3)] }
        #expect(families.current.map(\.name) == ["a", "b", "c"])
    }
}
