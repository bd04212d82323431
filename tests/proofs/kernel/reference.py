"""A second checker's extraction, slow and plain: Python integers in dictionaries.

Also exact evaluation of a pruned network and of integer networks, at rational points.
"""

from fractions import Fraction

from tests.proofs.kernel.forge import Forged, layer_signs

Row = dict[int, int]


class Refused(Exception):
    """The rules reject the ticket."""


def signed_edges(ticket: Forged) -> list[list[tuple[int, int, int]]]:
    """For each layer its kept edges as (source, target, sign)."""
    widths, seed = ticket.header["widths"], int(ticket.header["seed"])
    result = []
    for t, edges in enumerate(ticket.edges, 1):
        signs = layer_signs(seed, t, widths[t - 1], widths[t])
        result.append([(c, r, int(signs[c, r])) for c, r in edges])
    return result


def run_pruned(ticket: Forged, x: list[Fraction]) -> list[Fraction]:
    """ticket(x), exactly, by evaluating the pruned network neuron by neuron."""
    values = dict(enumerate(x))
    layers = signed_edges(ticket)
    for t, edges in enumerate(layers, 1):
        z: dict[int, Fraction] = {}
        for c, r, sign in edges:
            z[r] = z.get(r, Fraction(0)) + sign * values.get(c, Fraction(0))
        values = z if t == len(layers) else {r: max(v, Fraction(0)) for r, v in z.items()}
    scale = Fraction(2) ** -int(ticket.header["scale_log2"])
    return [scale * values.get(r, Fraction(0)) for r in range(ticket.header["widths"][-1])]


def run_integers(matrices, scale_log2: int, x: list[Fraction]) -> list[Fraction]:
    """2^−P V_l σ(… V_1 x), exactly."""
    h = list(x)
    for i, v in enumerate(matrices):
        h = [sum((a * b for a, b in zip(row, h, strict=True)), Fraction(0)) for row in v]
        if i < len(matrices) - 1:
            h = [max(a, Fraction(0)) for a in h]
    return [Fraction(2) ** -scale_log2 * a for a in h]


def is_nonnegative(domain) -> bool:
    if domain["kind"] == "ball":
        return domain["nonnegative"]
    return all(Fraction(a) >= 0 for a in domain["low"])


def round_half_even(value: Fraction) -> int:
    return round(value)  # Python rounds Fractions half to even


def extract(ticket: Forged) -> list[list[list[int]]]:
    """V_1…V_l as lists, or Refused."""
    head = ticket.header
    widths, scales = head["widths"], head["layer_scale_log2"]
    generations = {g["layer"]: g["kind"] for g in head["generations"]}
    state: dict[int, Row] = {j: {j: 1} for j in range(widths[0])}
    signless = not is_nonnegative(head["domain"])
    split: list[Row] | None = None
    unit_atoms: list[int | None] = list(range(widths[0]))
    found: list[list[list[int]]] = []

    def linear(row: Row) -> Row:
        if split is None:
            return row
        result: Row = {}
        for a, k in row.items():
            minus = {b: -v for b, v in split[a].items()}
            partner = split.index(minus) if minus in split else None
            if (row.get(partner, 0) if partner is not None else 0) != -k:
                raise Refused("unpaired split")
            if partner is not None and a < partner:
                for b, v in split[a].items():
                    result[b] = result.get(b, 0) + k * v
        return {b: v for b, v in result.items() if v}

    def matrix(rows: list[Row], p: int, target) -> list[list[int]]:
        result = []
        for r, row in enumerate(rows):
            if any(a not in unit_atoms for a in row):
                raise Refused("reads an atom that is no unit")
            out = []
            for o, a in enumerate(unit_atoms):
                q = round_half_even(Fraction(float(target[r, o])) * Fraction(2) ** p)
                later = [b for b in range(o + 1, len(unit_atoms)) if unit_atoms[b] == a]
                if a is None or later:
                    out.append(q)
                else:
                    others = sum(out[b] for b in range(o) if unit_atoms[b] == a)
                    out.append(row.get(a, 0) - others)
            result.append(out)
        return result

    for t, edges in enumerate(signed_edges(ticket), 1):
        z: dict[int, Row] = {}
        for c, r, sign in edges:
            for a, k in state.get(c, {}).items():
                row = z.setdefault(r, {})
                row[a] = row.get(a, 0) + sign * k
        z = {r: {a: k for a, k in row.items() if k} for r, row in z.items()}
        z = {r: row for r, row in z.items() if row}
        kind = generations.get(t)
        i = len(found)
        if t == len(widths) - 1:
            rows = [linear(z.get(r, {})) for r in range(widths[t])]
            for r in z.values():
                linear(r)
            found.append(matrix(rows, scales[i], ticket.targets[i]))
        elif kind is None:
            state = {}
            for r, row in z.items():
                if split is None and signless:
                    raise Refused("sign unknown")
                if all(k > 0 for k in row.values()):
                    state[r] = row
                elif any(k > 0 for k in row.values()):
                    raise Refused("both signs")
        else:
            z = {r: linear(row) for r, row in z.items()}
            z = {r: row for r, row in z.items() if row}
            atoms: list[Row] = []
            for row in z.values():
                if row not in atoms:
                    atoms.append(row)
            state = {r: {atoms.index(row): 1} for r, row in z.items()}
            if kind == "split":
                split = atoms
            else:
                units = [int(u) for u in ticket.units[i]]
                rows = [z.get(u, {}) for u in units]
                found.append(matrix(rows, scales[i], ticket.targets[i]))
                unit_atoms = [atoms.index(z[u]) if u in z else None for u in units]
                split, signless = None, False
    return found
