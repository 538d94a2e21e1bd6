import PackagingStandards

extension Publisher {
    /// Reads the description of a publisher in a provenance object (PEP 740), as `pypi-attestations` writes it.
    ///
    /// Members that are not known are skipped: each kind may add its own.
    init(_ object: JSONObject) throws(ProvenanceError) {
        let kind = try object.string("kind", atMost: 255)
        switch kind {
        case "GitHub":
            self = .gitHub(
                GitHub(
                    repository: try object.string("repository"), workflow: try object.string("workflow"),
                    environment: try object.optionalString("environment")))
        case "GitLab":
            self = .gitLab(
                GitLab(
                    repository: try object.string("repository"), workflowPath: try object.string("workflow_filepath"),
                    environment: try object.optionalString("environment"),
                    server: try object.optionalString("server") ?? GitLab.publicServer))
        case "Google":
            self = .google(Google(email: try object.string("email")))
        case "CircleCI":
            self = .circleCI(
                CircleCI(
                    projectID: try object.string("project_id"),
                    pipelineDefinitionID: try object.string("pipeline_definition_id"),
                    origin: try object.optionalString("vcs_origin"), ref: try object.optionalString("vcs_ref")))
        default:
            self = .unknown(kind: kind)
        }
    }

    /// The description in a provenance object.
    var json: JSONValue {
        switch self {
        case .gitHub(let publisher):
            Self.json(
                "GitHub",
                [
                    ("repository", publisher.repository), ("workflow", publisher.workflow),
                    ("environment", publisher.environment),
                ])
        case .gitLab(let publisher):
            Self.json(
                "GitLab",
                [
                    ("repository", publisher.repository), ("workflow_filepath", publisher.workflowPath),
                    ("environment", publisher.environment),
                ] + (isSame(publisher.server, GitLab.publicServer) ? [] : [("server", publisher.server)]))
        case .google(let publisher):
            Self.json("Google", [("email", publisher.email)])
        case .circleCI(let publisher):
            Self.json(
                "CircleCI",
                [
                    ("project_id", publisher.projectID), ("pipeline_definition_id", publisher.pipelineDefinitionID),
                    ("vcs_origin", publisher.origin), ("vcs_ref", publisher.ref),
                ])
        case .other(let publisher):
            Self.json("Other", [("issuer", publisher.issuer), ("identity", publisher.identity?.description)])
        case .unknown(let kind):
            Self.json(kind, [])
        }
    }

    private static func json(_ kind: String, _ texts: [(name: String, text: String?)]) -> JSONValue {
        .object(
            [JSONMember("kind", .string(kind))]
                + texts.map { JSONMember($0.name, $0.text.map(JSONValue.string) ?? .null) })
    }
}
