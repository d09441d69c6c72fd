"""Records as an Apache Parquet file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import BinaryIO

from arro3.core import Array, DataType, Table
from arro3.core.types import ArrayInput, ArrowStreamExportable
from arro3.io import write_parquet

_TYPES = {str: DataType.utf8(), int: DataType.int64(), float: DataType.float64()}


def write(
    records: Sequence[Mapping[str, object]],
    names: Sequence[str],
    out: BinaryIO,
    *,
    times: Collection[str] = (),
) -> None:
    """One row a record. names: of the columns; times: of those that hold seconds since the epoch.
    A column is of the type of its first value that is one: text, whole numbers or floats, which are
    what a column without any is taken for."""
    columns: dict[str, ArrayInput | ArrowStreamExportable] = {}
    for name in names:
        values = [record[name] for record in records]
        held = next((type(value) for value in values if value is not None), float)
        column = Array(values, _TYPES[held])
        columns[name] = column.cast(DataType.timestamp("s", tz="UTC")) if name in times else column
    write_parquet(Table.from_pydict(columns), out, compression="snappy")
