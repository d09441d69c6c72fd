"""The pages that one-time links lead to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from html import escape

from fastapi import Request
from fastapi.responses import HTMLResponse

from aicontext.domain.errors import AiContextError
from aicontext.entrypoints.api import problems
from aicontext.entrypoints.api.access import OPEN, router
from aicontext.entrypoints.api.parts import Parts
from aicontext.entrypoints.api.rest.identity.html import field, form, hidden, page, wrong
from aicontext.entrypoints.api.rest.identity.shapes import parts
from aicontext.services.enterprise.identity.accounts.service import Accounts, Profile

routes = router("pages")

_PASSWORD = field("password", "Password, of 12 characters or more", "new-password")
_DONE = "<p>Sign in with the address and the password from now on.</p>"


@dataclass(frozen=True, slots=True)
class _Page:
    """fields: of its form. use: does what the link is for."""

    title: str
    fields: str
    use: Callable[[Accounts, Mapping[str, str]], Awaitable[object]]


async def _claimed(accounts: Accounts, given: Mapping[str, str]) -> object:
    profile = Profile(email=given["email"], name=given["name"], password=given["password"])
    return await accounts.claim(given["link"], profile)


async def _joined(accounts: Accounts, given: Mapping[str, str]) -> object:
    return await accounts.accept(given["link"], given["name"], given["password"])


async def _reset(accounts: Accounts, given: Mapping[str, str]) -> object:
    await accounts.reset(given["link"], given["password"])
    return None


_NAME = field("name", "Your name")
_PAGES = {
    "setup": _Page(
        "Make the first account",
        field("email", "E-mail address", "email") + _NAME + _PASSWORD,
        _claimed,
    ),
    "join": _Page("Make your account", _NAME + _PASSWORD, _joined),
    "reset": _Page("Set a new password", _PASSWORD, _reset),
}


async def show(request: Request, link: str = "") -> HTMLResponse:
    """The form that a link leads to."""
    return _shown(_page(request), link)


async def use(request: Request) -> HTMLResponse:
    """What the link is for, with what was typed."""
    wanted, link = _page(request), ""
    made: Parts = parts(request)
    try:
        given = await form(request)
        link = given.get("link", "")
        blank = dict.fromkeys(("link", "email", "name", "password"), "")
        await wanted.use(made.accounts, {**blank, **given})
    except AiContextError as error:
        return _shown(wanted, link, str(error), problems.status(error))
    return page("That is done", _DONE)


for _path in _PAGES:
    routes.get(f"/{_path}", dependencies=[OPEN], include_in_schema=False, name=f"show_{_path}")(
        show
    )
    routes.post(f"/{_path}", dependencies=[OPEN], include_in_schema=False, name=f"use_{_path}")(use)


def _page(request: Request) -> _Page:
    return _PAGES[request.url.path.strip("/")]


def _shown(wanted: _Page, link: str, why: str = "", status: int = 200) -> HTMLResponse:
    body = (
        f"{wrong(why)}<form method=post>{hidden({'link': link})}{wanted.fields}"
        f"<button>{escape(wanted.title)}</button></form>"
    )
    return page(wanted.title, body, status=status)
