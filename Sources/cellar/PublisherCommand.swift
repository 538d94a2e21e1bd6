import ArgumentParser
import CellarServer

struct PublisherCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publisher",
        abstract: "Trust jobs of CI systems, which then publish or install without a secret.",
        subcommands: [Add.self, List.self, Remove.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Trust the jobs of a repository, a service account or a pipeline.",
            discussion: """
                The issuer is one of the configuration's, [issuer.<name>]. For github, gitlab and forgejo give \
                --repository and --workflow, for google --email, for buildkite --organization and --pipeline, for \
                others --claim. The project need not exist: the first job may create it.
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The name of the issuer in the configuration.") var issuer: String
        @Option(help: ArgumentHelp("The index.", valueName: "name")) var index = "main"
        @Option(
            help: ArgumentHelp(
                "The project, or the beginning of names such as \"acme-*\"; may be left out for reading only.",
                valueName: "name"))
        var project: String?
        @Option(help: ArgumentHelp("What its jobs may do: write or read.", valueName: "right")) var right = "write"
        @Option(help: ArgumentHelp("owner/name, or the whole path at GitLab.", valueName: "path")) var repository:
            String?
        @Option(help: ArgumentHelp("All repositories of an owner; for reading only.", valueName: "name"))
        var owner: String?
        @Option(help: ArgumentHelp("release.yml, or the path at GitLab: .gitlab-ci.yml.", valueName: "file"))
        var workflow: String?
        @Option(help: ArgumentHelp("The environment in which the job must run.", valueName: "name"))
        var environment: String?
        @Option(help: ArgumentHelp("The service account at Google.", valueName: "address")) var email: String?
        @Option(help: ArgumentHelp("The organization at Buildkite.", valueName: "name")) var organization: String?
        @Option(help: ArgumentHelp("The pipeline at Buildkite.", valueName: "name")) var pipeline: String?
        @Option(
            help: ArgumentHelp(
                "A claim that must hold; * stands for any text. May be repeated.", valueName: "name=value"))
        var claim: [String] = []
        @Option(
            help: ArgumentHelp(
                "The number of the account that owns the repository; else that of the first job is kept.",
                valueName: "id"))
        var ownerID: String?

        func run() async throws {
            let fields = [
                "repository": repository, "owner": owner, "workflow": workflow, "environment": environment,
                "email": email, "organization": organization, "pipeline": pipeline,
            ]
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.addPublisher(
                    PublisherWords(
                        issuer: issuer, index: index, project: project, right: right,
                        fields: fields.compactMapValues(\.self), claims: claim, ownerID: ownerID))
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List publishers: all, those in an index, or those of a project.")

        @OptionGroup var common: CommonOptions
        @Option(help: ArgumentHelp("Only this index.", valueName: "name")) var index: String?
        @Option(
            help: ArgumentHelp(
                "Only this project; in the index main, if --index says no other.", valueName: "name"))
        var project: String?

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.listPublishers(in: index, of: project)
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Trust a publisher no longer; the tokens of its jobs end with it.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "Its number, as `cellar publisher list` shows it.") var number: Int64

        func run() async throws {
            try await reporting { () async throws(CommandFailure) in
                try await common.installation.removePublisher(number)
            }
        }
    }
}
