"""How the proxy is set up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

UPSTREAMS: Mapping[str, str] = MappingProxyType(
    {
        "anthropic": "https://api.anthropic.com",
        "openai": "https://api.openai.com",
        "gemini": "https://generativelanguage.googleapis.com",
        "code-assist": "https://cloudcode-pa.googleapis.com",
        "chatgpt": "https://chatgpt.com",
        "groq": "https://api.groq.com",
        "mistral": "https://api.mistral.ai",
        "moonshot": "https://api.moonshot.ai",
        "xai": "https://api.x.ai",
        "ollama": "http://127.0.0.1:11434",
    }
)
"""The upstreams known by name without any setting."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a request may take of us; what is over goes to the upstream as it came.

    body: bytes of a request body that is read whole, as it came and decoded. buffered: of all
    such bodies together. plan_seconds: time for the plan of a body of up to 1 MiB, more in
    proportion. headers, target: bytes. client_idle: seconds in which a client that owes us bytes
    must send some, or take some of those we owe it. idle_connection: seconds in which a client may
    have no request under way. connect: seconds to reach an upstream. upstream_idle: seconds
    between two chunks of an answer; models think for minutes. drain: seconds for calls under way
    at the end.
    """

    body: int = 64 * 2**20
    buffered: int = 512 * 2**20
    plan_seconds: float = 2.0
    headers: int = 64 * 2**10
    target: int = 16 * 2**10
    client_idle: float = 60.0
    idle_connection: float = 75.0
    connect: float = 10.0
    upstream_idle: float = 3600.0
    drain: float = 30.0


@dataclass(frozen=True, slots=True)
class ProxyOptions:
    """host, port: where to listen; port 0 takes a free one. token: what clients must show; it may
    be empty on a loopback address only. hosts: names of this server that clients may use, beside
    those of the loopback. upstreams: base addresses by name. fallbacks: the upstream to turn to
    where one cannot be reached; it gets the client's credentials. retried: statuses of an answer
    after which a request is sent again. web_proxies: what calls go out over, by the upstream's
    scheme. no_web_proxy: hosts that are reached without, with commas between.
    """

    host: str = "127.0.0.1"
    port: int = 8787
    token: str = field(default="", repr=False)
    hosts: frozenset[str] = frozenset()
    upstreams: Mapping[str, str] = field(default_factory=lambda: UPSTREAMS)
    fallbacks: Mapping[str, str] = field(default_factory=dict)
    retried: frozenset[int] = frozenset()
    web_proxies: Mapping[str, str] = field(default_factory=dict, repr=False)
    no_web_proxy: str = ""
    bounds: Bounds = Bounds()
