extension Layout {
    static let style = """
        :root {
          color-scheme: light dark;
          --ink: #211a16; --soft: #6a5d54; --paper: #fbf8f4; --card: #ffffff; --line: #e2d8cd;
          --accent: #7a3b2e; --bad: #a3161b;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ink: #ece4dc; --soft: #b0a398; --paper: #1b1614; --card: #261f1c; --line: #43372f;
            --accent: #e09a83; --bad: #ff8e86;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0; background: var(--paper); color: var(--ink);
          font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
        }
        main { max-width: 50rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
        h1 { margin: 0 0 .5rem; font-size: 1.9rem; line-height: 1.2; }
        h2 { margin: 2.5rem 0 .75rem; font-size: 1.3rem; }
        h3 { margin: 1.25rem 0 .35rem; font-size: 1rem; }
        p, ul { margin: .5rem 0; }
        a { color: var(--accent); }
        a:focus-visible, button:focus-visible, input:focus-visible, pre:focus-visible {
          outline: 3px solid var(--accent); outline-offset: 2px;
        }
        .lead { font-size: 1.1rem; color: var(--soft); }
        .note { color: var(--soft); font-size: .95rem; }
        pre {
          margin: 0; padding: .75rem 1rem; overflow-x: auto; background: var(--card);
          border: 1px solid var(--line); border-radius: .4rem;
        }
        code { font: .9em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
        form { max-width: 26rem; margin-top: 1.5rem; }
        label { display: block; margin: 1rem 0 .3rem; font-weight: 600; }
        input {
          width: 100%; padding: .6rem .7rem; font: inherit; color: inherit; background: var(--card);
          border: 1px solid var(--soft); border-radius: .4rem;
        }
        input[aria-invalid="true"] { border-color: var(--bad); }
        button {
          margin-top: 1.5rem; padding: .65rem 1.2rem; font: inherit; font-weight: 600; cursor: pointer;
          color: var(--paper); background: var(--accent); border: 0; border-radius: .4rem;
        }
        .hint { margin: .2rem 0 0; color: var(--soft); font-size: .9rem; }
        .error { margin: .3rem 0 0; color: var(--bad); font-weight: 600; }

        """
}
