"""Pages for people: plain forms, without scripts."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from hashlib import sha256
from html import escape
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.responses import HTMLResponse

from aicontext.domain.errors import InvalidInput

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:10vh auto;padding:0 1rem;"
    "overflow-wrap:anywhere}"
    "label{display:block;margin:1rem 0 0}input{font:inherit;width:100%;box-sizing:border-box;"
    "padding:.4rem}button{font:inherit;margin:1.5rem .5rem 0 0;padding:.4rem 1.2rem}"
    ".wrong{color:#b00020;color:light-dark(#b00020,#ff9aa2)}"
)
_HASH = base64.b64encode(sha256(_STYLE.encode()).digest()).decode()
_FIELDS = 20
_FILLED = {
    "email": "username",
    "password": "current-password",
    "new-password": "new-password",
}
"""What browsers fill in, by the kind of a field."""


def page(title: str, body: str, *, status: int = 200, leads_to: Iterable[str] = ()) -> HTMLResponse:
    """body: HTML, in which what others wrote is escaped. leads_to: origins that a form of it may
    lead to, beside this one."""
    forms = " ".join(("'self'", *leads_to))
    policy = (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action {forms};"
        " base-uri 'none'; frame-ancestors 'none'"
    )
    text = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style><h1>{escape(title)}</h1>{body}"
    )
    # Browsers say where a form comes from only if they may tell this server itself.
    headers = {"content-security-policy": policy, "referrer-policy": "same-origin"}
    return HTMLResponse(text, status, headers)


def field(name: str, label: str, kind: str = "text", value: str = "") -> str:
    about = _FILLED.get(kind, "")
    told = f' autocomplete="{about}"' if about else ""
    shown = "password" if about.endswith("password") else kind
    return (
        f"<label>{escape(label)}"
        f'<input name="{escape(name)}" type="{shown}" value="{escape(value)}"{told} required>'
        "</label>"
    )


def hidden(values: Mapping[str, str]) -> str:
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in values.items()
    )


def wrong(text: str) -> str:
    return f'<p class="wrong" role="alert">{escape(text)}</p>' if text else ""


async def form(request: Request) -> dict[str, str]:
    """The fields of a form that was sent. Raises InvalidInput where there is one twice, or it is no
    form."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/x-www-form-urlencoded":
        raise InvalidInput("The body is no form.", hint="Send application/x-www-form-urlencoded.")
    try:
        text = (await request.body()).decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_FIELDS, errors="strict")
    except ValueError:
        raise InvalidInput("The form is not sound.") from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidInput("A field of the form is there twice.")
    return found
