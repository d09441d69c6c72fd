"""ClickHouse over HTTP, as the tests start it: its engine in this process behind a small server."""

from __future__ import annotations

import re
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import chdb
from clickhouse_connect.driver._backend.chdb_backend import CHDB_TRANSPORT_SETTINGS

_FORMAT = re.compile(rb"\s*FORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)
_INSERT = re.compile(rb"\s*(INSERT INTO .*?) FORMAT (\w+)\n", re.IGNORECASE)
_CODE = re.compile(r"Code: (\d+)")
_OF_TRANSPORT = CHDB_TRANSPORT_SETTINGS | {"query", "user", "password"}


class ClickHouse:
    """One engine in a folder; its databases can be had in this process too, at `in_process`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._engine = chdb.connect(str(folder))
        self._lock = Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    def database(self) -> str:
        """The name of a new, empty database."""
        name = f"test_{uuid4().hex}"
        self.ask(f"CREATE DATABASE {name}".encode())
        return name

    def empty(self, database: str) -> None:
        """Forget all that is kept, but not the schema."""
        filled = (
            "SELECT name FROM system.tables WHERE total_rows > 0 AND name != 'schema_steps' "
            f"AND database = '{database}'"
        )
        for table in self.ask(filled.encode())[0].decode().split():
            self.ask(f"TRUNCATE TABLE {table}".encode(), database)

    def over_http(self, database: str) -> str:
        return f"clickhouse://127.0.0.1:{self.port}/{database}"

    def in_process(self, database: str) -> str:
        return f"chdb://{self.folder}?database={database}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._engine.close()

    def ask(self, text: bytes, database: str = "default", settings: str = "") -> tuple[bytes, str]:
        """The answer, and its format."""
        with self._lock:
            self._engine.query(f"USE {database}")
            if settings:
                self._engine.query(f"SET {settings}")
            if found := _INSERT.match(text):
                return self._inserted(found[1].decode(), found[2].decode(), text[found.end() :])
            found = _FORMAT.search(text)
            form = found[1].decode() if found else "TabSeparated"
            sql = (text[: found.start()] if found else text).decode()
            return self._engine.query(sql, form).bytes(), form

    def _inserted(self, statement: str, form: str, data: bytes) -> tuple[bytes, str]:
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            self._engine.query(f"{statement} FROM INFILE '{file.name}' FORMAT {form}")
        return b"", form

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        ask = self.ask

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                asked = {name: of[-1] for name, of in parse_qs(urlsplit(self.path).query).items()}
                body = self._body()
                body = _plain(body, self.headers.get("Content-Encoding", ""))
                text = b"\n".join(filter(None, (asked.get("query", "").encode(), body)))
                given = ", ".join(
                    f"{name} = '{value}'"
                    for name, value in asked.items()
                    if name not in _OF_TRANSPORT
                )
                try:
                    answer, form = ask(text, asked.get("database", "default"), given)
                except RuntimeError as error:
                    found = _CODE.search(str(error))
                    code = {"X-ClickHouse-Exception-Code": found[1] if found else "1000"}
                    self._answer(500, str(error).encode(), code)
                else:
                    self._answer(200, answer, {"X-ClickHouse-Format": form})

            do_GET = do_POST

            def _body(self) -> bytes:
                if self.headers.get("Transfer-Encoding") != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length", 0)))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words: object) -> None:
                pass

        return Handler


def _plain(body: bytes, encoding: str) -> bytes:
    if encoding == "lz4":
        import lz4.frame  # noqa: PLC0415

        return lz4.frame.decompress(body)
    if encoding == "zstd":
        from backports import zstd  # noqa: PLC0415

        return zstd.decompress(body)
    assert encoding == "", encoding
    return body
