import PackagingStandards
import Testing

@testable import Provenance

@Suite("Provenance objects")
struct ProvenanceObjectTests {
    @Test(
        "An object that is written means what was read",
        arguments: [
            "circleci_sign_publish_example-0.0.1.dev137-py3-none-any.whl.provenance",
            "gcb_attestation_test-0.0.0.tar.gz.provenance", "pypi_attestations-0.0.19.tar.gz.provenance",
        ])
    func roundTrip(_ name: String) throws {
        let object = try ProvenanceObject(json: Fixture.bytes(name))
        #expect(object.bundles.count == 1)
        #expect(try ProvenanceObject(json: Array(object.json.utf8)) == object)
    }

    @Test("Publishers are written as they were read")
    func publishers() throws {
        let attestation = try Attestation(json: Fixture.bytes("rfc8785-0.1.2-py3-none-any.whl.attestation"))
        let publishers: [Publisher] = [
            .gitHub(Publisher.GitHub(repository: "o/r", workflow: "w.yml", environment: "e")),
            .gitHub(Publisher.GitHub(repository: "o/r", workflow: "w.yml")),
            .gitLab(Publisher.GitLab(repository: "o/g/r", workflowPath: "d/w.yml", environment: "e")),
            .gitLab(
                Publisher.GitLab(repository: "o/r", workflowPath: "w.yml", server: "https://gitlab.example.org")),
            .google(Publisher.Google(email: "a@b")),
            .circleCI(Publisher.CircleCI(projectID: "p", pipelineDefinitionID: "d", origin: "o", ref: "r")),
            .circleCI(Publisher.CircleCI(projectID: "p", pipelineDefinitionID: "d")), .unknown(kind: "ActiveState"),
        ]
        let object = ProvenanceObject(
            bundles: publishers.map { ProvenanceObject.Bundle(publisher: $0, attestations: [attestation]) })
        #expect(try ProvenanceObject(json: Array(object.json.utf8)) == object)
    }

    @Test("Verified attestations stand in one bundle for each publisher, in the order of their first")
    func bundles() throws {
        let attestation = try Attestation(json: Fixture.bytes("rfc8785-0.1.2-py3-none-any.whl.attestation"))
        let google = [Publisher.google(Publisher.Google(email: "caf\u{E9}")), .google(.init(email: "cafe\u{301}"))]
        let order = [google[0], google[1], google[0], .unknown(kind: "x"), google[1]]
        let object = ProvenanceObject(order.map { ($0, attestation) })
        #expect(object.bundles.map(\.attestations.count) == [2, 2, 1])
        #expect(
            object.bundles.map { Array($0.publisher.text.utf8) }
                == [order[0], order[1], order[3]].map { Array($0.text.utf8) })
    }

    @Test("Others are described by issuer and identity, which nobody reads back as trusted")
    func other() throws {
        let other = Publisher.other(try Publisher.Other(issuer: "https://ci.test", identity: .exactly("me")))
        #expect(other.json.text == #"{"kind":"Other","issuer":"https://ci.test","identity":"me"}"#)
        #expect(try Publisher(JSONObject(other.json, as: "it")) == .unknown(kind: "Other"))
    }

    @Test(
        "Malformed objects are refused",
        arguments: [
            "{}", "[]", #"{"version":1}"#, #"{"version":1,"attestation_bundles":[]}"#,
            #"{"version":1,"attestation_bundles":[{}]}"#,
            #"{"version":1,"attestation_bundles":[{"publisher":{"kind":"x"},"attestations":[]}]}"#,
            #"{"version":1,"attestation_bundles":[{"publisher":{},"attestations":[{}]}]}"#,
            #"{"version":1,"attestation_bundles":[{"publisher":{"kind":"GitHub"},"attestations":[{}]}]}"#,
            #"{"version":1,"attestation_bundles":[{"publisher":{"kind":"x"},"attestations":[{}],"more":1}]}"#,
        ])
    func malformed(_ text: String) async {
        await expectRefusal(.malformed) { _ = try ProvenanceObject(json: Array(text.utf8)) }
    }
}
