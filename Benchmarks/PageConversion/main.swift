// `PageConversion PROJECT REPEATS <page.html` prints the milliseconds of CPU that it takes to read an upstream's HTML
// page, to name its files, and to write our JSON page of them; and the number of files. The network, the database and
// the policies are left out; `numpy-page` measures the whole request, too.

import Glibc
import NIOCore
import PackagingStandards
import Registry

struct PageConversion {
    let project: NormalizedName

    func json(of html: ByteBuffer) throws -> (json: ByteBuffer, files: Int) {
        let reader = SimplePageReader(pageURL: "https://pypi.org/simple/\(project)/", maxFiles: .max)
        var page = try reader.html(html)
        var seen: Set<String> = []
        page.name = project.description
        let followed = page.files.compactMap { FollowedFile($0, of: project) }
        page.files = followed.map(\.listed)
        page.versions = followed.map { $0.name.rawVersion }.filter { seen.insert($0).inserted }
        page.filesAddress = "../../"
        var json = ByteBuffer()
        page.writeJSON(into: &json)
        return (json, page.files.count)
    }

    /// The CPU time that this process has used, in milliseconds.
    static func cpuTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
    }

    static func standardInput() -> ByteBuffer {
        var bytes = ByteBuffer()
        while true {
            let count = bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: 1 << 16) { space in
                max(0, read(STDIN_FILENO, space.baseAddress, space.count))
            }
            guard count > 0 else { return bytes }
        }
    }
}

guard CommandLine.arguments.count == 3, let project = NormalizedName(CommandLine.arguments[1]),
    let repeats = Int(CommandLine.arguments[2]), repeats > 0
else {
    print("usage: PageConversion PROJECT REPEATS <page.html")
    exit(2)
}
let conversion = PageConversion(project: project)
let html = PageConversion.standardInput()
let first = try conversion.json(of: html)
let start = PageConversion.cpuTime()
for _ in 0..<repeats {
    guard try conversion.json(of: html) == first else { fatalError("a page came out in two ways") }
}
print((PageConversion.cpuTime() - start) / Double(repeats), first.files)
