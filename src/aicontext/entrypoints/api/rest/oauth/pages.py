"""Where people let programs act for them. Each form holds all that is needed to know who they are,
so that no cookie can be used by others to allow something."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from aicontext.domain.errors import AiContextError
from aicontext.domain.storage.records import Client, User
from aicontext.entrypoints.api import problems
from aicontext.entrypoints.api.access import OPEN, router
from aicontext.entrypoints.api.rest.identity.html import field, form, hidden, page, wrong
from aicontext.entrypoints.api.rest.identity.shapes import address, parts
from aicontext.services.enterprise.identity import secret
from aicontext.services.enterprise.identity.oauth.codes import Answered, Asking
from aicontext.services.enterprise.identity.oauth.codes import Request as Wanted

routes = router("oauth")

_TITLE = "Let a program act for you"
_HIDDEN: dict[str, Any] = {"dependencies": [OPEN], "include_in_schema": False}
_PROOF = (
    field("password", "Password", "password")
    + '<label>Code of your authenticator, or a recovery code, if you have one<input name="code"'
    ' autocomplete="one-time-code"></label>'
)
_DECIDE = (
    '<button name="decision" value="allow">Allow</button>'
    '<button name="decision" value="refuse" formnovalidate>Refuse</button>'
)


@routes.get("/oauth/authorize", **_HIDDEN)
async def ask_person(request: Request) -> Response:
    """Asks whether a program may act for somebody."""
    given = request.query_params
    names = Wanted.__dataclass_fields__
    try:
        if any(len(given.getlist(name)) > 1 for name in names):
            return _failed("A part of the address is there twice.", 422)
        wanted = Wanted(**{name: given[name][:2000] for name in names if name in given})
        asking = await parts(request).oauth.codes.ask(wanted)
    except Answered as answered:
        return RedirectResponse(answered.address, 303)
    except AiContextError as error:
        return _failed(str(error), problems.status(error))
    shown = _asked(asking)
    secure = parts(request).tokens.issuer.startswith("https:")
    shown.set_cookie(
        _cookie(asking.ticket),
        asking.browser,
        max_age=600,
        path="/oauth",
        secure=secure,
        httponly=True,
        samesite="strict",
    )
    return shown


@routes.post("/oauth/authorize", **_HIDDEN)
async def take_decision(request: Request) -> Response:
    """Leads back to the program with what was decided."""
    codes, asking = parts(request).oauth.codes, None
    try:
        given = await form(request)
        ticket = given.get("ticket", "")
        browser = request.cookies.get(_cookie(ticket), "")
        if given.get("decision") != "allow":
            return RedirectResponse(await codes.refuse(ticket, browser), 303)
        asking = await codes.again(ticket, browser)
        user = await _known(request, given)
        return RedirectResponse(await codes.allow(ticket, browser, user), 303)
    except AiContextError as error:
        if asking is None:
            return _failed(str(error), problems.status(error))
        return _asked(asking, given.get("email", ""), str(error), problems.status(error))


@routes.get("/device", **_HIDDEN)
async def ask_for_code(request: Request, user_code: str = "") -> HTMLResponse:
    """Asks for the code that a program shows, then whether that program may act for somebody: what
    it asks for is seen before a password is typed."""
    if not user_code:
        return _typed()
    code = user_code[:20]
    try:
        asked = await parts(request).oauth.devices.whose(code, address(request))
    except AiContextError as error:
        return _typed(code, str(error), problems.status(error))
    return _shown(code, asked)


@routes.post("/device", **_HIDDEN)
async def take_code(request: Request) -> HTMLResponse:
    """Lets the program have its tokens, or not."""
    devices, asked = parts(request).oauth.devices, None
    try:
        given = await form(request)
        code, allows = given.get("user_code", "")[:20], given.get("decision") == "allow"
        asked = await devices.whose(code, address(request))
        user = await _known(request, given) if allows else None
        await devices.decide(code, address(request), user)
    except AiContextError as error:
        why, status = str(error), problems.status(error)
        if asked is None:
            return _typed("", why, status)
        return _shown(code, asked, given.get("email", ""), why, status)
    done = "The program goes on by itself." if allows else "The program gets nothing."
    return page("That is done", f"<p>{done}</p>")


async def _known(request: Request, given: dict[str, str]) -> User:
    """Raises Unauthenticated, LimitReached."""
    email, password, code = (given.get(one, "")[:1000] for one in ("email", "password", "code"))
    return await parts(request).signing_in.prove(email, password, code, address(request))


def _asked(asking: Asking, email: str = "", why: str = "", status: int = 200) -> HTMLResponse:
    body = (
        f"{_wants(asking.client, asking.scopes)}<p>You will be led to"
        f" <b>{escape(asking.origin)}</b>.</p>{wrong(why)}"
        f"<form method=post>{hidden({'ticket': asking.ticket})}{_who(email)}{_DECIDE}</form>"
    )
    return page(_TITLE, body, status=status, leads_to=(asking.origin,))


def _typed(code: str = "", why: str = "", status: int = 200) -> HTMLResponse:
    body = (
        f"{wrong(why)}<p>A program that you started shows you a code.</p>"
        f"<form>{field('user_code', 'Code', value=code)}<button>Go on</button></form>"
    )
    return page(_TITLE, body, status=status)


def _shown(
    code: str,
    asked: tuple[Client, Sequence[str]],
    email: str = "",
    why: str = "",
    status: int = 200,
) -> HTMLResponse:
    body = (
        f"{_wants(*asked)}<p>Allow it only if you started a program that shows you"
        f" <b>{escape(code.upper())}</b>.</p>{wrong(why)}"
        f"<form method=post>{hidden({'user_code': code})}{_who(email)}{_DECIDE}</form>"
    )
    return page(_TITLE, body, status=status)


def _who(email: str) -> str:
    """email: as it was typed before."""
    return field("email", "E-mail address", "email", email[:320]) + _PROOF


def _wants(client: Client, scopes: Sequence[str]) -> str:
    listed = "".join(
        f"<li><code>{escape(scope)}</code>{': all that you may do' * (scope == '*')}</li>"
        for scope in scopes
    )
    return f"<p><b><bdi>{escape(client.name)}</bdi></b> asks for:</p><ul>{listed}</ul>"


def _failed(why: str, status: int) -> HTMLResponse:
    return page("This cannot be done", wrong(why), status=status)


def _cookie(ticket: str) -> str:
    """One for each question, so that several can be open at once."""
    return f"ask-{secret.digest(ticket)[:12]}"
