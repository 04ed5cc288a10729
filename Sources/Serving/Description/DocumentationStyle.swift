import Platform

/// The style of ``DocumentationPage``, which stands in the page itself.
enum DocumentationStyle {
    /// Contrast is 4.5 and more in light and dark; the page is as wide as its reader's, tables scroll by themselves.
    static let text = """
        :root{color-scheme:light dark;--ink:#1c2430;--soft:#566173;--paper:#fff;--tint:#f3f5f8;--line:#d5dbe3;\
        --link:#0b57b4;--post:#7a3d00;--get:#0a5c36}
        @media(prefers-color-scheme:dark){:root{--ink:#e4e8ee;--soft:#a3aebd;--paper:#14181e;--tint:#1e242c;--line:#36404d;\
        --link:#8ab8f5;--post:#f0b072;--get:#7fd6a8}}
        *{box-sizing:border-box}
        body{margin:0 auto;padding:1.5rem 1rem 4rem;max-width:60rem;font:1rem/1.55 system-ui,sans-serif;color:var(--ink);\
        background:var(--paper);overflow-wrap:break-word}
        h1,h2,h3{line-height:1.25}
        h1{margin:0}
        h2{margin:2.5rem 0 .5rem;padding-top:1rem;border-top:1px solid var(--line)}
        h3{margin:1.5rem 0 .4rem;font-size:1.05rem}
        a{color:var(--link)}
        a:focus-visible{outline:3px solid var(--link);outline-offset:2px}
        code,pre{font:.9em/1.5 ui-monospace,monospace}
        code{background:var(--tint);padding:.1em .25em;border-radius:.25em}
        pre{background:var(--tint);padding:.7rem .9rem;border-radius:.4rem;overflow-x:auto;margin:.7rem 0}
        pre code{padding:0}
        nav ul{list-style:none;padding:0;display:grid;gap:.25rem .9rem;\
        grid-template-columns:repeat(auto-fill,minmax(min(100%,19rem),1fr))}
        .soft{color:var(--soft)}
        .method{font:600 .8em ui-monospace,monospace;margin-right:.5em}
        .post{color:var(--post)}
        .get{color:var(--get)}
        .wide{overflow-x:auto}
        table{border-collapse:collapse;width:100%;font-size:.93rem}
        th,td{text-align:left;vertical-align:top;padding:.4rem .8rem .4rem 0;border-bottom:1px solid var(--line)}
        th{color:var(--soft);font-weight:600}
        td:first-child{white-space:nowrap}
        td:last-child{min-width:13rem}
        """

    /// What a Content Security Policy allows it by (Level 3, section 8.4).
    static let source = "'sha256-\(SHA256Digest(of: Array(text.utf8)).base64)'"
}
