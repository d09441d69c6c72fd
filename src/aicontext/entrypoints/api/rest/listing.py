"""Lists in pages, and records by version."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Header, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, StringConstraints

from aicontext.domain.errors import InvalidInput
from aicontext.domain.storage.records import Record
from aicontext.entrypoints.api.call import Call
from aicontext.kit.web.paging import Cursors
from aicontext.services.enterprise.directory import Directory

Item = TypeVar("Item")
Kind = TypeVar("Kind", bound=Record)

Id = Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Slug = Annotated[
    str,
    StringConstraints(max_length=100, pattern="^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$"),
]


def _dated(value: Any) -> Any:
    """Numbers are no times, though they could be taken for seconds since 1970."""
    if not isinstance(value, datetime) and not (isinstance(value, str) and _DATE.match(value)):
        raise ValueError("give a date and time with its offset, such as 2026-11-28T09:00:00Z")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_dated)]

_DATE = re.compile("[0-9]{4}-")
_TAG = re.compile(r'"([1-9][0-9]{0,8})"')


_ROUNDS = 20
"""Times that records are read for one page."""


class Taken(BaseModel):
    """A body that may hold what it names, and nothing else."""

    model_config = ConfigDict(extra="forbid")


class Page(BaseModel, Generic[Item]):
    """next: the cursor of the page after this one; null at the end."""

    items: Sequence[Item]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Which page of a list is wanted. about: the list, and whose it is. cursors: asked for where
    there are more pages than one, for their key takes 8 MB to come by."""

    after: str
    limit: int
    about: str
    cursors: Callable[[], Awaitable[Cursors]]

    async def of(
        self,
        directory: Directory,
        kind: type[Kind],
        organisation: str,
        *,
        seen: Callable[[Kind], bool] = lambda record: True,
        **equal: Any,
    ) -> Page[Kind]:
        """seen: which of them the caller may see. Where those are few, a page may hold fewer than
        were asked for, and name the next one."""
        found, after = list[Kind](), self.after
        for _ in range(_ROUNDS):
            read = await directory.list(kind, organisation, after, self.limit + 1, **equal)
            found += [one for one in read if seen(one)]
            if len(found) > self.limit or len(read) <= self.limit:
                return await self.page(found[: self.limit + 1], [one.id for one in found])
            after = read[-1].id
        return Page(items=found, next=await self._cursor(after))

    async def page(self, found: Sequence[Item], ids: Sequence[str]) -> Page[Item]:
        """found: one more than wanted, where there are more; ids: where each stands."""
        more = len(found) > self.limit
        after = await self._cursor(ids[self.limit - 1]) if more else None
        return Page(items=found[: self.limit], next=after)

    async def _cursor(self, after: str) -> str:
        return (await self.cursors()).written(self.about, after)


async def _window(
    request: Request,
    cursor: Annotated[str, Query(max_length=500, description="`next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Window:
    call, cursors = Call.of(request.scope), request.app.state.parts.cursors
    filters = sorted((k, v) for k, v in request.query_params.items() if k not in _PAGING)
    about = f"{call.known.organisation} {call.known.user} {request.url.path} {filters}"
    try:
        after = (await cursors()).read(about, cursor) if cursor else ""
    except ValueError:
        raise InvalidInput(
            "This is no cursor of this list.", hint="Take `next` as it came, or begin anew."
        ) from None
    return Window(after, limit, about, cursors)


_PAGING = ("cursor", "limit")


async def _directory(request: Request) -> Directory:
    found: Directory = request.app.state.parts.directory
    return found


async def _seen(
    if_match: Annotated[
        str | None,
        Header(description='The `ETag` that was read, such as "3": fails if it changed since.'),
    ] = None,
) -> int:
    if if_match is None or if_match.strip() == "*":
        return 0
    if not (match := _TAG.fullmatch(if_match.strip())):
        raise InvalidInput("If-Match is no tag of ours.", hint="Send the ETag as it came.")
    return int(match[1])


Listing = Annotated[Window, Depends(_window)]
Shelf = Annotated[Directory, Depends(_directory)]
Seen = Annotated[int, Depends(_seen)]
"""The version that the caller has seen; 0 where they do not say."""


def tagged(request: Request, response: Response, record: Kind) -> Kind | Response:
    """The record, with its version as its tag; nothing where the caller has that version."""
    tag = f'"{record.version}"'
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={"etag": tag})
    response.headers["etag"] = tag
    return record


def created(request: Request, response: Response, record: Kind, name: str = "") -> Kind:
    """name: in the address, where that is not the record's id."""
    response.headers["etag"] = f'"{record.version}"'
    response.headers["location"] = f"{request.url.path}/{name or record.id}"
    return record
