package import Registry

/// What became of a file that somebody published in a browser.
package struct PublishedFile: Sendable {
    package enum Outcome: Sendable {
        case published
        /// The same bytes were published before.
        case alreadyPublished
        case refused(RegistryError)
    }

    let name: String
    let outcome: Outcome

    package init(name: String, outcome: Outcome) {
        self.name = name
        self.outcome = outcome
    }
}
