"""The events of a run as Parquet, a row for each in the order in which they came: for DuckDB and its like."""

from __future__ import annotations

from typing import Any, Final

from scenarios.engine.journal import Journal

SCHEMA: Final = "dccbench/events/1"
"""Changes whenever a column changes its meaning or goes away; stands in the file's own metadata."""


def events_parquet(journal: Journal) -> bytes:
    """The octets of the file, the same for the same events and the same version of pyarrow.

    Times are UTC to the millisecond; User Ids and devices are hex octets joined by hyphens.
    """
    # Here, so that nobody else waits for the library.
    import pyarrow  # type: ignore[import-untyped]  # noqa: PLC0415
    import pyarrow.parquet  # type: ignore[import-untyped]  # noqa: PLC0415

    label = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    columns: dict[str, tuple[Any, list[Any]]] = {
        "at": (pyarrow.timestamp("ms", tz="UTC"), [event.at for event in journal]),
        "kind": (label, [event.kind.value for event in journal]),
        "code": (label, [event.code for event in journal]),
        "actor": (label, [_text(event.actor) for event in journal]),
        "device": (label, [_text(event.device) for event in journal]),
        "srv": (label, [event.srv for event in journal]),
        "number": (pyarrow.uint64(), [event.number for event in journal]),
        "home": (pyarrow.int64(), [event.home for event in journal]),
        "detail": (label, [event.detail for event in journal]),
    }
    table = pyarrow.table(
        {name: pyarrow.array(values, kind) for name, (kind, values) in columns.items()},
        metadata={"schema": SCHEMA},
    )
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(table, sink, compression="zstd")
    octets: bytes = sink.getvalue().to_pybytes()
    return octets


def _text(identifier: object) -> str | None:
    return None if identifier is None else str(identifier)
