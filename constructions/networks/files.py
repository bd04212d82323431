"""How a ticket file names its random network: real weights state their distribution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from constructions.errors import InputError
from constructions.networks.distributions import SIGN, Distribution
from constructions.networks.network import RandomNetwork
from constructions.networks.signs import SignNetwork
from constructions.networks.weights import WeightNetwork


def header_of(network: RandomNetwork) -> dict[str, Any]:
    """Return the entries of a ticket file's header that say which random network is pruned.

    >>> header_of(SignNetwork(7, (2, 3)))
    {'version': 3, 'seed': 7, 'widths': [2, 3]}
    """
    seed = network.seed if network.seed <= 2**53 else str(network.seed)
    entries: dict[str, Any] = {"version": 3, "seed": seed, "widths": list(network.widths)}
    if network.distribution == SIGN:
        return entries
    return entries | {"distribution": network.distribution.as_json()}


def network_of(header: Mapping[str, Any]) -> RandomNetwork:
    """Return the random network that a header names; raise InputError for another version."""
    seed, widths = int(header["seed"]), tuple(int(w) for w in header["widths"])
    if header["version"] not in (1, 2, 3):
        raise InputError(f"version = {header['version']!r}: expected 1, 2 or 3")
    if header["version"] == 2 or (header["version"] == 3 and "distribution" in header):
        return WeightNetwork(seed, widths, Distribution.from_json(header["distribution"]))
    return SignNetwork(seed, widths)
