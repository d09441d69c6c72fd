"""A server that is killed while accounts and keys are made leaves nothing half done."""

import asyncio
import signal
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import identity_stand
import pytest
from identity_stand import ADDRESS, Stand

from aicontext.adapters.records.sqlite import SqliteRecords
from aicontext.domain.storage.records import Key, Password, Role, Ticket, User

WORK = """
import asyncio, sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from identity_stand import Stand
from aicontext.adapters.records.sqlite import SqliteRecords
from aicontext.domain.storage.records import Role
from aicontext.services.enterprise.identity.keys import Wanted

async def main(home):
    records = SqliteRecords(home / "records.db")
    await records.migrate()
    stand = Stand(records, home)
    accounts, keys = stand.services.accounts, stand.services.keys
    invite = stand.services.invitations.invite
    ada = await stand.person(Role.OWNER)
    for n in range(10_000):
        link = await invite(ada, f"u{n}@example.org", Role.MEMBER)
        await accounts.accept(link, "U", "correct horse battery staple")
        issued = await keys.create(ada, Wanted(name=f"k{n}"))
        print("good", issued.secret, flush=True)
        print("good", (await keys.rotate(ada, issued.key.id)).secret, flush=True)

asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.mark.parametrize("lines", [3, 40])
def test_accounts_and_rotations_are_whole_or_not_there(tmp_path: Path, lines: int) -> None:
    command = [sys.executable, "-c", WORK, str(tmp_path), str(Path(identity_stand.__file__).parent)]
    said = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            said.append(line.split()[1])
            if len(said) == lines:
                process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL

    async def check() -> None:
        records = SqliteRecords(tmp_path / "records.db")
        stand = Stand(records, tmp_path)
        for secret in said:
            await stand.services.authentication.authenticate(f"Bearer {secret}", ADDRESS)
        async with records.transaction(None, reading=True) as transaction:
            users = await transaction.find(User, role=Role.MEMBER, limit=1000)
            passwords = await transaction.find(Password, limit=1000)
            tickets = await transaction.find(Ticket, limit=1000)
            every = await transaction.find(Key, limit=1000)
        assert {one.id for one in users} == {one.user for one in passwords}
        assert len(users) == sum(one.used_at is not None for one in tickets)
        assert len(tickets) - len(users) in (0, 1)
        named = defaultdict(list)
        for key in every:
            named[key.name].append(key.expires_at is None)
        assert all(sorted(one) in ([True], [False, True]) for one in named.values())
        stand.close()
        await records.close()

    asyncio.run(check())
