"""Where the paper's numbers come from: one committed JSON file per source, in paper/data/."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from constructions.errors import InputError
from constructions.files import write_text
from constructions.progress import Progress, silent
from proofs import suite
from proofs.audit import run as audit
from proofs.experiments import demo
from proofs.experiments.compare import run as peers_compare

DATA = Path(__file__).parent / "data"

Data = Mapping[str, Any]
Effort = Literal["quick", "full"]


@dataclass(frozen=True)
class DataSource:
    """One file of data.

    Attributes
    ----------
    name : the file is paper/data/<name>.json
    schema : what its key "schema" must say
    command : the command, or the function, whose JSON it is
    make : make(effort, jobs, progress) runs what the command runs and returns the JSON value
    """

    name: str
    schema: str
    command: str
    make: Callable[[Effort, int, Progress], dict[str, Any]]


def _demo(effort: Effort, jobs: int, progress: Progress) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        return demo.run(out=Path(folder), progress=progress).as_dict()


def _verify(effort: Effort, jobs: int, progress: Progress) -> dict[str, Any]:
    def tell(done: int, total: int, evidence: Any) -> None:
        progress(done, total, evidence.check)

    return suite.run(effort=effort, jobs=jobs, progress=tell).as_dict()


def _audit(effort: Effort, jobs: int, progress: Progress) -> dict[str, Any]:
    return audit.run(effort, jobs=jobs, progress=progress).as_dict()


def _compare(effort: Effort, jobs: int, progress: Progress) -> dict[str, Any]:
    target, eps, delta = demo.trained_digits().target, "0.1", "0.01"
    return peers_compare.compare(target, eps, delta, seed=1, progress=progress).as_dict()


SOURCES = {
    source.name: source
    for source in (
        DataSource("demo", demo.SCHEMA, "pmone demo --format json", _demo),
        DataSource("verify", suite.SCHEMA, "pmone verify --format json", _verify),
        DataSource(
            "compare", peers_compare.SCHEMA, "proofs.experiments.compare on the digits", _compare
        ),
        DataSource("audit", audit.SCHEMA, "pmone audit --format json", _audit),
    )
}


def read(name: str, folder: Path = DATA) -> Data:
    """Return the JSON value of a source.

    Raises InputError, which names the file and what makes it, if the file is missing, is not JSON,
    or has another schema.
    """
    source = _source(name)
    path = folder / f"{name}.json"
    remedy = f"`pmone paper --fresh {name}` makes it (from `{source.command}`)"
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} is missing; {remedy}") from None
    except ValueError as error:
        raise InputError(f"{path} is not JSON ({error}); {remedy}") from error
    found = value.get("schema") if isinstance(value, dict) else None
    if found != source.schema:
        raise InputError(f"{path} has schema {found!r}: expected {source.schema!r}; {remedy}")
    return dict(value)


def refresh(
    names: Iterable[str] | None = None,
    effort: Effort = "quick",
    jobs: int = 1,
    folder: Path = DATA,
    progress: Progress = silent,
) -> list[Path]:
    """Compute sources anew and write their files; all of them for None. Returns the paths.

    Parameters: effort of verify and audit, "quick" or "full"; jobs ≥ 1 workers.

    Raises InputError for an unknown name, before anything is computed.
    """
    chosen = [_source(name) for name in (SOURCES if names is None else names)]
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for i, source in enumerate(chosen):

        def step(done: int, total: int, text: str, i: int = i, name: str = source.name) -> None:
            share = min(1.0, done / total) if total else 0.0
            progress(round(1000 * (i + share)), 1000 * len(chosen), f"{name}: {text}")

        value = source.make(effort, jobs, step)
        path = folder / f"{source.name}.json"
        write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")
        paths.append(path)
    return paths


def _source(name: str) -> DataSource:
    if name not in SOURCES:
        raise InputError(f"source {name!r}: expected one of {', '.join(SOURCES)}")
    return SOURCES[name]
