import PackagingStandards
import Registry
import Testing

extension UpstreamContract {
    static let pages = [
        UpstreamContract("a page comes with all that it says, and with absolute addresses") { serve in
            try await serve(Site(pages: [.init(alpha)])) { upstream, filesURL in
                let page = try await page(of: "alpha", from: upstream)
                #expect(page.name == "alpha")
                #expect(page.versions == ["1.0", "2.0"])
                #expect(page.files == Site.Page(alpha).page(filesURL: filesURL).files)
            }
        },

        UpstreamContract("a project that it does not have is unknown, and no failure") { serve in
            try await serve(Site(pages: [.init(alpha)])) { upstream, _ in
                for known in [nil, PageValidators(entityTag: "\"old\"", lastModified: nil)] {
                    let answer = try await upstream.page(of: name("beta"), known: known)
                    guard case .unknown = answer else {
                        Issue.record("answered \(answer)")
                        return
                    }
                }
            }
        },

        UpstreamContract("a page states its validators and how long it is fresh") { serve in
            let moment = "Sat, 21 Nov 2026 08:49:37 GMT"
            let site = Site(pages: [.init(alpha, entityTag: "\"one\"", lastModified: moment, freshFor: 600)])
            try await serve(site) { upstream, _ in
                let answer = try await upstream.page(of: name("alpha"), known: nil)
                guard case .page(_, let validity) = answer else {
                    Issue.record("answered \(answer)")
                    return
                }
                #expect(validity.validators == PageValidators(entityTag: "\"one\"", lastModified: moment))
                #expect(validity.freshFor == 600)
            }
        },

        UpstreamContract("a copy that still holds is not sent again") { serve in
            let moment = "Sat, 21 Nov 2026 08:49:37 GMT"
            for (tag, modified) in [("\"one\"", nil), (nil, moment), ("\"one\"", moment)] {
                let site = Site(pages: [.init(alpha, entityTag: tag, lastModified: modified, freshFor: 60)])
                try await serve(site) { upstream, _ in
                    let known = PageValidators(entityTag: tag, lastModified: modified)
                    let answer = try await upstream.page(of: name("alpha"), known: known)
                    guard case .unchanged(let validity) = answer else {
                        Issue.record("answered \(answer)")
                        return
                    }
                    #expect(validity.validators == known)
                    #expect(validity.freshFor == 60)
                }
            }
        },

        UpstreamContract("a page that has changed is sent again, though its date is the same") { serve in
            let moment = "Sat, 21 Nov 2026 08:49:37 GMT"
            let site = Site(pages: [.init(alpha, entityTag: "\"two\"", lastModified: moment)])
            try await serve(site) { upstream, _ in
                let known = PageValidators(entityTag: "\"one\"", lastModified: moment)
                guard case .page = try await upstream.page(of: name("alpha"), known: known) else {
                    Issue.record("the page did not come")
                    return
                }
            }
        },

        UpstreamContract("a page without validators is sent every time, and is not fresh") { serve in
            try await serve(Site(pages: [.init(alpha)])) { upstream, _ in
                for _ in 0..<2 {
                    let answer = try await upstream.page(of: name("alpha"), known: nil)
                    guard case .page(_, let validity) = answer else {
                        Issue.record("answered \(answer)")
                        return
                    }
                    #expect(validity.validators == PageValidators(entityTag: nil, lastModified: nil))
                    #expect(validity.freshFor == 0)
                }
            }
        },

        UpstreamContract("a page's address is where people find it") { serve in
            try await serve(Site()) { upstream, _ in
                let address = upstream.pageURL(of: try name("Some.Name"))
                #expect(address.hasPrefix("http"))
                #expect(address.hasSuffix("/some-name/"))
                #expect(!address.contains("@"))
            }
        },

        UpstreamContract("whether it answers can be seen without a name") { serve in
            try await serve(Site()) { upstream, _ in try await upstream.check() }
        },
    ]

    private static func page(of project: String, from upstream: any Upstream) async throws -> SimpleProjectPage {
        let answer = try await upstream.page(of: name(project), known: nil)
        guard case .page(let page, _) = answer else { throw UnexpectedAnswer(answer: "\(answer)") }
        return page
    }

    private struct UnexpectedAnswer: Error {
        let answer: String
    }
}
