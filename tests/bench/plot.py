"""Results as a picture (SVG): each server's CPU time per query, relative to the echo's.

Readable on a light and on a dark page.
"""
from xml.sax.saxutils import escape

from rounds import median

PANELS = ("udp-100", "udp-100000", "udp-bulk-100", "cookies-100", "tcp-100", "tcp-once-100")
SERVERS = ("echo", "nanodnsd", "nsd", "knot", "bind", "pdns")
COLUMNS, WIDTH, LABEL, VALUE, BAR, GAP, TOP = 2, 400, 84, 48, 20, 6, 92
LONGEST = WIDTH - LABEL - VALUE - 24
STYLE = """
text { font: 14px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 18px; font-weight: 600 }
.panel { font-weight: 600 }
.small { font-size: 12px; fill: #59636e }
.bar { fill: #8c959f }
.ours { fill: #0969da }
.base { fill: #c8cfd6 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.small { fill: #9198a1 }
.bar { fill: #6e7681 }
.ours { fill: #4493f8 }
.base { fill: #3d444d }
}
"""


def figures(table):
    """(row, figure, text): relative to the echo if there is one, otherwise in microseconds."""
    for row in table.rows():
        if row not in SERVERS:
            continue
        if "echo" in table.bases:
            ratio = median(table.ratios(row, "echo"))
            yield row, ratio, f"{ratio:.2f}"
        else:
            micros = median(table.values(row)) / 1e3
            yield row, micros, f"{micros:.1f}"


def bar(row, y, length, text):
    kind = {"nanodnsd": "ours", "echo": "base"}.get(row, "bar")
    return (f'<text x="{LABEL - 8}" y="{y + 15}" text-anchor="end">{escape(row)}</text>'
            f'<rect class="{kind}" x="{LABEL}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2"/>'
            f'<text x="{LABEL + length + 6:.1f}" y="{y + 15}">{text}</text>')


def panel(table, x, y):
    unit = "the bare echo is 1" if "echo" in table.bases else "µs"
    drawn = [f'<g transform="translate({x} {y})"><text class="panel" x="0" y="0">{escape(table.title)}</text>'
             f'<text class="small" x="0" y="18">CPU time a query, {unit}</text>']
    found = list(figures(table))
    greatest = max(figure for _, figure, _ in found)
    for number, (row, figure, text) in enumerate(found):
        drawn.append(bar(row, 30 + number * (BAR + GAP), LONGEST * figure / greatest, text))
    return "\n".join(drawn) + "</g>"


def svg(result):
    tables = {table.name: table for table in result["tables"]}
    shown = [tables[name] for name in PANELS if name in tables]
    tall = 64 + len(SERVERS) * (BAR + GAP)
    height = TOP + -(-len(shown) // COLUMNS) * tall
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    said = "; ".join(f"{table.title}: " + ", ".join(f"{row} {text}" for row, _, text in figures(table))
                     for table in shown)
    drawn = ['<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc" '
             f'viewBox="0 0 {COLUMNS * WIDTH + 16} {height}">',
             '<title id="title">CPU time a query of nanodnsd and other name servers; less is better</title>',
             f'<desc id="desc">{escape(said)}</desc><style>{STYLE}</style>',
             '<text class="title" x="16" y="30">CPU time a query; less is better</text>',
             f'<text class="small" x="16" y="50">{escape(versions)}; {result["date"]}</text>']
    drawn += [panel(table, 16 + number % COLUMNS * WIDTH, TOP + number // COLUMNS * tall)
              for number, table in enumerate(shown)]
    return "\n".join(drawn) + "\n</svg>\n"
