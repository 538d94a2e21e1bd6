package import PackagingStandards

/// Who is expected to have signed: the description of a publisher that a certificate is matched with.
package enum Publisher: Hashable, Sendable {
    case gitHub(GitHub)
    case gitLab(GitLab)
    case google(Google)
    case circleCI(CircleCI)
    /// Anybody else, by what the certificate says.
    case other(Other)
    /// A kind that a provenance object names and nothing is known of; it matches nobody.
    case unknown(kind: String)

    /// A workflow of GitHub Actions.
    package struct GitHub: Hashable, Sendable {
        /// `owner/name`.
        package let repository: String
        /// The workflow's file name, such as `release.yml`.
        package let workflow: String
        package let environment: String?
        /// GitHub's numeric id of the repository, if it is known.
        package let repositoryID: String?
        /// GitHub's numeric id of the repository's owner, if it is known.
        package let ownerID: String?

        package init(
            repository: String, workflow: String, environment: String? = nil, repositoryID: String? = nil,
            ownerID: String? = nil
        ) {
            self.repository = repository
            self.workflow = workflow
            self.environment = environment
            self.repositoryID = repositoryID
            self.ownerID = ownerID
        }
    }

    /// A pipeline of GitLab CI/CD.
    package struct GitLab: Hashable, Sendable {
        /// The address of GitLab, without a slash at the end.
        package let server: String
        /// `group/name`, with all groups between.
        package let repository: String
        /// The path of the pipeline's configuration, such as `.gitlab-ci.yml`.
        package let workflowPath: String
        package let environment: String?
        /// GitLab's numeric id of the project, if it is known.
        package let repositoryID: String?
        /// GitLab's numeric id of the namespace, if it is known.
        package let ownerID: String?

        package static let publicServer = "https://gitlab.com"

        package init(
            repository: String, workflowPath: String, environment: String? = nil, repositoryID: String? = nil,
            ownerID: String? = nil, server: String = publicServer
        ) {
            self.server = server
            self.repository = repository
            self.workflowPath = workflowPath
            self.environment = environment
            self.repositoryID = repositoryID
            self.ownerID = ownerID
        }
    }

    /// A service account of Google Cloud.
    package struct Google: Hashable, Sendable {
        package let email: String

        package init(email: String) {
            self.email = email
        }
    }

    /// A pipeline of CircleCI.
    package struct CircleCI: Hashable, Sendable {
        package let projectID: String
        package let pipelineDefinitionID: String
        /// The repository without a scheme, such as `github.com/owner/name`; nil for any.
        package let origin: String?
        /// The git ref, such as `refs/heads/main`; nil for any.
        package let ref: String?

        package init(projectID: String, pipelineDefinitionID: String, origin: String? = nil, ref: String? = nil) {
            self.projectID = projectID
            self.pipelineDefinitionID = pipelineDefinitionID
            self.origin = origin
            self.ref = ref
        }
    }

    /// Anybody that an OpenID Connect issuer names.
    package struct Other: Hashable, Sendable {
        package let issuer: String
        /// The e-mail address, URI or user name that the certificate is issued to; nil for any.
        package let identity: TextPattern?
        /// Claims that the certificate must have.
        package let claims: [FulcioClaim: TextPattern]

        /// - Throws: `.publisherUnsupported` if the issuer alone is given: everybody who has an account there would match.
        package init(
            issuer: String, identity: TextPattern? = nil, claims: [FulcioClaim: TextPattern] = [:]
        ) throws(ProvenanceError) {
            let patterns = claims.values + [identity].compactMap(\.self)
            guard patterns.contains(where: { !$0.matchesEverything }) else {
                throw ProvenanceError(
                    .publisherUnsupported,
                    "A publisher is described by its issuer \(ShownText.quoted(issuer)) alone.")
            }
            self.issuer = issuer
            self.identity = identity
            self.claims = claims
        }
    }
}
