@testable import SQLDatabase

extension ReadingStatements {
    /// Every statement with its name.
    static let all: [(name: String, sql: String)] = [
        ("indexID", indexID), ("projectNames", projectNames), ("deletedFiles", deletedFiles),
        ("project", project), ("projectFiles", projectFiles),
        ("listedFiles", listedFiles), ("releases", releases),
        ("currentFile", currentFile), ("currentFileOfProject", currentFileOfProject),
        ("replacedFile", replacedFile), ("attestations", attestations),
        ("publishProject", publishProject), ("publishFile", publishFile), ("epochs", epochs), ("serials", serials),
        ("changedProjects", changedProjects), ("user", user), ("declaredGroups", declaredGroups),
        ("grantedGroups", grantedGroups), ("administrator", administrator), ("summariesByName", summariesByName),
        ("summary", summary), ("namesBetween", namesBetween), ("trigramSample", trigramSample),
        ("namesContaining", namesContaining), ("summariesContaining", summariesContaining),
    ]
}

extension UpstreamStatements {
    /// Every statement with its name.
    static let all: [(name: String, sql: String)] = [
        ("upstreamPageState", pageState), ("upstreamPage", page), ("upstreamPageBody", pageBody), ("pins", pins),
        ("pin", pin), ("pinOfMetadata", pinOfMetadata), ("ownOrigin", ownOrigin),
        ("publishedAnywhere", publishedAnywhere), ("keptOrigin", keptOrigin), ("publishedFiles", publishedFiles),
        ("projectsOfName", projectsOfName), ("cachedFiles", cachedFiles),
        ("cachedFilesOfProject", cachedFilesOfProject), ("cachedBytes", cachedBytes), ("cachedRows", cachedRows),
        ("exceptions", exceptions), ("exceptionsOfProject", exceptionsOfProject),
    ]
}
