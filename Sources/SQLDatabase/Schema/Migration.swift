/// A numbered step of the schema, forward only: what it once did is never changed, later steps are added.
///
/// A step first only adds (old versions of the server go on working: `minimumReader` and `minimumWriter` stay), and a
/// later one takes away what nobody uses any more (both rise).
struct Migration: Sendable {
    /// Counted from 1.
    let version: Int64
    /// The least version of the schema that a program must know to read after this step.
    let minimumReader: Int64
    /// The least version of the schema that a program must know to write after this step.
    let minimumWriter: Int64
    /// Statements with the dialect's words in braces.
    let statements: [String]

    /// Every step, in order.
    static let all: [Migration] = [
        Migration(
            version: 1, minimumReader: 1, minimumWriter: 1,
            statements: FirstSchema.installation + FirstSchema.projects + FirstSchema.people + FirstSchema.upstreams
                + FirstSchema.records)
    ]
}
