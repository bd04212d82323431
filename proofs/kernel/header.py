"""The header of a ticket file, from its JSON text (FORMAT.md, section 4)."""

import json
import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

FORMAT, VERSIONS = "pmone-ticket", (1, 2, 3)
MASK_FORMAT = "pmone-mask"  # of edge-popup: a seed and masks, and nothing that could be checked
MAX_WIDTH = (1 << 35) - 1
MAX_SCALE = 4096
MAX_JSON_NUMBER = 1 << 53
MAX_DECIMAL_LENGTH, MAX_DECIMAL_EXPONENT = 2000, 1200
MAX_NAME = 100
MAX_EDGES = 1 << 62  # of a layer of the random network whose kept edges are stated by gaps
MAX_FEATURES = 1 << 18  # of a box, which lists two decimals for each
DISTRIBUTIONS = {"uniform": ("", 0, 0), "hyperbolic": ("octaves", 1, 256), "grid": ("bits", 0, 30)}
INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,29})", re.ASCII)
DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE]([+-]?[0-9]+))?", re.ASCII)


class Malformed(Exception):
    """The file does not follow the format; the message names the array and the fault."""


@dataclass(frozen=True)
class Domain:
    """Inputs of the claim: features in a ball or a box, then the constant 1 if homogenized."""

    description: str
    nonnegative: bool
    square_radius: Fraction  # of the whole input, the constant included


@dataclass(frozen=True)
class Header:
    """The validated header; epsilon and delta are exact rationals."""

    construction: str
    seed: int
    widths: tuple[int, ...]
    layer_scale_log2: tuple[int, ...]
    epsilon: Fraction
    delta: Fraction
    domain: Domain
    homogenized: bool
    generations: tuple[tuple[int, str], ...]  # (layer, "split" or "unit")
    distribution: tuple[str, int] | None  # its kind and parameter; None: signs ±1
    compact: bool  # version 3: kept edges are stated by gaps

    @property
    def depth(self) -> int:
        """L, the number of layers of the random network."""
        return len(self.widths) - 1

    @property
    def layers(self) -> int:
        """l, the number of layers of the target."""
        return len(self.layer_scale_log2)


def show(value: Any) -> str:
    """Foreign data for a message: short, and without control characters."""
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."


def require(fact: bool, fault: str) -> None:
    """Raise `Malformed` unless the fact holds."""
    if not fact:
        raise Malformed(f"header: {fault}")


def integer(value: Any, name: str, low: int, high: int) -> int:
    """A JSON integer up to 2^53, or a string of decimal digits, in [low, high]."""
    if isinstance(value, str) and INTEGER.fullmatch(value):
        value = int(value)
    else:
        require(type(value) is int, f"{name} is {show(value)}, expected an integer")
        require(abs(value) <= MAX_JSON_NUMBER, f"{name} beyond 2^53 must be written as a string")
    require(low <= value <= high, f"{name} is {value}, expected {low} to {high}")
    return int(value)


def decimal(value: Any, name: str) -> Fraction:
    """A decimal string (a JSON number in quotes) as the exact rational it denotes."""
    short = isinstance(value, str) and len(value) <= MAX_DECIMAL_LENGTH
    match = DECIMAL.fullmatch(value) if short else None
    if match is None:
        raise Malformed(f"header: {name} is {show(value)}, expected a decimal string")
    require(abs(int(match[1] or 0)) <= MAX_DECIMAL_EXPONENT, f"{name} has too large an exponent")
    return Fraction(value)


def _get(value: Any, key: str, name: str, kind: type) -> Any:
    """value[key], of exactly this type; `value` is the JSON object called `name`."""
    require(isinstance(value, dict) and key in value, f"{name} has no key {key!r}")
    expected = {list: "a list", bool: "true or false", str: "a string", object: ""}[kind]
    found = value[key]
    require(kind is object or type(found) is kind, f"{key} is {show(found)}, expected {expected}")
    return found


def _domain(value: Any, features: int, homogenized: bool) -> Domain:
    constant = Fraction(int(homogenized))
    kind = _get(value, "kind", "domain", str)
    if kind == "ball":
        text = _get(value, "radius", "domain", object)
        radius = decimal(text, "domain radius")
        require(radius >= 0, f"domain radius is {text}, expected at least 0")
        nonnegative = _get(value, "nonnegative", "domain", bool)
        description = f"||x||_2 <= {text}" + (", x >= 0" if nonnegative else "")
        return Domain(description, nonnegative, radius**2 + constant)
    require(kind == "box", f'domain kind is {show(kind)}, expected "ball" or "box"')
    require(features <= MAX_FEATURES, f"domain: a box of more than {MAX_FEATURES} features")
    ends = []
    for key in ("low", "high"):
        texts = _get(value, key, "domain", list)
        require(len(texts) == features, f"domain {key}: {len(texts)} entries, {features} features")
        ends.append([decimal(text, f"domain {key}[{j}]") for j, text in enumerate(texts)])
    square = constant
    for j, (low, high) in enumerate(zip(*ends, strict=True)):
        require(low <= high, f"domain low[{j}] is above high[{j}]")
        square += max(low * low, high * high)
    description = "low_j <= x_j <= high_j for every feature j, as the header lists them"
    if len(set(ends[0])) == len(set(ends[1])) == 1:
        description = f"{value['low'][0]} <= x_j <= {value['high'][0]} for every feature j"
    return Domain(description, all(low >= 0 for low in ends[0]), square)


def _generations(items: list[Any], depth: int) -> tuple[tuple[int, str], ...]:
    result: list[tuple[int, str]] = []
    for k, item in enumerate(items):
        name = f"generations[{k}]"
        after = result[-1][0] + 1 if result else 1
        layer = integer(_get(item, "layer", name, object), f"{name} layer", after, depth - 1)
        kind = _get(item, "kind", name, str)
        require(kind in ("split", "unit"), f'{name} kind: {show(kind)}, expected "split" or "unit"')
        result.append((layer, kind))
    return tuple(result)


def _distribution(raw: Any) -> tuple[str, int]:
    value = _get(raw, "distribution", "it", object)
    kind = _get(value, "kind", "distribution", str)
    require(kind in DISTRIBUTIONS, f"distribution kind is {show(kind)}, none that we know")
    key, low, high = DISTRIBUTIONS[kind]
    parameter = _get(value, key, "distribution", object) if key else 0
    return kind, integer(parameter, f"distribution {key}", low, high)


def _pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
    require(len(dict(items)) == len(items), "a key occurs twice in one JSON object")
    return dict(items)


def _constant(name: str) -> Any:
    raise Malformed(f"header: {name} is not JSON")


def parse_header(text: str) -> Header:
    """The header from its JSON text; raises `Malformed`. Keys that we do not know are ignored."""
    try:
        raw = json.loads(text, object_pairs_hook=_pairs, parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"header: not JSON ({show(str(error))})") from None
    require(isinstance(raw, dict), "not a JSON object")
    found = _get(raw, "format", "it", str)
    no_claim = "" if found != MASK_FORMAT else ": masks without target and epsilon claim no bound"
    require(found == FORMAT, f"format is {show(found)}, not {FORMAT!r}{no_claim}")
    version = _get(raw, "version", "it", object)
    known = type(version) is int and version in VERSIONS
    require(known, f"version is {show(version)}, expected 1, 2 or 3")
    real = version == 2 or (version == 3 and "distribution" in raw)
    distribution = _distribution(raw) if real else None
    construction = _get(raw, "construction", "it", str)
    name_is_plain = construction.isascii() and construction.isprintable()
    require(
        name_is_plain and 0 < len(construction) <= MAX_NAME,
        f"construction is not a name of 1 to {MAX_NAME} printable ASCII characters",
    )
    seed = integer(_get(raw, "seed", "it", object), "seed", 0, (1 << 64) - 1)
    widths = tuple(
        integer(width, f"widths[{t}]", 1, MAX_WIDTH)
        for t, width in enumerate(_get(raw, "widths", "it", list))
    )
    require(len(widths) >= 2, "widths has fewer than two entries")
    few = version < 3 or all(a * b < MAX_EDGES for a, b in pairwise(widths))
    require(few, "widths: 2^62 edges or more in one layer")
    scales = tuple(
        integer(p, f"layer_scale_log2[{i}]", -MAX_SCALE, MAX_SCALE)
        for i, p in enumerate(_get(raw, "layer_scale_log2", "it", list))
    )
    require(len(scales) >= 1, "layer_scale_log2 is empty")
    total = integer(_get(raw, "scale_log2", "it", object), "scale_log2", -(1 << 62), 1 << 62)
    require(total == sum(scales), "scale_log2 is not the sum of layer_scale_log2")
    epsilon = decimal(_get(raw, "epsilon", "it", object), "epsilon")
    require(epsilon >= 0, "epsilon is negative")
    delta = decimal(_get(raw, "delta", "it", object), "delta")
    require(0 <= delta <= 1, "delta is not a probability")
    homogenized = _get(raw, "homogenized", "it", bool)
    features = widths[0] - int(homogenized)
    domain = _domain(_get(raw, "domain", "it", object), features, homogenized)
    generations = _generations(_get(raw, "generations", "it", list), len(widths) - 1)
    units, hidden = sum(kind == "unit" for _, kind in generations), len(scales) - 1
    require(units == hidden, f"{units} unit generations for {hidden} hidden target layers")
    return Header(
        construction,
        seed,
        widths,
        scales,
        epsilon,
        delta,
        domain,
        homogenized,
        generations,
        distribution,
        version == 3,
    )
