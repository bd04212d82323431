"""A small producer of tickets for the kernel's tests, independent of all other code.

Written from the format document and the mathematics alone: signs through NumPy's generator, whole
layers at a time, first-fit matching with generous pools. Only for small networks.
"""

import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np


def layer_signs(seed: int, t: int, before: int, after: int) -> np.ndarray:
    """The whole sign matrix S_t transposed: int8, shape (before, after)."""
    words = -(-after // 256) * 4
    generator = np.random.Philox(key=np.array([seed, t], dtype=np.uint64))
    raw = generator.random_raw(before * words).astype("<u8").reshape(before, words)
    bits = np.unpackbits(raw.view(np.uint8), axis=1, bitorder="little")
    return 2 * bits[:, :after].astype(np.int8) - 1


@dataclass
class Forged:
    """A ticket in memory: everything a file says, easy to edit."""

    header: dict[str, Any]
    targets: list[np.ndarray]
    units: list[np.ndarray]
    edges: list[set[tuple[int, int]]] = field(
        default_factory=list
    )  # layer by layer (source, target)

    def arrays(self) -> dict[str, np.ndarray]:
        result = {"header": np.array(json.dumps(self.header))}
        for i, w in enumerate(self.targets, 1):
            result[f"target_{i}"] = np.ascontiguousarray(w, dtype=np.float64)
        for i, u in enumerate(self.units, 1):
            result[f"units_{i}"] = np.asarray(u, dtype=np.int64)
        for t, edges in enumerate(self.edges, 1):
            pairs = np.array(sorted(edges), dtype=np.int64).reshape(-1, 2)
            sources, starts = np.unique(pairs[:, 0], return_index=True)
            result[f"sources_{t}"] = sources.astype(np.int64)
            result[f"indptr_{t}"] = np.append(starts, len(pairs)).astype(np.int64)
            result[f"indices_{t}"] = pairs[:, 1].astype(np.int32)
        return result

    def save(self, path: Path, compressed: bool = False) -> Path:
        return save_arrays(self.arrays(), path, compressed)


def save_arrays(arrays: dict[str, np.ndarray], path: Path, compressed: bool = False) -> Path:
    buffer = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(buffer, **arrays)
    path.write_bytes(buffer.getvalue())
    return path


def header(widths, scales, generations, *, seed=1, epsilon="0.5", domain=None, homogenized=False):
    return {
        "format": "pmone-ticket", "version": 1, "construction": "forged", "seed": seed,
        "widths": [int(w) for w in widths], "scale_log2": int(sum(scales)),
        "layer_scale_log2": [int(p) for p in scales], "epsilon": epsilon, "delta": "0.01",
        "domain": domain or {"kind": "ball", "radius": "1", "nonnegative": False},
        "homogenized": homogenized,
        "generations": [{"layer": int(t), "kind": kind} for t, kind in generations],
    }  # fmt: skip


class Starved(Exception):
    """The pool ran out; the forger needs a larger slack or another seed."""


class _Draw:
    """The network while a construction picks neurons layer by layer."""

    def __init__(self, seed: int, widths: list[int]) -> None:
        self.seed, self.widths = seed, widths
        self.edges: list[set[tuple[int, int]]] = [set() for _ in widths[1:]]

    def signs(self, t: int) -> np.ndarray:
        return layer_signs(self.seed, t, self.widths[t - 1], self.widths[t])

    def keep(self, t: int, source: int, target: int) -> None:
        self.edges[t - 1].add((int(source), int(target)))


def _first_fit(fits: np.ndarray, free: np.ndarray) -> int:
    good = np.flatnonzero(fits & free)
    if not len(good):
        raise Starved
    free[good[0]] = False
    return int(good[0])


def horner(
    targets, scales, *, seed=1, epsilon="0.5", nonnegative=False, domain=None, homogenized=False,
    extra=6, slack=24, matrices=None,
) -> Forged:  # fmt: skip
    """Construction S for V_i = round(2^p_i W_i) (or `matrices`)."""
    vs = matrices or [
        np.rint(np.ldexp(np.asarray(w, float), p)).astype(np.int64)
        for w, p in zip(targets, scales, strict=True)
    ]
    sections = []
    for i, v in enumerate(vs):
        v = v.astype(object) if max(abs(int(x)) for x in v.ravel()) >= 2**40 else v
        sections.append(np.hstack([v, -v]) if i == 0 and not nonnegative else v)
    sizes = [v.shape for v in sections]
    bits = [max(max(int(abs(int(x))).bit_length() for x in v.ravel()), 1) for v in sections]
    counts = [b + 1 + extra for b in bits]  # K of each section
    u_size = max(m for _, m in sizes) + slack
    a_size = max(n for n, _ in sizes) + 1 + slack
    width = u_size + 2 * a_size
    depth = (not nonnegative) + sum(k + 2 for k in counts) + 1
    widths = [vs[0].shape[1], *[width] * (depth - 1), vs[-1].shape[0]]
    draw = _Draw(seed, widths)
    blocks = {"U": slice(0, u_size), "A": slice(u_size, u_size + a_size),
              "B": slice(u_size + a_size, width)}  # fmt: skip

    def pool(block: str | None) -> np.ndarray:
        free = np.zeros(width, dtype=bool)
        free[blocks[block] if block else slice(None)] = True
        return free

    t, generations, units = 1, [], []
    if nonnegative:
        held = list(range(widths[0]))
    else:
        signs, free = draw.signs(1), pool("U")
        held = []
        for sign in (1, -1):
            for j in range(widths[0]):
                r = _first_fit(signs[j] == sign, free)
                draw.keep(1, j, r)
                held.append(r)
        generations.append((1, "split"))
        t = 2
    for i, v in enumerate(sections):
        n, m = v.shape
        gamma = 1 << bits[i]
        k_total = counts[i]
        totals = np.vstack([v + gamma, np.full((1, m), gamma, dtype=v.dtype)])  # last: the offset
        pairs: list[tuple[int, int]] = []
        plus, places = [], []  # for each stage: sign of the digit, and the edge that gives it
        for stage in range(k_total):
            signs, free = draw.signs(t), {b: pool(b) for b in "UAB"}
            new_pairs = []
            for o in range(n + 1):
                pair = []
                for b in "AB":
                    if stage == 0:
                        pair.append(blocks[b].start + o)
                        continue
                    x, y = pairs[o]
                    r = _first_fit((signs[x] > 0) & (signs[y] > 0), free[b])
                    draw.keep(t, x, r)
                    draw.keep(t, y, r)
                    pair.append(r)
                new_pairs.append((pair[0], pair[1]))
            pairs = new_pairs
            ab = np.array(pairs)
            to_a, to_b = signs[np.ix_(held, ab[:, 0])].T, signs[np.ix_(held, ab[:, 1])].T
            plus.append((to_a > 0) | (to_b > 0))
            places.append((t, list(held), ab, np.where(to_a > 0, 0, 1)))
            if stage < k_total - 1:
                new_held = []
                for x in held:
                    r = _first_fit(signs[x] > 0, free["U"])
                    draw.keep(t, x, r)
                    new_held.append(r)
                held = new_held
            t += 1
        shifted = totals.astype(object)
        for stage in range(k_total):
            shifted = shifted + (~plus[stage]).astype(object) * (1 << (k_total - 1 - stage))
        if (shifted < 0).any() or (shifted >= 1 << k_total).any():
            raise Starved
        for stage, (layer, sources, ab, choice) in enumerate(places):
            bit = ((shifted >> (k_total - 1 - stage)) & 1).astype(bool)
            use = np.where(plus[stage], bit, ~bit)
            for o, j in zip(*np.nonzero(use), strict=True):
                draw.keep(layer, sources[j], ab[o, choice[o, j]])
        signs, free = draw.signs(t), pool(None)
        merged = []
        for x, y in pairs:
            r = _first_fit((signs[x] > 0) & (signs[y] > 0), free)
            draw.keep(t, x, r)
            draw.keep(t, y, r)
            merged.append(r)
        t += 1
        signs, free, c = draw.signs(t), pool(None), merged[-1]
        if i + 1 < len(sections):
            held = []
            for x in merged[:-1]:
                r = _first_fit((signs[x] > 0) & (signs[c] < 0), free)
                draw.keep(t, x, r)
                draw.keep(t, c, r)
                held.append(r)
            generations.append((t, "unit"))
            units.append(np.array(held))
            t += 1
            continue
        generations.append((t, "split"))
        after = draw.signs(t + 1)
        for sign in (1, -1):
            for o, x in enumerate(merged[:-1]):
                fits = (signs[x] == sign) & (signs[c] == -sign) & (after[:, o] == sign)
                r = _first_fit(fits, free)
                draw.keep(t, x, r)
                draw.keep(t, c, r)
                draw.keep(t + 1, r, o)
    head = header(
        widths, scales, generations, seed=seed, epsilon=epsilon, homogenized=homogenized,
        domain=domain or {"kind": "ball", "radius": "1", "nonnegative": nonnegative},
    )  # fmt: skip
    return Forged(head, [np.asarray(w, float) for w in targets], units, draw.edges)


def powers(
    k1: int, k2: int, *, target: float = 0.0, p: int = 0, seed: int = 1, width: int = 64
) -> Forged:
    """The ticket x ↦ 2^(k1+k2−p)·x of one variable: split, k1 doublings, split, k2 doublings."""
    depth = k1 + k2 + 3
    widths = [1, *[width] * (depth - 1), 1]
    draw = _Draw(seed, widths)
    free, signs = np.ones(width, dtype=bool), draw.signs(1)
    held = []
    for sign in (1, -1):
        pair = [_first_fit(signs[0] == sign, free) for _ in range(2)]
        for r in pair:
            draw.keep(1, 0, r)
        held.append(pair)
    t = 2
    for step in range(k1 + k2 + 1):
        signs, free, after = draw.signs(t), np.ones(width, dtype=bool), []
        last = draw.signs(t + 1)[:, 0] if t + 1 == depth else None
        for half in range(2):
            (a, b), other = held[half], held[1 - half][0]
            fits = (signs[a] > 0) & (signs[b] > 0)
            if step == k1:  # the second split: ±2^k1·x from one copy of each half
                fits = (signs[a] > 0) & (signs[other] < 0)
                b = other
            if last is not None:  # one copy of each half, read with its sign
                fits &= last == (1 if half == 0 else -1)
            pair = [_first_fit(fits, free) for _ in range(2 if last is None else 1)]
            for r in pair:
                draw.keep(t, a, r)
                draw.keep(t, b, r)
            after.append(pair)
        held, t = after, t + 1
    for (r,) in held:
        draw.keep(depth, r, 0)
    head = header(widths, [p], [(1, "split"), (k1 + 2, "split")], seed=seed)
    return Forged(head, [np.array([[target]])], [], draw.edges)


def load(path: Path) -> Forged:
    """Any ticket file that follows the format, back in memory."""
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    head = json.loads(str(arrays["header"]))
    head |= {"widths": [int(w) for w in head["widths"]], "scale_log2": int(head["scale_log2"])}
    layers, depth = len(head["layer_scale_log2"]), len(head["widths"]) - 1
    edges = []
    for t in range(1, depth + 1):
        if head["version"] == 3:
            steps = arrays[f"gaps_{t}"].astype(np.int64)
            steps[steps == 255] = arrays[f"far_{t}"]
            places = (np.cumsum(steps) - 1).tolist()
            edges.append({divmod(place, head["widths"][t]) for place in places})
            continue
        counts = np.diff(arrays[f"indptr_{t}"])
        sources = np.repeat(arrays[f"sources_{t}"], counts).tolist()
        edges.append(set(zip(sources, arrays[f"indices_{t}"].tolist(), strict=True)))
    targets = [arrays[f"target_{i}"] for i in range(1, layers + 1)]
    head["version"] = 1  # as which it is saved again
    return Forged(head, targets, [arrays[f"units_{i}"] for i in range(1, layers)], edges)
