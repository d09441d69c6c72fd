"""Parquet files, read back by the same library and by their format's marks."""

from datetime import UTC, datetime
from io import BytesIO

from arro3.io import read_parquet

from aicontext.adapters.exports.parquet import write

RECORDS = [
    {"day": 1_794_960_000, "user": "ann", "calls": 2**40, "cost": None, "none": None},
    {"day": 1_795_046_400, "user": "=é\0🜁", "calls": 0, "cost": 0.00000001, "none": None},
]


def test_what_is_written_is_read() -> None:
    out = BytesIO()
    write(RECORDS, list(RECORDS[0]), out, times=("day",))
    assert out.getvalue().startswith(b"PAR1")
    assert out.getvalue().endswith(b"PAR1")
    read = read_parquet(out).read_all()
    assert read.column("day").to_pylist() == [
        datetime(2026, 11, 18, tzinfo=UTC),
        datetime(2026, 11, 19, tzinfo=UTC),
    ]
    for name in ("user", "calls", "cost", "none"):
        assert read.column(name).to_pylist() == [record[name] for record in RECORDS]


def test_no_record_is_an_empty_table() -> None:
    out = BytesIO()
    write([], ["user", "cost"], out)
    assert read_parquet(out).read_all().num_rows == 0
