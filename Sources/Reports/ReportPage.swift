/// The page that reports are written in: one file, for light and dark, from a phone's width on.
enum ReportPage {
    /// A page of a title, a sentence below it and what follows, which is HTML.
    static func html(title: String, summary: String, body: String) -> String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>\(LineChart.escaped(title))</title>
        <style>
        :root{color-scheme:light dark;--page:#f3f4f6;--ground:#fff;--ink:#111827;--quiet:#5b6472;--grid:#e5e7eb}
        @media(prefers-color-scheme:dark){
          :root{--page:#0f141b;--ground:#1a212b;--ink:#e5e9f0;--quiet:#9aa5b4;--grid:#323c4a}}
        body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);margin:0 auto;
          max-width:1512px;padding:24px}
        h1{font-size:24px;margin:0 0 4px}h2{font-size:17px;margin:32px 0 10px}p{margin:0 0 16px;color:var(--quiet)}
        .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(400px,100%),1fr));gap:16px}
        .tiles{display:flex;gap:16px;flex-wrap:wrap;margin:16px 0}
        .tile{background:var(--ground);border-radius:8px;padding:12px 20px;min-width:110px}
        .tile b{display:block;font-size:26px;line-height:1.2}.tile span{color:var(--quiet);font-size:13px}
        .table{overflow-x:auto}table{border-collapse:collapse;background:var(--ground);border-radius:8px}
        td,th{padding:7px 16px;text-align:right;font-variant-numeric:tabular-nums}
        th{color:var(--quiet);font-weight:600;border-bottom:1px solid var(--grid)}
        td:first-child,th:first-child{text-align:left}
        .settings td{text-align:left;overflow-wrap:anywhere}
        .runs th{overflow-wrap:anywhere}.runs td:first-child{white-space:nowrap}.runs b{color:var(--ink)}
        .runs td,.runs th{min-width:70px;max-width:340px}.wide td{overflow-wrap:anywhere}
        summary{cursor:pointer;color:var(--quiet);margin:16px 0 10px}
        @media(max-width:640px){body{padding:16px}table{width:100%}td,th{padding:6px 5px;font-size:13px}
          th{font-size:11px;vertical-align:bottom}.tile{flex:1}figure{width:100%}}
        .photos{display:flex;flex-wrap:wrap;gap:16px 12px}figure{margin:0;width:\(RunReport.cropSide)px}
        figure img{width:100%;border-radius:6px;display:block}
        figcaption{font-size:13px;line-height:1.4;color:var(--quiet);margin-top:6px;overflow-wrap:anywhere}
        figcaption b{color:var(--ink)}
        svg{display:block;width:100%}
        .ground{fill:var(--ground)}line.grid{stroke:var(--grid)}.ink{fill:var(--ink)}.quiet{fill:var(--quiet)}
        </style></head><body>
        <h1>\(LineChart.escaped(title))</h1>
        <p>\(LineChart.escaped(summary))</p>

        """ + body + "</body></html>\n"
    }

    /// A figure from 0 to 1 with three decimals; a dash for none.
    static func figure(_ value: Double?) -> String {
        guard let value else { return "–" }
        let digits = String(Int((value * 1000).rounded()))
        return value >= 0.9995 ? "1.000" : "." + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    }
}
