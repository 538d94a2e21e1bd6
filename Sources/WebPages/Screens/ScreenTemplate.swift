extension Screen {
    /// The templates that show a `Screen`, by their names.
    static let templates = [
        "screen": template, "screen-menu": menuTemplate, "screen-block": blockTemplate, "screen-form": formTemplate,
        "screen-piece": pieceTemplate,
    ]

    private static let template = """
        {{<layout}}{{$main}}
        <div class="duty">
        {{> screen-menu}}
        <div class="screen">
        <h1>{{title}}</h1>
        {{#lead}}<p class="lead">{{.}}</p>{{/lead}}
        {{#notice}}<p class="done" role="status">{{.}}</p>{{/notice}}
        {{#problem}}<p class="error" role="alert">{{.}}</p>{{/problem}}
        {{#parts}}
        <section{{#anchor}} id="{{.}}"{{/anchor}}>
        {{#heading}}<h2>{{.}}</h2>{{/heading}}
        {{#blocks}}{{> screen-block}}{{/blocks}}
        </section>
        {{/parts}}
        </div>
        </div>
        {{/main}}{{/layout}}
        """

    /// Takes `menu`, a `Screen.Menu`, or nothing.
    private static let menuTemplate = """
        {{#menu}}
        <nav class="duties" aria-label="{{menuLabel}}"><ul>
        {{#entries}}<li><a href="{{entryLink}}"{{#isHere}} aria-current="page"{{/isHere}}>{{entryLabel}}</a></li>
        {{/entries}}
        </ul></nav>
        {{/menu}}
        """

    private static let blockTemplate = """
        {{#words}}<p>{{.}}</p>
        {{/words}}
        {{#reason}}<p class="why"><strong>[[screen.why]]</strong> {{.}}</p>
        {{/reason}}
        {{#warning}}<p class="caution">{{.}}</p>
        {{/warning}}
        {{#facts}}<dl>
        {{#pairs}}<dt>{{term}}</dt><dd>{{#pieces}}{{> screen-piece}}{{/pieces}}</dd>
        {{/pairs}}
        </dl>
        {{/facts}}
        {{#links}}<p class="bar">{{#linked}}{{> screen-piece}}{{/linked}}</p>
        {{/links}}
        {{#command}}<p class="note">{{commandLabel}}</p>
        <pre data-copy tabindex="0" aria-label="{{commandLabel}}"><code>{{commandText}}</code></pre>
        {{/command}}
        {{#chart}}<div class="chart">{{{svg}}}</div>
        {{/chart}}
        {{#table}}
        {{#none}}<p class="none">{{.}}</p>{{/none}}
        {{^none}}
        <div class="scroll" tabindex="0" role="group" aria-label="{{caption}}">
        <table>
        <caption class="hidden">{{caption}}</caption>
        <thead><tr>{{#columns}}<th scope="col"{{#isAmount}} class="number"{{/isAmount}}>{{columnText}}</th>{{/columns}}</tr></thead>
        <tbody>
        {{#rows}}
        <tr><th scope="row">{{#header}}{{#content}}{{> screen-piece}}{{/content}}{{/header}}</th>\
        {{#cells}}<td{{#isNumber}} class="number"{{/isNumber}}>{{#content}}{{> screen-piece}}{{/content}}</td>{{/cells}}</tr>
        {{/rows}}
        </tbody>
        </table>
        </div>
        {{/none}}
        {{/table}}
        {{#entryForm}}{{> screen-form}}{{/entryForm}}
        """

    private static let pieceTemplate = """
        {{#plain}}<span>{{.}}</span> {{/plain}}\
        {{#mono}}<code>{{.}}</code> {{/mono}}\
        {{#small}}<span class="hint">{{.}}</span>{{/small}}\
        {{#tag}}<span class="tag {{tone}}">{{tagText}}</span> {{/tag}}\
        {{#link}}<a href="{{target}}">{{linkText}}</a> {{/link}}
        """

    private static let formTemplate = """
        {{#formProblem}}<p class="error" role="alert">{{.}}</p>{{/formProblem}}
        <form class="entry" method="{{method}}" action="{{action}}">
        {{#token}}<input type="hidden" name="form" value="{{.}}">{{/token}}
        {{#fields}}
        {{#hiddenValue}}<input type="hidden" name="{{hiddenName}}" value="{{hiddenText}}">{{/hiddenValue}}
        {{#input}}
        <div class="field">
        <label for="{{fieldID}}">{{label}}</label>
        <input id="{{fieldID}}" name="{{fieldName}}" type="{{type}}" value="{{value}}" maxlength="{{longest}}" \
        autocomplete="{{complete}}" autocapitalize="none" spellcheck="false"{{#isRequired}} required{{/isRequired}}\
        {{#fieldProblem}} aria-invalid="true"{{/fieldProblem}}{{#describedBy}} aria-describedby="{{.}}"{{/describedBy}}>
        {{#hint}}<p class="hint" id="{{fieldID}}-hint">{{.}}</p>{{/hint}}
        {{#fieldProblem}}<p class="error" id="{{fieldID}}-error">{{.}}</p>{{/fieldProblem}}
        </div>
        {{/input}}
        {{#select}}
        <div class="field">
        <label for="{{selectID}}">{{selectLabel}}</label>
        <select id="{{selectID}}" name="{{selectName}}"{{#selectProblem}} aria-invalid="true"{{/selectProblem}}\
        {{#selectDescribedBy}} aria-describedby="{{.}}"{{/selectDescribedBy}}>
        {{#options}}<option value="{{optionValue}}"{{#isChosen}} selected{{/isChosen}}>{{optionText}}</option>
        {{/options}}
        </select>
        {{#selectHint}}<p class="hint" id="{{selectID}}-hint">{{.}}</p>{{/selectHint}}
        {{#selectProblem}}<p class="error" id="{{selectID}}-error">{{.}}</p>{{/selectProblem}}
        </div>
        {{/select}}
        {{#boxes}}
        <fieldset id="{{boxesID}}">
        <legend>{{legend}}</legend>
        {{#boxesHint}}<p class="hint">{{.}}</p>{{/boxesHint}}
        {{#boxesProblem}}<p class="error">{{.}}</p>{{/boxesProblem}}
        {{#choices}}<label class="tick" for="{{boxID}}"><input id="{{boxID}}" name="{{boxName}}" type="checkbox" \
        value="on"{{#isTicked}} checked{{/isTicked}}> <span>{{boxText}}\
        {{#boxHint}} <span class="hint">{{.}}</span>{{/boxHint}}</span></label>
        {{/choices}}
        </fieldset>
        {{/boxes}}
        {{#check}}<label class="tick" for="{{boxID}}"><input id="{{boxID}}" name="{{boxName}}" type="checkbox" \
        value="on"{{#isTicked}} checked{{/isTicked}}> <span>{{boxText}}\
        {{#boxHint}} <span class="hint">{{.}}</span>{{/boxHint}}</span></label>
        {{/check}}
        {{/fields}}
        <p class="bar"><button{{#isDangerous}} class="danger"{{/isDangerous}}>{{button}}</button>\
        {{#cancel}} <a href="{{target}}">{{linkText}}</a>{{/cancel}}</p>
        </form>
        """
}
