/// The style of all pages.
enum Style {
    /// The colours for bright rooms.
    private static let light = """
        --ink: #231d19; --soft: #63574e; --paper: #faf7f2; --card: #ffffff; --line: #e3dacf;
        --accent: #7d2f36; --on-accent: #ffffff; --wash: #f3e9e4; --code: #f4efe8;
        --good: #22613a; --good-wash: #e3f1e6; --warn: #7a4b00; --warn-wash: #fbedd0;
        --bad: #a3161b; --bad-wash: #fbe4e2; --note: #2b4f7f; --note-wash: #e4edf8;
        """

    /// The colours for dark ones.
    private static let dark = """
        --ink: #ece5de; --soft: #b3a79d; --paper: #191513; --card: #231d1a; --line: #40362f;
        --accent: #eba29a; --on-accent: #25110f; --wash: #35251f; --code: #2b2420;
        --good: #8fd3a3; --good-wash: #1d3325; --warn: #f0c579; --warn-wash: #3b2d14;
        --bad: #ff9d95; --bad-wash: #431f1d; --note: #a6c6f2; --note-wash: #1f2f45;
        """

    static let text = """
        :root { color-scheme: light; \(light) }
        :root[data-theme="dark"] { color-scheme: dark; \(dark) }
        @media (prefers-color-scheme: dark) {
          :root:not([data-theme="light"]) { color-scheme: dark; \(dark) }
        }
        *, ::before, ::after { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
        body {
          margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--paper); color: var(--ink);
          font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Hiragino Sans", "Noto Sans CJK JP",
            "Noto Sans JP", "Yu Gothic UI", Meiryo, sans-serif;
        }
        :lang(ja) { line-break: strict; }
        h1, h2, h3, p, li, dd, td, .break { overflow-wrap: anywhere; }
        h1 { margin: 0 0 .5rem; font-size: 1.9rem; line-height: 1.25; }
        h2 { margin: 2.25rem 0 .75rem; font-size: 1.3rem; line-height: 1.3; }
        h3 { margin: 1.25rem 0 .35rem; font-size: 1rem; }
        p, ul, ol { margin: .5rem 0; }
        a { color: var(--accent); text-underline-offset: .15em; }
        a:hover { text-decoration-thickness: .12em; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: .2rem; }
        main:focus { outline: none; }
        img { max-width: 100%; }
        .inner, main { width: 100%; max-width: 68rem; margin: 0 auto; padding-inline: 1.25rem; }
        main { flex: 1; padding-block: 2rem 4rem; }
        .narrow { max-width: 42rem; }
        .hidden {
          position: absolute; width: 1px; height: 1px; margin: -1px; padding: 0; overflow: hidden; clip-path: inset(50%);
          white-space: nowrap; border: 0;
        }
        .skip { position: absolute; left: -999rem; top: 0; z-index: 2; padding: .6rem 1rem; background: var(--card); }
        .skip:focus { left: 1rem; }

        /* What stands around the page. */
        .top { background: var(--card); border-bottom: 1px solid var(--line); }
        .top .inner { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1.25rem; padding-block: .7rem; }
        .brand {
          display: inline-flex; align-items: center; gap: .5rem; color: var(--ink); font-size: 1.15rem; font-weight: 700;
          text-decoration: none;
        }
        .top .search { flex: 1 1 16rem; max-width: 34rem; }
        .search { position: relative; display: flex; margin: 0; max-width: none; }
        .search input { min-width: 0; flex: 1; border-radius: .4rem 0 0 .4rem; padding-block: .45rem; }
        .search button { margin: 0; padding: .45rem .9rem; border-radius: 0 .4rem .4rem 0; }
        .top nav { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem 1.1rem; margin-left: auto; }
        .top nav > a, .menu summary { color: var(--ink); text-decoration: none; cursor: pointer; padding: .3rem 0; }
        .top nav > a:hover, .menu summary:hover { color: var(--accent); text-decoration: underline; }
        .menu { position: relative; }
        .menu summary { max-width: 11rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        .menu > div {
          position: absolute; right: 0; z-index: 1; min-width: 13rem; margin-top: .4rem; padding: .6rem 1rem .9rem;
          background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
          box-shadow: 0 .4rem 1.4rem rgb(0 0 0 / .18);
        }
        .menu p { margin: .5rem 0 .2rem; color: var(--soft); font-size: .9rem; }
        .menu ul { list-style: none; margin: 0; padding: 0; }
        .menu li a { display: block; padding: .25rem 0; }
        .menu [aria-current]::after { content: " \u{2713}"; }
        .menu form { margin: .5rem 0 0; }
        .menu button { margin: 0; }
        .bottom { border-top: 1px solid var(--line); color: var(--soft); font-size: .9rem; }
        .bottom p { padding-block: 1.1rem; margin-block: 0; }
        @media (max-width: 44rem) {
          .top .search { order: 3; flex-basis: 100%; max-width: none; }
          h1 { font-size: 1.6rem; }
          main { padding-block: 1.4rem 3rem; }
        }

        /* Texts. */
        .lead { font-size: 1.1rem; color: var(--soft); }
        .note, .hint { color: var(--soft); font-size: .93rem; }
        .hint { margin: .2rem 0 0; }
        .error { margin: .3rem 0 0; color: var(--bad); font-weight: 600; }
        .done, .warning, .notice, .problem { padding: .7rem 1rem; border-radius: .5rem; border: 1px solid; }
        .done { color: var(--good); background: var(--good-wash); }
        .warning { color: var(--warn); background: var(--warn-wash); }
        .notice { color: var(--note); background: var(--note-wash); }
        .problem { color: var(--bad); background: var(--bad-wash); }
        .done a, .warning a, .notice a, .problem a { color: inherit; }
        code, pre, kbd { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
        code { font-size: .9em; }
        p code, li code, td code, dd code { padding: .1em .3em; background: var(--code); border-radius: .25rem; }
        pre {
          margin: 0; padding: .75rem 1rem; overflow-x: auto; background: var(--code); line-height: 1.5;
          border: 1px solid var(--line); border-radius: .5rem;
        }
        .copied-from { display: flex; align-items: flex-start; gap: .5rem; }
        .copied-from > pre { flex: 1; min-width: 0; }
        .copied-from > button { flex: none; margin: .45rem 0 0; padding: .25rem .65rem; font-size: .85rem; }
        .tag {
          display: inline-block; margin: 0 .35rem .2rem 0; padding: .05rem .55rem; border-radius: 1rem; font-size: .83rem;
          font-weight: 600; line-height: 1.6; color: var(--soft); background: var(--code); border: 1px solid var(--line);
        }
        .tag.good { color: var(--good); background: var(--good-wash); border-color: transparent; }
        .tag.warn { color: var(--warn); background: var(--warn-wash); border-color: transparent; }
        .tag.bad { color: var(--bad); background: var(--bad-wash); border-color: transparent; }
        .tag.info { color: var(--note); background: var(--note-wash); border-color: transparent; }

        /* Groups. */
        .cards {
          display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); gap: 1rem; padding: 0;
          margin: 1rem 0; list-style: none;
        }
        .card { padding: 1rem 1.15rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
        .card h3 { margin: 0 0 .3rem; font-size: 1.1rem; }
        .rows { padding: 0; margin: 1rem 0; list-style: none; border-top: 1px solid var(--line); }
        .rows > li { padding: .8rem 0; border-bottom: 1px solid var(--line); }
        .rows h3, .rows p { margin: 0 0 .15rem; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.2rem; margin: 1rem 0; }
        dt { color: var(--soft); }
        dd { margin: 0; min-width: 0; }
        .scroll { overflow-x: auto; }
        table { width: 100%; border-collapse: collapse; font-size: .95rem; }
        th, td { padding: .55rem .8rem .55rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
        th { color: var(--soft); font-weight: 600; white-space: nowrap; }
        td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }

        /* Forms. */
        form { max-width: 26rem; margin: 1.5rem 0; }
        label, legend { display: block; margin: 1rem 0 .3rem; font-weight: 600; }
        fieldset { margin: 1rem 0; padding: 0; border: 0; }
        input, select, textarea {
          width: 100%; padding: .6rem .7rem; font: inherit; color: inherit; background: var(--card);
          border: 1px solid var(--soft); border-radius: .4rem;
        }
        input[type="checkbox"], input[type="radio"] { width: auto; margin-right: .5rem; }
        input[aria-invalid="true"], select[aria-invalid="true"], textarea[aria-invalid="true"] { border-color: var(--bad); }
        button, .button {
          display: inline-block; margin-top: 1.25rem; padding: .6rem 1.2rem; font: inherit; font-weight: 600;
          cursor: pointer; color: var(--on-accent); background: var(--accent); border: 1px solid var(--accent);
          border-radius: .4rem; text-decoration: none;
        }
        .button, .quiet button, button.quiet { color: var(--accent); background: none; }
        .danger button, button.danger { color: var(--bad); background: none; border-color: var(--bad); }
        .quiet { margin: 0; }
        .quiet button { margin: 0; padding: .35rem .8rem; }
        .bar { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin: 1rem 0; }
        .bar > * { margin: 0; }
        .drop { padding: 1.5rem 1rem; border: 2px dashed var(--line); border-radius: .6rem; background: var(--card); }
        .drop.over { border-color: var(--accent); background: var(--wash); }
        .drop input { border: 0; padding: 0; background: none; }
        .tabs { display: flex; flex-wrap: wrap; gap: .25rem; margin: 1.5rem 0 0; border-bottom: 1px solid var(--line); }
        .tabs a {
          padding: .5rem .9rem; color: var(--ink); text-decoration: none; border-radius: .4rem .4rem 0 0;
          border-bottom: 3px solid transparent;
        }
        .tabs a:hover { background: var(--wash); }
        .tabs a[aria-current] { font-weight: 700; color: var(--accent); border-bottom-color: var(--accent); }
        /* Projects and searches. */
        .split { display: grid; gap: 0 3rem; }
        .split > * { min-width: 0; }
        .split > aside { margin-top: 2rem; padding-top: .5rem; border-top: 1px solid var(--line); font-size: .95rem; }
        @media (min-width: 60rem) {
          .split { grid-template-columns: minmax(0, 1fr) 17rem; }
          .split > aside { margin-top: 0; border-top: 0; }
        }
        .split > aside h2 { margin: 1.75rem 0 .25rem; font-size: 1.05rem; }
        .split > aside h3 { font-size: 1rem; }
        .split > aside dl { grid-template-columns: 1fr; gap: 0; margin: .5rem 0; }
        .split > aside dd { margin-bottom: .5rem; }
        .split > aside .rows h3 { font-size: 1rem; }
        h4 { margin: 1rem 0 .3rem; font-size: .95rem; }
        .rows h2 { margin: 0 0 .15rem; font-size: 1.1rem; }
        .version { color: var(--soft); font-weight: 400; }
        .plain { padding: 0; list-style: none; }
        .plain li { margin: .3rem 0; }
        .choose { max-width: 44rem; margin-top: 1.25rem; }
        .choose input { position: absolute; width: 1px; height: 1px; opacity: 0; }
        .choose label {
          display: inline-block; margin: 0 .25rem .5rem 0; padding: .2rem .8rem; border: 1px solid var(--line);
          border-radius: 1rem; background: var(--card); font-size: .9rem; cursor: pointer;
        }
        .choose input:checked + label { color: var(--on-accent); background: var(--accent); border-color: var(--accent); }
        .choose input:focus-visible + label { outline: 3px solid var(--accent); outline-offset: 2px; }
        .choose .client { display: none; }
        #client-pip:checked ~ .client-pip, #client-uv:checked ~ .client-uv, #client-poetry:checked ~ .client-poetry,
        #client-pdm:checked ~ .client-pdm { display: block; }
        .filters { display: flex; flex-wrap: wrap; align-items: end; gap: .5rem 1rem; max-width: none; margin: 1rem 0; }
        .filters label { margin: 0 0 .2rem; font-size: .9rem; }
        .filters select { min-width: 9rem; padding: .4rem .5rem; }
        .filters button { margin: 0; padding: .4rem 1rem; }
        .filters a { padding: .4rem 0; }
        /* One section of a page at a time: the one that the address names, else the first. */
        @supports selector(:has(a)) {
          .tab { display: none; scroll-margin-top: 100vh; }
          .tab:target, .tab:has(:target), main:not(:has(.tab:target, .tab :target)) .tab:first-of-type { display: block; }
          main:not(:has(.tab:target, .tab :target)) .tabs a[href="#description"],
          main:has(#description:target, #description :target) .tabs a[href="#description"],
          main:has(#history:target) .tabs a[href="#history"], main:has(#files:target) .tabs a[href="#files"],
          main:has(#security:target) .tabs a[href="#security"] {
            font-weight: 700; color: var(--accent); border-bottom-color: var(--accent);
          }
        }
        .tab h2:first-child { margin-top: 1.25rem; }
        figure { margin: 1rem 0; }
        .chart { display: block; width: 100%; height: 6rem; background: var(--code); border-radius: .4rem; fill: var(--accent); }
        .readme { overflow-wrap: anywhere; }
        .readme h1 { font-size: 1.5rem; margin-top: 1rem; }
        .readme blockquote { margin: 1rem 0; padding-left: 1rem; border-left: 3px solid var(--line); color: var(--soft); }
        .readme .table { overflow-x: auto; }
        .readme table { width: auto; }
        .readme .center { text-align: center; }
        .readme .right { text-align: right; }
        .readme .image::before { content: "\u{25A3} "; }
        .readme .plain { white-space: pre-wrap; overflow-wrap: anywhere; }
        .readme td, .readme th { padding: .35rem .8rem; border: 1px solid var(--line); }
        .readme pre { margin: 1rem 0; }
        .suggestions {
          position: absolute; z-index: 1; left: 0; right: 0; top: 100%; margin: .2rem 0 0; padding: .4rem 0; list-style: none;
          background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
          box-shadow: 0 .4rem 1.4rem rgb(0 0 0 / .18);
        }
        .suggestions a { display: block; padding: .35rem 1rem; }
        .suggestions a:focus-visible { outline-offset: -3px; }
        @media print { .top, .bottom, .skip, form { display: none; } }

        """
}
