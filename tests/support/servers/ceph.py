"""One node of Ceph with its S3 gateway, kept in memory, as `make test-ceph` starts it."""

from __future__ import annotations

import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from servers.port import held_port

_SETTINGS = """
[global]
fsid = {fsid}
mon host = v1:127.0.0.1:{mon}
mon initial members = a
auth cluster required = none
auth service required = none
auth client required = none
keyring = {folder}/keyring
ms bind msgr2 = false
mon data = {folder}/mon
mgr data = {folder}/mgr
osd data = {folder}/osd
osd objectstore = memstore
osd class load list = *
osd class default list = *
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
mon allow pool size one = true
mon max pg per osd = 1000
run dir = {folder}
admin socket = {folder}/$name.asok
log file = {folder}/$name.log
mon cluster log file = {folder}/cluster.log
crash dir = {folder}
rgw data = {folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:{gateway}
"""


class Ceph:
    """Its user has the access key and the secret `test`."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._processes = folder, list[subprocess.Popen[bytes]]()
        fsid, osd, mon, self._port = str(uuid4()), str(uuid4()), held_port(), held_port()
        for name in ("mon", "mgr", "osd", "rgw"):
            (folder / name).mkdir()
        settings = _SETTINGS.format(fsid=fsid, mon=mon, gateway=self._port, folder=folder)
        (folder / "ceph.conf").write_text(settings)
        (folder / "keyring").touch()
        monmap = str(folder / "monmap")
        place = ["--fsid", fsid, "--addv", "a", f"[v1:127.0.0.1:{mon}]", monmap]
        subprocess.run(["monmaptool", "--create", *place], check=True, capture_output=True)
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap)
        self._start("ceph-mon", "-i", "a")
        self._start("ceph-mgr", "-i", "x")
        self._run("ceph", "osd", "new", osd)
        made = ["--osd-uuid", osd, "--fsid", fsid, "--monmap", monmap]
        self._run("ceph-osd", "--mkfs", "-i", "0", *made)
        self._start("ceph-osd", "-i", "0")
        self._start("radosgw", "-n", "client.rgw")
        self._await()
        keys = ["--access-key", "test", "--secret", "test"]
        self._run("radosgw-admin", "user", "create", "--uid", "t", "--display-name", "t", *keys)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.kill()
            process.wait()

    def _run(self, *words: str) -> None:
        program, *rest = words
        conf = ["-c", str(self._folder / "ceph.conf")]
        subprocess.run([program, *conf, *rest], check=True, capture_output=True, timeout=120)

    def _start(self, *words: str) -> None:
        program, *rest = words
        command = [program, "-c", str(self._folder / "ceph.conf"), "-f", *rest]
        quiet = subprocess.DEVNULL
        self._processes.append(subprocess.Popen(command, stdout=quiet, stderr=quiet))

    def _await(self) -> None:
        for _ in range(1200):
            assert all(process.poll() is None for process in self._processes)
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self._port), 0.1).close()
                return
            time.sleep(0.1)
        raise AssertionError("radosgw did not start")
