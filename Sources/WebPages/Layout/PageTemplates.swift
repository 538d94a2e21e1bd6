import HTTPTypes
import Hummingbird
import Mustache
import NIOCore

/// The templates of all pages, compiled for each language.
struct PageTemplates: Sendable {
    private let libraries: [Language: MustacheLibrary]

    /// Compiles templates.
    ///
    /// - Parameter sources: The sources by the templates' names.
    /// - Throws: `MissingText` for a text that there is not, or the error in a template.
    init(_ sources: [String: String]) throws {
        var libraries: [Language: MustacheLibrary] = [:]
        for language in Language.allCases {
            let templates = try sources.mapValues { try MustacheTemplate(string: Texts.resolve($0, in: language)) }
            libraries[language] = MustacheLibrary(templates: templates)
        }
        self.libraries = libraries
    }

    /// Renders a page.
    ///
    /// - Parameters:
    ///   - model: What is on it: a value with `title`, and what its template names besides.
    ///   - template: The template's name.
    ///   - visit: What it answers.
    ///   - address: Whether the page's address is a secret.
    /// - Returns: The page.
    func render(
        _ model: Any, _ template: String, for visit: PageVisit, address: Layout.AddressSecrecy = .open
    ) -> String {
        var names: [String: Any] = ["home": visit.home, "frame": Frame(visit, isSecret: address == .secret).names]
        for case (let name?, let value) in Mirror(reflecting: model).children { names[name] = Reflected.value(value) }
        return libraries[visit.language]?.render(names, withTemplate: template) ?? ""
    }

    /// Renders a page, and returns it as a response.
    ///
    /// - Parameters:
    ///   - model: What is on it.
    ///   - template: The template's name.
    ///   - visit: What it answers.
    ///   - status: The status.
    ///   - keeping: How long it is kept.
    ///   - address: Whether the page's address is a secret.
    ///   - images: Whose images are on it.
    /// - Returns: The response.
    func response(
        _ model: Any, _ template: String, to visit: PageVisit, status: HTTPResponse.Status = .ok,
        keeping: Layout.Keeping = .nowhere, address: Layout.AddressSecrecy = .open, images: Layout.Images = .own
    ) -> Response {
        Layout.response(
            render(model, template, for: visit, address: address), to: visit, status: status, keeping: keeping,
            address: address, images: images)
    }
}
