/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/html_int.h"

/* Colours follow the console and the reader's choice of light or dark; each is told from the
 * paper by a contrast of 4.5 at least, and none says anything that a word does not. */
static const char *const lines[] = {
    ":root{color-scheme:light dark;--ink:#1b1f24;--dim:#57606a;--line:#d0d7de;",
    "--paper:#fff;--soft:#f6f8fa;--fail:#b42318;--error:#9b1aa8;--warning:#8a5a00;",
    "--open:#0b5cad;--pass:#146c43;--mark:#fff3c4}",
    "@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9aa4ae;",
    "--line:#30363d;--paper:#0d1117;--soft:#161b22;--fail:#ff8f86;--error:#f0a0ff;",
    "--warning:#e3b341;--open:#79b8ff;--pass:#56d18a;--mark:#4a3c00}}",
    "*{box-sizing:border-box}",
    "body{margin:0 auto;max-width:80rem;padding:1.5rem;background:var(--paper);",
    "color:var(--ink);font:1rem/1.5 system-ui,sans-serif}",
    "h1{font-size:1.6rem;margin:0 0 .25rem}h2{font-size:1.25rem;margin:2.5rem 0 .75rem}",
    "h3{font-size:1rem;margin:0 0 .5rem;overflow-wrap:anywhere}",
    "a{color:inherit;text-decoration-color:var(--dim);text-underline-offset:.15em}",
    "a:hover,summary:hover{text-decoration-thickness:2px}",
    ":target{outline:2px solid var(--open);outline-offset:2px}",
    "nav a{margin-right:1rem}",
    ":focus-visible{outline:3px solid var(--open);outline-offset:2px}",
    "code,pre{font:.875rem/1.45 ui-monospace,monospace}code{overflow-wrap:anywhere}",
    "pre{margin:.75rem 0;padding:.75rem;overflow-x:auto;background:var(--soft);",
    "border:1px solid var(--line);border-radius:.4rem}",
    "pre mark{color:inherit;background:var(--mark)}pre b{color:var(--kind)}",
    ".lead{font-size:1.15rem;margin:.25rem 0}.dim{color:var(--dim)}",
    ".fail{--kind:var(--fail)}.unexpected-pass{--kind:var(--fail)}",
    ".error{--kind:var(--error)}.warning{--kind:var(--warning)}",
    ".inconclusive{--kind:var(--open)}.pass{--kind:var(--pass)}",
    ".known,.not-applicable,.not-run,.not-judged,.observed{--kind:var(--dim)}",
    ".badge{display:inline-block;padding:0 .5em;border:1px solid var(--kind);",
    "border-radius:1em;color:var(--kind);font:600 .75rem/1.6 system-ui,sans-serif;",
    "white-space:nowrap}",
    ".bar{display:flex;gap:2px;height:.75rem;margin:1rem 0 .5rem}",
    ".bar i{flex-basis:0;min-width:4px;background:var(--kind);border-radius:2px}",
    ".tally{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:0 0 1rem;padding:0;",
    "list-style:none}.tally b{color:var(--kind)}",
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:1rem 0}",
    "dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}",
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%}",
    "th,td{padding:.35rem .6rem;text-align:left;vertical-align:top;",
    "border-bottom:1px solid var(--line)}thead th{color:var(--dim);font-weight:600}",
    "tbody th{padding-top:1.1rem}.n{text-align:right;font-variant-numeric:tabular-nums}",
    "td.n b{color:var(--kind)}caption{text-align:left;color:var(--dim);padding:0 0 .5rem}",
    "article{margin:1rem 0;padding:1rem;border:1px solid var(--line);",
    "border-left:.35rem solid var(--kind);border-radius:.4rem}",
    "article p{margin:.25rem 0}summary{cursor:pointer}",
    "@media print{body{max-width:none;padding:0}article,tr{break-inside:avoid}}",
};

void es_html_style(FILE *out)
{
    for (size_t i = 0; i < ES_COUNT(lines); i++) {
        fprintf(out, "%s\n", lines[i]);
    }
}
