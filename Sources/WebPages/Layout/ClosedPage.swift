/// A page that says one thing, and leads to the front page.
struct ClosedPage {
    let title: String
    let reason: String

    static let template = """
        {{<layout}}{{$main}}
        <h1>{{title}}</h1>
        <p class="lead">{{reason}}</p>
        <p><a href="./{{home}}">[[layout.front]]</a></p>
        {{/main}}{{/layout}}
        """
}
