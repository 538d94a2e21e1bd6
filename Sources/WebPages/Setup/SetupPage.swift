/// The pages of the setup link.
enum SetupPage {
    static let formTemplate = """
        {{<layout}}{{$main}}
        <h1>Set up Cellar</h1>
        <p class="lead">There is no administrator yet. Choose a name and a password for the first one.</p>
        {{#failed}}<p class="error" role="alert">Nothing was saved. See what is wrong below.</p>{{/failed}}
        <form method="post">
        <label for="name">User name</label>
        <input id="name" name="name" value="{{name}}" required maxlength="64" autocomplete="username" \
        autocapitalize="none" spellcheck="false"{{#nameProblem}} aria-invalid="true" \
        aria-describedby="name-error"{{/nameProblem}}>
        {{#nameProblem}}<p class="error" id="name-error">{{.}}</p>{{/nameProblem}}
        <label for="password">Password</label>
        <input id="password" name="password" type="password" required autocomplete="new-password" \
        aria-describedby="password-hint{{#passwordProblem}} password-error{{/passwordProblem}}"\
        {{#passwordProblem}} aria-invalid="true"{{/passwordProblem}}>
        <p class="hint" id="password-hint">At least 8 characters; several words are good.</p>
        {{#passwordProblem}}<p class="error" id="password-error">{{.}}</p>{{/passwordProblem}}
        <label for="repeated">The same password again</label>
        <input id="repeated" name="repeated" type="password" required autocomplete="new-password"\
        {{#repeatedProblem}} aria-invalid="true" aria-describedby="repeated-error"{{/repeatedProblem}}>
        {{#repeatedProblem}}<p class="error" id="repeated-error">{{.}}</p>{{/repeatedProblem}}
        <button>Create the administrator</button>
        </form>
        {{/main}}{{/layout}}
        """

    static let doneTemplate = """
        {{<layout}}{{$main}}
        <h1>Cellar is ready</h1>
        <p class="lead">{{name}} is the administrator now, and this link has done its work.</p>
        <h2>What to do next</h2>
        <p>Publish a first project with this name and password:</p>
        <pre tabindex="0" aria-label="twine"><code>twine upload --repository-url {{uploadURL}} -u {{name}} dist/*</code></pre>
        <p>Add the people who work with you, on the server:</p>
        <pre tabindex="0" aria-label="cellar"><code>{{userCommand}}</code></pre>
        <p><a href="{{home}}">How to point pip, uv, Poetry, PDM and twine here</a></p>
        {{/main}}{{/layout}}
        """

    static let closedTemplate = """
        {{<layout}}{{$main}}
        <h1>{{title}}</h1>
        <p class="lead">{{reason}}</p>
        <p><a href="{{home}}">To the front page</a></p>
        {{/main}}{{/layout}}
        """

    struct Form {
        let title = "Set up Cellar"
        let home = "../../"
        let failed: Bool
        let name: String
        let nameProblem: String?
        let passwordProblem: String?
        let repeatedProblem: String?
    }

    struct Done {
        let title = "Cellar is ready"
        let home = "../../"
        let name: String
        let uploadURL: String
        let userCommand: String
    }

    struct Closed {
        let title: String
        let home = "../../"
        let reason: String
    }
}
