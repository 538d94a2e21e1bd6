/// The style of pages of duties, beside that of all pages.
enum ScreenStyle {
    static let text = """
        .duty { display: grid; grid-template-columns: 12.5rem minmax(0, 1fr); gap: 0 2.5rem; align-items: start; }
        .screen { min-width: 0; max-width: 46rem; }
        .duties ul { list-style: none; margin: 0; padding: 0; }
        .duties a {
          display: block; padding: .4rem .8rem; color: var(--ink); text-decoration: none; border-radius: .4rem;
          border-left: 3px solid transparent;
        }
        .duties a:hover { background: var(--wash); }
        .duties a[aria-current] {
          font-weight: 700; color: var(--accent); background: var(--wash); border-left-color: var(--accent);
        }
        @media (max-width: 52rem) {
          .duty { display: block; }
          .duties { margin: 0 0 1.25rem; border-bottom: 1px solid var(--line); }
          .duties ul { display: flex; flex-wrap: wrap; gap: .1rem; padding-bottom: .5rem; }
          .duties a { padding: .35rem .6rem; border-left: 0; font-size: .95rem; }
        }
        .screen section { scroll-margin-top: 1rem; }
        .screen .scroll { margin: .75rem 0; }
        .screen th[scope="row"] { color: var(--ink); font-weight: 600; white-space: normal; min-width: 9rem; }
        .screen td { min-width: 4rem; }
        .screen td .tag { white-space: nowrap; overflow-wrap: normal; }
        .screen td:has(.hint) { min-width: 14rem; }
        .screen td.number { white-space: nowrap; }
        @media (max-width: 52rem) { .screen td:not(.number) { min-width: 7rem; } .screen td:has(.hint) { min-width: 18rem; } }
        .screen td .hint, .screen th .hint, .screen dd .hint { display: block; margin: 0; font-weight: 400; }
        .why { padding: .6rem .9rem; color: var(--note); background: var(--note-wash); border-radius: .5rem; }
        .caution { padding: .6rem .9rem; color: var(--bad); background: var(--bad-wash); border-radius: .5rem; }
        .none { color: var(--soft); }
        .screen .copied-from, .screen pre { margin-bottom: 1rem; }
        .screen pre { white-space: pre-wrap; overflow-wrap: anywhere; }
        .entry { max-width: 30rem; }
        .entry button { margin-top: .5rem; }
        .entry .field { margin-bottom: .9rem; }
        .tick { display: flex; align-items: flex-start; gap: .2rem; margin: .45rem 0; font-weight: 400; }
        .tick input { flex: none; margin-top: .35rem; }
        .tick .hint { display: block; }
        .bars { width: 100%; height: auto; }
        .bars rect { fill: var(--accent); }
        .bars rect:hover { fill: var(--ink); }
        .bars .axis { stroke: var(--line); }
        .bars .note { fill: var(--soft); font-size: 13px; }
        @media (max-width: 52rem) { .bars .note { font-size: 24px; } }

        """
}
