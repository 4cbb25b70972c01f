"""Run the benchmarks: `make bench`, or one of them with `make bench ONLY=reading`.

A benchmark is a module `tests/bench/<name>.py` with `NAME`, `run(photos)` and `table(result)`. This one finds them,
prints each table and writes each result to `build/bench/<name>.json`; it measures nothing itself.
"""

import argparse
import importlib
import json
import os
import pkgutil
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol, cast

import tests.bench

Value = float | int | str
RESULTS = Path("build") / "bench"
MEASURED = ("numpy", "zxing-cpp", "pyzbar", "sqlalchemy", "paho-mqtt", "iotcore", "msgspec")
"""Distributions whose version belongs beside a figure."""


class Benchmark(Protocol):
    """What a module in this folder offers."""

    NAME: str

    def run(self, photos: Path | None) -> dict[str, Value]:
        """Measure, and return flat keys; `photos` is a folder or an archive of photographs, if one was named."""
        ...

    def table(self, result: dict[str, Value]) -> str:
        """Return the result as lines for a person."""
        ...


def find_benchmarks() -> dict[str, Benchmark]:
    """Return the benchmarks of this folder by name."""
    names = sorted(found.name for found in pkgutil.iter_modules(tests.bench.__path__) if found.name[0] != "_")
    modules = (importlib.import_module(f"tests.bench.{name}") for name in names)
    found = (cast("Benchmark", module) for module in modules if hasattr(module, "NAME"))
    return {benchmark.NAME: benchmark for benchmark in found}


def machine() -> dict[str, Value]:
    """Return what the figures depend on besides our code."""
    versions: dict[str, Value] = {"python_version": platform.python_version(), "cores": os.cpu_count() or 1}
    versions["machine"] = platform.machine()
    for name in ("salagate", *MEASURED):
        try:
            versions[f"{name.replace('-', '_')}_version"] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def measure(benchmark: Benchmark, photos: Path | None) -> None:
    """Run one benchmark, show its table and keep its result."""
    result = {"repetitions": 1, **benchmark.run(photos)}
    print(benchmark.table(result), flush=True)
    RESULTS.mkdir(parents=True, exist_ok=True)
    target = RESULTS / f"{benchmark.NAME}.json"
    target.write_text(json.dumps({**machine(), **result}, indent=2) + "\n", encoding="utf-8")
    print(f"Written to {target}.\n", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all benchmarks or the one that was named; return 2 when there is none of that name."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure what SalaGate promises to be fast.")
    parser.add_argument("--only", help="the one benchmark to run")
    parser.add_argument("--photos", type=Path, help="photographs to read: a folder or a .tar.gz")
    asked = parser.parse_args(arguments)
    benchmarks = find_benchmarks()
    if asked.only and asked.only not in benchmarks:
        known = ", ".join(benchmarks) or "none yet"
        print(f"There is no benchmark '{asked.only}'; there is: {known}.", file=sys.stderr)
        return 2
    if asked.photos and not asked.photos.exists():
        print(f"There are no photographs at '{asked.photos}': name a folder or a .tar.gz.", file=sys.stderr)
        return 2
    for benchmark in [benchmarks[asked.only]] if asked.only else benchmarks.values():
        measure(benchmark, asked.photos)
    return 0


if __name__ == "__main__":
    sys.exit(main())
