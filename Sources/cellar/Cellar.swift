import ArgumentParser
@main struct Cellar: ParsableCommand {}
