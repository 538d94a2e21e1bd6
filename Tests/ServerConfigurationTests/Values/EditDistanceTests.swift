import Testing

@testable import ServerConfiguration

@Suite("Near words")
struct EditDistanceTests {
    @Test(
        "Letters added, dropped, changed or swapped count one each",
        arguments: [
            ("", "", 0), ("a", "", 1), ("lisen", "listen", 1), ("lsiten", "listen", 1), ("kitten", "sitting", 3),
        ])
    func distances(left: String, right: String, distance: Int) {
        #expect(editDistance(left, right) == distance)
        #expect(editDistance(right, left) == distance)
    }

    @Test("The nearest word is found, and none if all are far")
    func nearestWord() {
        #expect(nearest(to: "Lisen", among: ["loops", "listen"]) == "listen")
        #expect(nearest(to: "fallback", among: ["loops", "listen"]) == nil)
        #expect(nearest(to: "x", among: [String]()) == nil)
    }
}
