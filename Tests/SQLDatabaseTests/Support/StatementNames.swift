@testable import SQLDatabase

/// The statements of the reading paths with their names, which tests of query plans hold to the same rules.
enum StatementNames {
    typealias Named = (name: String, sql: String)

    static let all: [Named] =
        indexes + projects + search + finding + lists + people + access + tokens + publishers + blobs + upstreams

    private static let indexes: [Named] = [
        ("indexID", IndexStatements.indexID), ("epochs", IndexStatements.epochs), ("serials", IndexStatements.serials),
        ("state", IndexStatements.state),
        ("changedProjects", IndexStatements.changedProjects),
    ]

    private static let projects: [Named] = [
        ("projectNames", ReadingStatements.projectNames),
        ("deletedFiles", ReadingStatements.deletedFiles),
        ("project", ReadingStatements.project),
        ("projectFiles", ReadingStatements.projectFiles),
        ("listedFiles", ReadingStatements.listedFiles),
        ("filesWithProvenance", ReadingStatements.filesWithProvenance),
        ("provenance", ReadingStatements.provenance),
        ("releases", ReadingStatements.releases),
        ("currentFile", ReadingStatements.currentFile),
        ("currentFileOfProject", ReadingStatements.currentFileOfProject),
        ("replacedFile", ReadingStatements.replacedFile),
        ("publishProject", PublicationStatements.project),
        ("publishFile", PublicationStatements.file),
    ]

    private static let search: [Named] = [
        ("summariesByName", SearchStatements.summariesByName),
        ("summary", SearchStatements.summary),
        ("namesBetween", SearchStatements.namesBetween),
        ("trigramSample", SearchStatements.trigramSample),
        ("namesContaining", SearchStatements.namesContaining),
        ("summariesContaining", SearchStatements.summariesContaining),
    ]

    private static let finding: [Named] = [
        ("findAll", FindingStatements.all(limit: 9).sql(classifiers: 0)),
        ("findExact", FindingStatements.exact.sql(classifiers: 2)),
        ("findBeginning", FindingStatements.beginning(limit: 9).sql(classifiers: 1)),
        ("findWord", FindingStatements.words(1, othersInName: false, limit: 9).sql(classifiers: 1)),
        ("findWords", FindingStatements.words(3, othersInName: true, limit: 9).sql(classifiers: 0)),
        ("findNamesContaining", FindingStatements.namesContaining(limit: 9).sql(classifiers: 1)),
        ("findSummariesContaining", FindingStatements.summariesContaining(limit: 9).sql(classifiers: 0)),
        ("findOfClassifier", FindingStatements.ofClassifier(limit: 9).sql(classifiers: 1)),
        ("findVariants", FindingStatements.variants.sql(classifiers: 0)),
        ("findClassifier", FindingStatements.classifier),
        ("findClassifiers", FindingStatements.classifiers(2)),
        ("foundSummaries", FindingStatements.summaries),
        ("wordSample", FindingStatements.wordSample),
        ("trigramCount", FindingStatements.trigramSample),
        ("undescribed", DescribingStatements.undescribed),
    ]

    private static let lists: [Named] = [
        ("dependents", FeedStatements.dependents),
        ("newestReleases", FeedStatements.newestReleases),
        ("newestProjects", FeedStatements.newestProjects),
        ("publications", FeedStatements.publications),
        ("isListed", FeedStatements.isListed),
        ("downloadsOfProject", StatisticsStatements.downloadsOfProject),
        ("lastDownloads", StatisticsStatements.lastDownloads),
        ("mostDownloaded", StatisticsStatements.mostDownloaded),
        ("downloadsByDay", StatisticsStatements.downloadsByDay),
        ("traffic", StatisticsStatements.traffic),
    ]

    private static let people: [Named] = [
        ("user", PeopleStatements.user),
        ("declaredGroups", PeopleStatements.declaredGroups),
        ("grantedGroups", PeopleStatements.grantedGroups),
        ("administrator", PeopleStatements.administrator),
        ("userWithID", PeopleStatements.userWithID),
        ("otherAdministrator", PeopleStatements.otherAdministrator),
        ("linksOfUser", LinkStatements.ofUser),
        ("linkedGroups", LinkStatements.groups),
        ("userOfIdentity", LinkStatements.byIdentity),
        ("unconfirmed", LinkStatements.unconfirmed),
    ]

    private static let tokens: [Named] = [
        ("tokenByDigest", TokenStatements.byDigest),
        ("tokensOfOwner", TokenStatements.ofOwner),
        ("token", TokenStatements.one),
        ("countOfTokens", TokenStatements.count),
        ("useOfToken", TokenStatements.use),
        ("declaredTokens", TokenStatements.declared),
        ("sessionsOfUser", TokenStatements.sessionsOfUser),
        ("invitationByDigest", OneTimeLinkStatements.invitation),
        ("passwordReset", OneTimeLinkStatements.reset),
    ]

    private static let access: [Named] = [
        ("grants", AccessStatements.grants),
        ("grant", AccessStatements.grant),
        ("givenGrant", AccessStatements.given),
        ("countOfGrants", AccessStatements.count),
        ("closedProjects", AccessStatements.closed),
        ("owner", AccessStatements.owner),
        ("owned", AccessStatements.owned),
        ("members", GroupStatements.members),
        ("declaredMembers", GroupStatements.declaredMembers),
    ]

    private static let publishers: [Named] = [
        ("publishers", PublisherStatements.all),
        ("publishersOfIssuer", PublisherStatements.ofIssuer),
        ("publisher", PublisherStatements.one),
        ("addedPublisher", PublisherStatements.added),
        ("countOfPublishers", PublisherStatements.count),
        ("publishersOfToken", PublisherStatements.ofToken),
        ("removeTokensOfPublisher", PublisherStatements.removeTokens),
    ]

    private static let blobs: [Named] = [("pinOfMetadata", BlobStatements.pinOfMetadata)]

    private static let upstreams: [Named] = [
        ("upstreamPageState", UpstreamStatements.pageState),
        ("upstreamPage", UpstreamStatements.page),
        ("upstreamPageBody", UpstreamStatements.pageBody),
        ("pins", UpstreamStatements.pins),
        ("pin", UpstreamStatements.pin),
        ("ownOrigin", UpstreamStatements.ownOrigin),
        ("publishedAnywhere", UpstreamStatements.publishedAnywhere),
        ("keptOrigin", UpstreamStatements.keptOrigin),
        ("publishedFiles", UpstreamStatements.publishedFiles),
        ("projectsOfName", UpstreamStatements.projectsOfName),
        ("cachedFiles", UpstreamStatements.cachedFiles),
        ("cachedFilesOfProject", UpstreamStatements.cachedFilesOfProject),
        ("cachedBytes", UpstreamStatements.cachedBytes),
        ("cachedRows", UpstreamStatements.cachedRows),
        ("exceptions", UpstreamStatements.exceptions),
        ("exceptionsOfProject", UpstreamStatements.exceptionsOfProject),
    ]
}
