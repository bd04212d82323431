"""From kept edges to integer matrices: what the ticket computes, for all inputs at once.

FORMAT.md, section 6, states the rules and why they are sound. In short: every neuron is followed
as an integer combination of *atoms*, which are the inputs at first, and later outputs of ReLUs
that really act. A ReLU is the identity on a combination of nonnegative atoms with coefficients ≥
0, and zero if all coefficients are ≤ 0; the header declares the layers, *generations*, whose
ReLUs make new atoms instead. Between target layers stands one "unit" generation, so the walk ends
with matrices V_1…V_l for which   ticket(x) = 2^−P V_l σ(V_{l−1} σ(… σ(V_1 x)))   for every x of
the domain.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, csr_array

from proofs.kernel.header import Header
from proofs.kernel.integers import SAFE, Budget, Rejected, Rows, identity, normal, with_limbs
from proofs.kernel.kept_edges import Edges
from proofs.kernel.philox import edge_signs
from proofs.kernel.ticket_file import TicketFile

Int64 = npt.NDArray[np.int64]
Matrix = npt.NDArray[Any]  # int64 or Python integers
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class State:
    """One layer: neuron ids[k] computes combination k of the atoms; all other neurons are 0."""

    ids: Int64
    rows: Rows


@dataclass(frozen=True)
class Base:
    """What the current section of the network starts from: inputs, or the units of a target layer.

    units: for each unit of the target layer its atom, or −1 for a unit that is always 0.
    nonnegative: whether the base is known to be ≥ 0.
    split: None, or the rows c of a split generation; then the atoms are σ(c·u), u being the base.
    With them, for each atom σ(c·u) the number of its partner σ(−c·u), or its own if there is none.
    """

    units: Int64
    nonnegative: bool
    split: tuple[Rows, Int64] | None = None


def _distinct(index: npt.NDArray[Any], width: int) -> tuple[Int64, npt.NDArray[Any]]:
    """The sorted distinct values of `index` (all below `width`), and the place of each entry."""
    if width > 16 * len(index) + (1 << 24):  # a table of all neurons would be too large
        ids = np.unique(index).astype(np.int64)
        return ids, np.searchsorted(ids, index)
    present = np.zeros(width, dtype=np.bool_)
    present[index] = True
    ids = np.flatnonzero(present)
    place = np.zeros(width, dtype=np.int32 if len(ids) < 1 << 31 else np.int64)
    place[ids] = np.arange(len(ids), dtype=place.dtype)
    return ids, place[index]


def preactivations(state: State, edges: Edges, t: int, header: Header, budget: Budget) -> State:
    """The combinations before the ReLU of layer t, for the neurons where they are not zero."""
    place, live = _find(state.ids, edges.sources)
    counts = np.diff(edges.indptr)
    sources, indices, indptr = edges.sources, edges.indices, edges.indptr
    if not live.all():  # edges from neurons that are zero change nothing
        indices = indices[np.repeat(live, counts)]
        sources, place, counts = sources[live], place[live], counts[live]
        indptr = np.concatenate(([0], np.cumsum(counts)))
    signs = edge_signs(header.seed, t, header.widths[t], sources, indptr, indices)
    ids, target = _distinct(indices, header.widths[t])
    layer = csr_array(csc_array((signs, target, indptr), shape=(len(ids), len(sources))))
    rows = state.rows
    if len(place) < len(rows):  # places increase: else they are all
        rows = rows.take(place)
    return _alive(ids, budget.times(layer, rows, f"layer {t}"))


def _alive(ids: Int64, rows: Rows) -> State:
    """The neurons `ids` that compute `rows`, without those whose combination is zero."""
    nonzero = rows.counts() > 0
    return State(ids, rows) if nonzero.all() else State(ids[nonzero], rows.take(nonzero))


def plain_relu(state: State, nonnegative: bool, t: int) -> State:
    """Rule 1: the ReLU of a layer that is no generation."""
    if len(state.ids) and not nonnegative:
        raise Rejected(
            f"layer {t}: neuron {state.ids[0]} takes the ReLU of an input of unknown sign, "
            "but the layer is not a generation"
        )
    if state.rows.matrix.data.min(initial=0) >= 0:
        return state
    positive, negative = state.rows.signs()
    mixed = positive & negative
    if mixed.any():
        raise Rejected(
            f"layer {t}: neuron {state.ids[mixed][0]} takes the ReLU of a combination with "
            "coefficients of both signs, but the layer is not a generation"
        )
    return State(state.ids[positive], state.rows.take(positive))


def linear(state: State, base: Base, t: int, budget: Budget) -> Rows:
    """Rule 2: the rows over the base itself, a split before them being resolved."""
    if base.split is None:
        return state.rows
    split, partner = base.split
    swapped = state.rows.map_columns(partner, state.rows.columns)
    total = csr_array(state.rows.matrix + swapped.matrix)
    total.eliminate_zeros()
    total = normal(Rows(total, state.rows.columns, state.rows.limbs))
    unpaired = total.counts() > 0
    if unpaired.any():
        raise Rejected(
            f"layer {t}: neuron {state.ids[unpaired][0]} does not read the two halves of a split "
            "with opposite coefficients"
        )
    first = np.arange(len(partner)) < partner
    number = np.where(first, np.cumsum(first) - 1, -1)
    half = state.rows.map_columns(number, int(first.sum()))
    return budget.compose(half, split.take(first), f"layer {t}")


def new_atoms(state: State, rows: Rows) -> tuple[State, dict[bytes, int]]:
    """Rules 3 and 4: each distinct nonzero row becomes an atom, named by the key of its row."""
    number: dict[bytes, int] = {}
    keys = rows.keys()
    atom = np.array([number.setdefault(key, len(number)) for key in keys], dtype=np.int64)
    return State(state.ids, identity(len(number)).take(atom)), number


def split_generation(state: State, base: Base) -> tuple[State, Base]:
    """Rule 4: the atoms σ(c·u), with the numbers of their partners σ(−c·u)."""
    limbs = state.rows.limbs
    if limbs > 1:  # −c may need one limb more than c
        limbs = max(limbs, state.rows.negated().limbs)
    rows = with_limbs(state.rows, limbs)  # now the keys of a row and of a negated row compare
    after, number = new_atoms(state, rows)
    atom = after.rows.matrix.indices
    first = np.zeros(len(number), dtype=np.int64)
    first[atom[::-1]] = np.arange(len(atom))[::-1]
    split = rows.take(first)
    keys = with_limbs(split.negated(), limbs).keys()
    partner = [number.get(key, a) for a, key in enumerate(keys)]
    return after, Base(base.units, base.nonnegative, (split, np.array(partner, dtype=np.int64)))


def rounded(target: npt.NDArray[np.float64], p: int, budget: Budget, where: str) -> Matrix:
    """round(2^p·W), half to even, exactly: int64 where below 2^62, else Python integers."""
    with np.errstate(over="ignore", under="ignore"):
        scaled = np.ldexp(target, p)  # exact, or below ½ in absolute value, or infinite
    largest = float(np.abs(scaled).max(initial=0.0))
    budget.magnitude(largest, where)
    values = np.rint(scaled)
    if largest < SAFE:
        return values.astype(np.int64)
    return np.array([int(v) for v in values.ravel()], dtype=object).reshape(target.shape)


def target_matrix(
    state: State,
    wanted: Int64,
    base: Base,
    target: npt.NDArray[np.float64],
    p: int,
    budget: Budget,
    where: str,
) -> Matrix:
    """V_i (rule 6): row r is over the base's atoms what neuron wanted[r] computes.

    Raises `Rejected` if a row reads an atom that is no unit's.
    """
    neurons, place = np.unique(wanted, return_inverse=True)
    rows = _rows_of(state, neurons)
    owner = np.full(rows.columns, -1, dtype=np.int64)
    atom = base.units
    holds = atom >= 0
    owner[atom[holds]] = np.flatnonzero(holds)  # of several units of one atom the last
    if (owner[rows.matrix.indices // rows.limbs] < 0).any():
        raise Rejected(f"{where}: reads a neuron of the unit generation before it that is no unit")
    matrix: Matrix = rows.map_columns(owner, len(atom)).dense()[place.reshape(-1)]
    free = np.ones(len(atom), dtype=np.bool_)  # units that are zero, or not the last of their atom
    free[owner[owner >= 0]] = False
    if free.any():
        fill = rounded(target[:, free], p, budget, where)
        largest = max(int(np.abs(fill).max(initial=0)), int(np.abs(matrix).max(initial=0)))
        if (largest + 1) * (len(atom) + 1) >= SAFE:
            fill, matrix = fill.astype(object), matrix.astype(object)
        matrix[:, free] = fill
        for k, o in enumerate(np.flatnonzero(free)):
            if atom[o] >= 0:
                matrix[:, owner[atom[o]]] -= fill[:, k]
    return matrix


def _find(ids: Int64, wanted: Int64) -> tuple[Int64, npt.NDArray[np.bool_]]:
    """The place in `ids` (strictly increasing) of each wanted neuron, and whether it is there."""
    if len(ids) == 0:
        return np.zeros(len(wanted), dtype=np.int64), np.zeros(len(wanted), dtype=np.bool_)
    place = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return place, ids[place] == wanted


def _rows_of(state: State, wanted: Int64) -> Rows:
    """For each wanted neuron its row, zero where the layer's state has none."""
    place, found = _find(state.ids, wanted)
    entry = (np.ones(int(found.sum()), dtype=np.int64), (np.flatnonzero(found), place[found]))
    choice = csr_array(entry, shape=(len(wanted), len(state.ids)))
    rows = state.rows
    return Rows(csr_array(choice @ rows.matrix), rows.columns, rows.limbs)


def extract(ticket: TicketFile, budget: Budget, progress: Progress | None = None) -> list[Matrix]:
    """The integer matrices V_1…V_l; raises `Malformed` or `Rejected`."""
    header = ticket.header
    depth, generations = len(header.widths) - 1, dict(header.generations)
    inputs = np.arange(header.widths[0], dtype=np.int64)
    state = State(inputs, identity(len(inputs)))
    base = Base(inputs, header.domain.nonnegative)
    matrices: list[Matrix] = []

    def finish(wanted: Int64, state: State, where: str) -> None:
        i = len(matrices)
        target, p = ticket.targets[i], header.layer_scale_log2[i]
        matrices.append(target_matrix(state, wanted, base, target, p, budget, where))

    for t in range(1, depth + 1):
        if progress is not None:
            progress(t - 1, depth, f"layer {t} of {depth}")
        state = preactivations(state, ticket.edges(t), t, header, budget)
        kind = generations.get(t)
        if t == depth:
            state = State(state.ids, linear(state, base, t, budget))
            finish(np.arange(header.widths[t]), state, f"layer {t}")
        elif kind is None:
            state = plain_relu(state, base.nonnegative or base.split is not None, t)
        else:
            state = _alive(state.ids, linear(state, base, t, budget))
            if kind == "split":
                state, base = split_generation(state, base)
            else:
                units = ticket.units(len(matrices) + 1, header.widths[t])
                finish(units, state, f"layer {t}")
                state, _ = new_atoms(state, state.rows)
                base = Base(_atoms_of(state, units), nonnegative=True)
    if progress is not None:
        progress(depth, depth, "matrices extracted")
    return matrices


def _atoms_of(state: State, units: Int64) -> Int64:
    """For each unit the atom of its neuron, −1 where the neuron is zero."""
    place, found = _find(state.ids, units)
    atoms = np.full(len(units), -1, dtype=np.int64)
    atoms[found] = state.rows.matrix.indices[place[found]]  # each row is one unit vector
    return atoms
