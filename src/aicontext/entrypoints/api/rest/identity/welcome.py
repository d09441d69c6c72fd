"""The pages that one-time links lead to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from html import escape

from fastapi import Request
from fastapi.responses import HTMLResponse

from aicontext.domain.errors import AiContextError, Conflict, Unauthenticated
from aicontext.entrypoints.api import problems
from aicontext.entrypoints.api.access import OPEN, router
from aicontext.entrypoints.api.parts import Parts
from aicontext.entrypoints.api.rest.identity.html import field, form, hidden, page, wrong
from aicontext.entrypoints.api.rest.identity.shapes import parts
from aicontext.services.enterprise.identity.accounts.invitations import INVITATION
from aicontext.services.enterprise.identity.accounts.service import (
    OWNER,
    RESET,
    Accounts,
    Profile,
)

routes = router("pages")

_EMAIL = ("email", "E-mail address", "email")
_NAME = ("name", "Your name", "text")
_PASSWORD = ("password", "Password, of 12 characters or more", "new-password")


@dataclass(frozen=True, slots=True)
class _Page:
    """fields: name, label and kind of each in its form. kind: of its links. use: does what the
    link is for."""

    title: str
    kind: str
    fields: tuple[tuple[str, str, str], ...]
    use: Callable[[Accounts, Mapping[str, str]], Awaitable[object]]


async def _claimed(accounts: Accounts, given: Mapping[str, str]) -> object:
    profile = Profile(email=given["email"], name=given["name"], password=given["password"])
    return await accounts.claim(given["link"], profile)


async def _joined(accounts: Accounts, given: Mapping[str, str]) -> object:
    return await accounts.accept(given["link"], given["name"], given["password"])


async def _reset(accounts: Accounts, given: Mapping[str, str]) -> object:
    await accounts.reset(given["link"], given["password"])
    return None


_PAGES = {
    "setup": _Page("Make the first account", OWNER, (_EMAIL, _NAME, _PASSWORD), _claimed),
    "join": _Page("Make your account", INVITATION, (_NAME, _PASSWORD), _joined),
    "reset": _Page("Set a new password", RESET, (_PASSWORD,), _reset),
}


async def show(request: Request, link: str = "") -> HTMLResponse:
    """The form that a link leads to, while it is good."""
    wanted, made = _page(request), parts(request)
    try:
        await made.accounts.check(wanted.kind, link)
    except Unauthenticated as error:
        return _over(wanted, error)
    return _shown(wanted, {"link": link})


async def use(request: Request) -> HTMLResponse:
    """What the link is for, with what was typed."""
    wanted, given = _page(request), dict.fromkeys(("link", "email", "name", "password"), "")
    made: Parts = parts(request)
    try:
        given |= await form(request)
        await wanted.use(made.accounts, given)
    except (Unauthenticated, Conflict) as error:
        return _over(wanted, error)
    except AiContextError as error:
        return _shown(wanted, given, str(error), problems.status(error))
    server = escape(made.tokens.issuer)
    return page(
        "That is done",
        "<p>Your address and password are good from now on. In a terminal:</p>"
        f"<p><code>aicontext login {server}</code></p>",
    )


for _path in _PAGES:
    routes.get(f"/{_path}", dependencies=[OPEN], include_in_schema=False, name=f"show_{_path}")(
        show
    )
    routes.post(f"/{_path}", dependencies=[OPEN], include_in_schema=False, name=f"use_{_path}")(use)


def _page(request: Request) -> _Page:
    return _PAGES[request.url.path.strip("/")]


def _over(wanted: _Page, error: AiContextError) -> HTMLResponse:
    """Of a link that leads nowhere any more."""
    return page(wanted.title, wrong(str(error)), status=problems.status(error))


def _shown(
    wanted: _Page, given: Mapping[str, str], why: str = "", status: int = 200
) -> HTMLResponse:
    typed = {name: text for name, text in given.items() if name != "password"}
    fields = "".join(
        field(name, label, kind, typed.get(name, "")) for name, label, kind in wanted.fields
    )
    body = (
        f"{wrong(why)}<form method=post>{hidden({'link': given['link']})}{fields}"
        f"<button>{escape(wanted.title)}</button></form>"
    )
    return page(wanted.title, body, status=status)
