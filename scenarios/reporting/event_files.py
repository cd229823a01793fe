"""The journal of a run as Parquet, for DuckDB and others; columns have their units in their names."""

from __future__ import annotations

import io
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from scenarios.engine.journal import Journal

EVENTS_SCHEMA: Final = "dccbench/events/1"
"""In the file's metadata; changes whenever a column changes its meaning or goes away."""

_NAMES: Final[Any] = pa.dictionary(pa.int32(), pa.string())
_COLUMNS: Final = pa.schema(
    [
        pa.field("variant", pa.int32(), nullable=False),
        pa.field("replication", pa.int32(), nullable=False),
        pa.field("event", pa.int64(), nullable=False),
        pa.field("at_utc", pa.timestamp("ms", tz="UTC"), nullable=False),
        pa.field("kind", _NAMES, nullable=False),
        pa.field("code", _NAMES, nullable=False),
        pa.field("actor", _NAMES),
        pa.field("device", _NAMES),
        pa.field("srv", _NAMES),
        # Originator Counters have 64 bits.
        pa.field("number", pa.uint64()),
        pa.field("home", pa.int64()),
        pa.field("detail", pa.string(), nullable=False),
    ]
)


def write_events(path: Path, journal: Journal, variant: int, replication: int) -> None:
    """Write the events of a run, in the order in which they came; ``event`` numbers them from 0.

    Raises:
        OSError: the file cannot be written.
    """
    path.write_bytes(events_octets(journal, variant, replication))


def events_octets(journal: Journal, variant: int, replication: int) -> bytes:
    """The content of the file: a function of the arguments and of the versions of libraries alone."""
    count = len(journal)
    columns = {
        "variant": [variant] * count,
        "replication": [replication] * count,
        "event": range(count),
        "at_utc": [event.at for event in journal],
        "kind": [event.kind.value for event in journal],
        "code": [event.code for event in journal],
        "actor": [None if event.actor is None else str(event.actor) for event in journal],
        "device": [None if event.device is None else str(event.device) for event in journal],
        "srv": [event.srv for event in journal],
        "number": [event.number for event in journal],
        "home": [event.home for event in journal],
        "detail": [event.detail for event in journal],
    }
    return parquet_octets(columns, _COLUMNS, EVENTS_SCHEMA)


def parquet_octets(columns: dict[str, Any], schema: Any, name: str) -> bytes:
    """A table with this schema as a Parquet file whose metadata has ``name`` as ``dccbench_schema``."""
    metadata = {"dccbench_schema": name, "dccbench_version": version("dccbench")}
    table = pa.table(columns, schema=schema.with_metadata(metadata))
    stream = io.BytesIO()
    pq.write_table(table, stream, compression="zstd")
    return stream.getvalue()
