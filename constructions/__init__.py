"""What is built: random networks, plans, constructions and tickets (untrusted producers).

>>> from constructions import TargetNetwork, horner, plan_for
>>> target = TargetNetwork.from_layers([[[0.3, -0.4]], [[0.9]]], biases=[[0.1], None])
>>> plan = plan_for(target, eps="0.05", delta="0.01")
>>> ticket = horner.prune(target, plan, plan.draw(seed=1))
>>> bool(abs(ticket.run([0.5, 0.5]) - target([0.5, 0.5])) < 0.05)
True
"""

from constructions import blocks, horner, sign_agnostic
from constructions.catalogue import CATALOGUE, Construction, construction, ours, peers, plan_for
from constructions.errors import InputError, NoRounding, NoTicket
from constructions.networks.network import RandomNetwork
from constructions.networks.signs import SignNetwork
from constructions.plan import Plan
from constructions.request import Request
from constructions.saved import load
from constructions.targets.target import Ball, Box, TargetNetwork
from constructions.ticket import Ticket

__all__ = [
    "CATALOGUE",
    "Ball",
    "Box",
    "Construction",
    "InputError",
    "NoRounding",
    "NoTicket",
    "Plan",
    "RandomNetwork",
    "Request",
    "SignNetwork",
    "TargetNetwork",
    "Ticket",
    "blocks",
    "construction",
    "horner",
    "load",
    "ours",
    "peers",
    "plan_for",
    "sign_agnostic",
]
