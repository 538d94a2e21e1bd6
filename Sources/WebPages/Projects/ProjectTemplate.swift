/// The page of a project.
enum ProjectTemplate {
    static let text = """
        {{<layout}}{{$head}}<link rel="alternate" type="application/rss+xml" href="{{home}}{{feed}}" \
        title="{{name}}">{{/head}}{{$main}}
        <header class="project">
        <h1>{{name}}{{#version}} <span class="version">{{.}}</span>{{/version}}</h1>
        {{#summary}}<p class="lead">{{.}}</p>{{/summary}}
        <p>{{#tags}}<span class="tag {{kind}}">{{text}}</span>{{/tags}}</p>
        {{#manage}}<p><a href="./{{home}}{{.}}">[[manage.link]]</a></p>{{/manage}}
        {{#notices}}<p class="warning">{{.}}</p>{{/notices}}
        {{#isOld}}<p class="notice">[[project.old]]</p>{{/isOld}}
        {{#hasRows}}
        <div class="choose" role="group" aria-label="[[project.install]]">
        {{#install}}<input type="radio" name="client" id="client-{{id}}"{{#isFirst}} checked{{/isFirst}}>\
        <label for="client-{{id}}">{{client}}</label>{{/install}}
        {{#install}}<div class="client client-{{id}}"><pre data-copy tabindex="0" \
        aria-label="[[project.install]]: {{client}}"><code>{{command}}</code></pre></div>{{/install}}
        </div>
        {{/hasRows}}
        </header>
        <nav class="tabs" aria-label="[[project.sections]]">
        <a href="#description">[[project.description]]</a>
        <a href="#history">[[project.history]]</a>
        <a href="#files">[[project.files]]</a>
        <a href="#security">[[project.security]]</a>
        </nav>
        <div class="split">
        <div>
        <section class="tab" id="description" aria-labelledby="h-description">
        <h2 id="h-description">[[project.description]]</h2>
        {{#readmeNote}}<p class="note">{{.}}</p>{{/readmeNote}}
        {{#readme}}<div class="readme">{{{.}}}</div>{{/readme}}
        {{#hasRequirements}}
        <h2 id="requirements">[[project.requirements]] <span class="tag">[[facts.claimed]]</span></h2>
        {{#requirements}}
        {{#extra}}<h3>[[project.extra]]</h3>{{/extra}}
        <ul>
        {{#requirements}}
        <li>{{#path}}<a href="{{home}}{{path}}">{{name}}</a>{{/path}}{{^path}}{{name}}{{/path}}{{#rest}} <code>{{.}}</code>{{/rest}}\
        {{#marker}} <span class="note">[[project.if]]</span>{{/marker}}</li>
        {{/requirements}}
        {{^requirements}}<li class="note">[[project.requirements.none]]</li>{{/requirements}}
        </ul>
        {{/requirements}}
        {{/hasRequirements}}
        <h2 id="users">[[project.users]] <span class="tag">{{userCount}}{{#isUserCountCut}}+{{/isUserCountCut}}</span></h2>
        {{^users}}<p class="note">[[project.users.none]]</p>{{/users}}
        <ul>
        {{#users}}
        <li><a href="{{home}}{{path}}">{{name}} {{version}}</a> <code>{{requirement}}</code>\
        {{#isOptional}} <span class="tag">[[project.users.optional]]</span>{{/isOptional}} <span class="note">{{index}}</span></li>
        {{/users}}
        </ul>
        </section>

        <section class="tab" id="history" aria-labelledby="h-history">
        <h2 id="h-history">[[project.history]]</h2>
        {{#chart}}
        <figure>
        <svg class="chart" viewBox="0 0 {{width}} {{height}}" preserveAspectRatio="none" role="img" aria-label="{{summary}}">
        {{#bars}}<rect x="{{x}}" y="{{y}}" width="8" height="{{height}}"><title>{{title}}</title></rect>{{/bars}}
        </svg>
        <figcaption class="note">{{summary}} {{first}} – {{last}}</figcaption>
        </figure>
        {{/chart}}
        {{^chart}}<p class="note">[[downloads.none]]</p>{{/chart}}
        {{^hasRows}}<p class="note">[[project.history.none]]</p>{{/hasRows}}
        <ol class="rows">
        {{#rows}}
        <li>
        <h3><a href="{{home}}{{path}}"{{#isShown}} aria-current="true"{{/isShown}}>{{version}}</a> \
        {{#tags}}<span class="tag {{kind}}">{{text}}</span>{{/tags}}</h3>
        {{#reasons}}<p>{{.}}</p>{{/reasons}}
        <p class="note">{{#date}}<time datetime="{{moment}}">{{date}}</time> · {{/date}}{{files}} · {{size}} · {{downloads}}</p>
        </li>
        {{/rows}}
        </ol>
        </section>

        <section class="tab" id="files" aria-labelledby="h-files">
        <h2 id="h-files">[[project.files]]{{#version}} <span class="version">{{.}}</span>{{/version}}</h2>
        {{#hasFields}}
        <form class="filters" method="get" role="search" aria-label="[[files.filter]]" action="./#files">
        {{#fields}}
        <div><label for="filter-{{name}}">{{label}}</label>
        <select id="filter-{{name}}" name="{{name}}"><option value="">[[files.filter.any]]</option>
        {{#choices}}<option{{#isChosen}} selected{{/isChosen}}>{{value}}</option>{{/choices}}
        </select></div>
        {{/fields}}
        <button>[[files.filter.apply]]</button>
        {{#isFiltered}}<a href="./#files">[[files.filter.clear]]</a>{{/isFiltered}}
        </form>
        {{/hasFields}}
        <p class="note">{{fileCount}}</p>
        <ul class="rows">
        {{#files}}
        <li>
        <h3>{{#link}}<a href="{{home}}{{link}}" rel="nofollow">{{name}}</a>{{/link}}{{^link}}{{name}}{{/link}}</h3>
        <p>{{kind}} {{#tags}}<span class="tag {{kind}}">{{text}}</span>{{/tags}}</p>
        {{#reasons}}<p>{{.}}</p>{{/reasons}}
        <p class="note">{{#size}}{{size}} · {{/size}}{{#date}}<time datetime="{{moment}}">{{date}}</time> · {{/date}}\
        {{#uploader}}{{uploader}} · {{/uploader}}{{#requiresPython}}Python {{requiresPython}} · {{/requiresPython}}{{downloads}}</p>
        <details><summary>[[files.hashes]]</summary>
        <dl>
        {{#digests}}<dt>{{algorithm}}</dt><dd><code>{{hex}}</code></dd>{{/digests}}
        {{^digests}}<dt>[[files.hashes.none]]</dt>{{/digests}}
        {{#metadata}}<dt>METADATA</dt><dd><a href="{{home}}{{.}}" rel="nofollow">[[files.metadata]]</a></dd>{{/metadata}}
        </dl>
        </details>
        </li>
        {{/files}}
        </ul>
        </section>

        <section class="tab" id="security" aria-labelledby="h-security">
        <h2 id="h-security">[[project.security]]</h2>
        <h3>[[why.title]]</h3>
        <ul>{{#why}}<li>{{.}}</li>{{/why}}</ul>
        <p class="note">[[why.command]]</p>
        <pre data-copy tabindex="0" aria-label="cellar"><code>{{command}}</code></pre>
        <h3>[[security.provenance]]</h3>
        {{^provenances}}<p>[[security.provenance.none]]</p>{{/provenances}}
        <ul>
        {{#provenances}}
        <li>{{name}}: {{#tags}}<span class="tag {{kind}}">{{text}}</span>{{/tags}} \
        {{#provenance}}<a href="{{home}}{{.}}" rel="nofollow">[[security.provenance.object]]</a>{{/provenance}}</li>
        {{/provenances}}
        </ul>
        {{#hasWriters}}
        <h3>[[security.writers]]</h3>
        <dl>
        {{#writers}}<dt>{{label}}</dt><dd>{{#values}}<div>{{.}}</div>{{/values}}</dd>{{/writers}}
        </dl>
        {{/hasWriters}}
        {{#hasVersionDownloads}}
        <h3>[[downloads.versions]]</h3>
        <dl>
        {{#versionDownloads}}<dt>{{label}}</dt><dd>{{#values}}{{.}}{{/values}}</dd>{{/versionDownloads}}
        </dl>
        {{/hasVersionDownloads}}
        </section>
        </div>
        <aside aria-label="[[facts.title]]">
        <h2>[[facts.known]]</h2>
        <p class="note">[[facts.known.hint]]</p>
        <dl>{{#known}}<dt>{{label}}</dt><dd>{{#values}}<div>{{.}}</div>{{/values}}</dd>{{/known}}</dl>
        {{#hasVerified}}
        <h2>[[facts.verified]]</h2>
        <p class="note">[[facts.verified.hint]]</p>
        <dl>{{#verified}}<dt>{{label}}</dt><dd>{{#values}}<div>{{.}}</div>{{/values}}</dd>{{/verified}}</dl>
        {{/hasVerified}}
        {{#hasClaimed}}
        <h2>[[facts.claimed]]</h2>
        <p class="note">[[facts.claimed.hint]]</p>
        <dl>{{#claimed}}<dt>{{label}}</dt><dd>{{#values}}<div>{{.}}</div>{{/values}}</dd>{{/claimed}}</dl>
        {{#hasLinks}}
        <h3>[[facts.links]]</h3>
        <ul class="plain">
        {{#links}}<li><a href="{{address}}" rel="nofollow noopener noreferrer">{{label}}</a> \
        <span class="tag {{tag.kind}}">{{tag.text}}</span></li>{{/links}}
        </ul>
        {{/hasLinks}}
        {{#hasClassifiers}}
        <h3>[[facts.classifiers]]</h3>
        <ul class="plain">{{#classifiers}}<li>{{.}}</li>{{/classifiers}}</ul>
        {{/hasClassifiers}}
        {{/hasClaimed}}
        <p><a href="{{home}}{{simple}}">[[facts.simple]]</a></p>
        </aside>
        </div>
        {{/main}}{{/layout}}
        """
}
