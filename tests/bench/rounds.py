"""Rounds: the rows are measured by turns, in another order each round, and compared within a round.

Whatever slows the machine for a while then slows all of them, and no one always follows the same other.
"""
import dataclasses
import statistics


@dataclasses.dataclass
class Table:
    """Samples are {kind: figure}, such as {"cpu_ns": 3300.0, "rate": 250000.0, "busy": 0.99}."""
    name: str
    title: str
    kind: str = "cpu_ns"  # the figure that is compared
    unit: str = "ns of CPU a query"
    bases: tuple = ("echo", "nsd", "knot")  # rows to which others are compared
    also: dict = dataclasses.field(default_factory=dict)  # {kind: unit} of further figures that are shown
    note: str = ""
    rounds: list = dataclasses.field(default_factory=list)  # of {row: sample}

    def rows(self):
        return list(dict.fromkeys(row for one in self.rounds for row in one))

    def values(self, row, kind=None):
        return [one[row][kind or self.kind] for one in self.rounds if (kind or self.kind) in one.get(row, {})]

    def ratios(self, row, base):
        """The ratio of each round."""
        return [one[row][self.kind] / one[base][self.kind]
                for one in self.rounds if row in one and base in one]


def median(values):
    return statistics.median(values) if values else float("nan")


def quartiles(values):
    """The first and the third quartile; of few values the least and the greatest."""
    if len(values) < 4:
        return (min(values), max(values)) if values else (float("nan"),) * 2
    first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    return first, third


def interleave(table, count, rows, measure, say):
    """`measure(what)` for each of `rows` ({row: what}), `count` times."""
    order = list(rows)
    table.bases = tuple(base for base in table.bases if base in rows)
    for number in range(count):
        turn = number % len(order)
        found = {}
        for row in order[turn:] + order[:turn]:
            found[row] = measure(rows[row])
        table.rounds.append({row: found[row] for row in order})
        say(f"{table.name}: round {number + 1} of {count}  " +
            "  ".join(f"{row} {found[row][table.kind]:.4g}" for row in order))
    return table
