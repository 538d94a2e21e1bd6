/// A word about something, in a colour: `good`, `warn`, `bad`, `info`, or none.
struct Tag {
    let kind: String
    let text: String
}
