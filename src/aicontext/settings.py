"""The only reader of the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from aicontext.domain.errors import InvalidInput

if TYPE_CHECKING:
    from aicontext.domain.context import Kind
    from aicontext.domain.tenancy.limits import Rule
    from aicontext.kit.web.forwarded import Network

DEFAULT_MODEL = "claude-sonnet-4-5"
_OURS = re.compile(r"(?i:AICONTEXT)_(?!TEST_)\w+", re.ASCII)
APIS = ("openai", "anthropic")
_WEB = re.compile(r"https?://[^\s/]")
_WEB_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
STORES: Mapping[str, tuple[str, ...]] = {
    "records": ("postgresql",),
    "events": ("clickhouse", "clickhouses", "chdb"),
    "cache": ("redis", "rediss"),
    "blobs": ("s3",),
    "vectors": ("postgresql", "qdrant"),
    "bus": ("sqlite", "postgresql", "redis", "rediss", "kafka", "kafkas"),
    "keys": ("aws-kms", "pkcs11", "vault", "vault+http"),
}
"""The schemes of the addresses by which each kind of state is kept elsewhere than in `home`."""

PROFILES: Mapping[str, Mapping[str, str]] = {
    "embedded": dict.fromkeys(STORES, ""),
    "server": {
        "records": "postgresql://localhost/aicontext",
        "events": "clickhouse://localhost/aicontext",
        "cache": "redis://localhost/0",
        "blobs": "s3://aicontext",
        "vectors": "postgresql://localhost/aicontext",
        "bus": "kafka://localhost",
        "keys": "",
    },
    "cluster": {},
}
"""The sizes, with the addresses of what each keeps its state in; a cluster has none of its own."""

_HERE = "home"
"""In place of an address: on this machine, whatever the profile."""

_SECRET = frozenset(
    (
        "backup_passphrase",
        "embeddings_key",
        "models_key",
        "token",
        "vault_token",
        "pkcs11_pin",
        "web_proxy",
        "otlp_headers",
        *STORES,
    )
)
_COMMON = frozenset(
    ("admin", "changeme", "default", "password", "secret", "test", "token", "your-token")
)
"""Tokens of examples, which are as good as none."""

_SAFE = 16
"""Characters of a token at least, where other machines may try."""

_MOST_DAYS = 65_535

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Settings(NamedTuple):
    """Everything that can be set; the defaults need nothing.

    home: folder of the product's own state. archive_bytes: compressed originals kept at most.
    model: whose tokens and prices are meant where no model is named. host: address that the proxy
    listens on; one that others can reach needs a token. port: of the proxy; 0 takes a free one.
    api_port: of the API; 0 takes a free one. token: what callers of the proxy must show, where one
    is set, if no key of the platform. upstreams: further providers, as name=url, with blanks
    between. fallbacks: the provider to turn to where one cannot be reached, as name=name, with
    blanks between; it gets the caller's key. hosts: further names by which callers may address the
    proxy, with commas between. retry: statuses of an answer, such as 429,529, after which the proxy
    waits as the provider asks and sends the request again, twice at most. web_proxy: address of the
    web proxy that calls go out over, else that of HTTPS_PROXY, HTTP_PROXY or ALL_PROXY.
    no_web_proxy: hosts that are reached without, with commas between, else those of NO_PROXY.
    optimize: whether the proxy makes requests smaller (1), or only counts (0). holdout: share of
    conversations left alone, so that the others can be compared with them, such as 5%. skip_tools:
    names of tools whose results stay as they are, with commas between. skip_kinds: kinds of blocks
    that stay as they are, with commas between. models_url: address of the model that writes
    summaries, the base that its makers name. models_name: that model's name there. models_api: what
    it speaks, `openai` (Chat Completions) or `anthropic` (Messages). models_key: its key, if it
    wants one; never shown or logged. models_timeout: seconds that it may take. embeddings_url:
    address of the model that gives texts their directions, which speaks OpenAI's Embeddings;
    without one that of the extra `embeddings` is used, on this machine. embeddings_name: that
    model's name there. embeddings_key: its key, if it wants one; never shown or logged.
    plugin_timeout: seconds that a call of a plugin's code may take. hook_idle: seconds without a
    call after which the helper that answers hooks ends; 0 starts none. plan_seconds: that the
    proxy may take to make a call smaller, of up to 1 MiB, more in proportion; what takes longer
    goes out as it came. handoff_tokens: of what
    another tool's session left, at most, that a hook tells a session which starts in its folder; 0
    tells none. backup_passphrase: under which backups are sealed, where it is not to be asked for;
    never shown or logged. webhook_private: hosts, with commas between, that webhooks may be sent to
    though they are on this machine or network. profile: how large the installation is: `embedded`
    keeps all state in `home`, `server` in the servers of this machine at their usual addresses,
    `cluster` in those whose addresses are set; where it is no cluster, `home` in place of an
    address keeps one of them on this machine. records: address of the database of accounts and
    teams, postgresql://. events: address of the usage events, clickhouse:// or chdb:///FOLDER.
    cache: address of the cache that processes share, redis://. blobs: address of large contents,
    s3://BUCKET/PREFIX. vectors: address of the vectors, postgresql://, or qdrant:// for a file in
    `home` with an index of Qdrant's beside it. bus: address of the message bus, kafka://, redis://,
    postgresql://, or sqlite:// for a file in `home`. keys: address of the master key,
    aws-kms://KEY, vault://HOST:PORT/KEY or pkcs11://TOKEN/LABEL?module=LIBRARY, else a file in
    `home`. vault_token: that of VAULT_TOKEN, of a policy that may use the key; never shown or
    logged. pkcs11_pin: of the token's user; never shown or logged. rate_limits: how often the API
    may be called, as WHO=CALLS/SECONDS with commas between, such as user=600/60,key=100/1; WHO is
    organisation, user, key or address, and WHO:ROUTE is for one route. nodes: processes that share
    the limits; each lets its share through while the cache that they count in cannot be reached.
    trusted_proxies: networks of what passes requests on to the API, such as 10.0.0.0/8, whose
    X-Forwarded-For says where they came from. keep_days: after how many days usage events go that
    are written from now on, as ORGANISATION=DAYS with commas between, such as *=400,acme=90, where
    * is every other; else never. log: how what is served logs, `text` or `json`, an object on a
    line. otel: whether what is served sends traces, metrics and logs by OpenTelemetry (1) or not
    (0). otlp: the collector's address, else that of OTEL_EXPORTER_OTLP_ENDPOINT. otlp_headers: what
    is sent with it, as name=value with commas between, else those of OTEL_EXPORTER_OTLP_HEADERS;
    never shown or logged. public_url: the address by which people reach the API, where it is not
    its own; tokens, links and passkeys are good for it alone. tls_certificate: file in PEM by which
    the API is served over TLS. tls_key: file in PEM of that certificate's key. tls_clients: file in
    PEM of the authorities whose certificates programs may come in by.
    """

    home: Path
    archive_bytes: int = 2**30
    model: str = DEFAULT_MODEL
    host: str = "127.0.0.1"
    port: int = 8787
    api_port: int = 8788
    token: str = ""
    upstreams: tuple[tuple[str, str], ...] = ()
    fallbacks: tuple[tuple[str, str], ...] = ()
    hosts: tuple[str, ...] = ()
    retry: tuple[int, ...] = ()
    web_proxy: tuple[tuple[str, str], ...] = ()
    no_web_proxy: str = ""
    optimize: bool = True
    holdout: float = 0.0
    skip_tools: tuple[str, ...] = ()
    skip_kinds: tuple[Kind, ...] = ()
    models_url: str = ""
    models_name: str = ""
    models_api: str = APIS[0]
    models_key: str = ""
    models_timeout: int = 60
    embeddings_url: str = ""
    embeddings_name: str = ""
    embeddings_key: str = ""
    plugin_timeout: int = 5
    hook_idle: int = 600
    plan_seconds: int = 2
    handoff_tokens: int = 0
    backup_passphrase: str = ""
    webhook_private: tuple[str, ...] = ()
    profile: str = "embedded"
    records: str = ""
    events: str = ""
    cache: str = ""
    blobs: str = ""
    vectors: str = ""
    bus: str = ""
    keys: str = ""
    vault_token: str = ""
    pkcs11_pin: str = ""
    rate_limits: tuple[Rule, ...] = ()
    nodes: int = 1
    trusted_proxies: tuple[Network, ...] = ()
    keep_days: tuple[tuple[str, int], ...] = ()
    log: str = "text"
    otel: bool = False
    otlp: str = ""
    otlp_headers: tuple[tuple[str, str], ...] = ()
    public_url: str = ""
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_clients: Path | None = None

    def __repr__(self) -> str:
        """Without what nobody is to see."""
        shown = {name: value for name, value in self._asdict().items() if name not in _SECRET}
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in shown.items())})"


def load(
    given: Mapping[str, str] | None = None, environment: Mapping[str, str] = os.environ
) -> Settings:
    """Settings from the environment; `given`, by the same names, goes before it, and upstreams
    that are given come beside its own.

    Raises InvalidInput where one of them cannot be used.
    """
    read = {**environment, **(given or {})}
    return _checked(
        Settings(
            home=_home(read).expanduser(),
            archive_bytes=_whole(read, "archive_bytes", least=2**20),
            model=read.get("AICONTEXT_MODEL") or DEFAULT_MODEL,
            host=read.get("AICONTEXT_HOST") or "127.0.0.1",
            port=_whole(read, "port", most=65535),
            api_port=_whole(read, "api_port", most=65535),
            token=read.get("AICONTEXT_TOKEN", ""),
            upstreams=_upstreams(environment, given or {}),
            fallbacks=tuple(map(_fallback, read.get("AICONTEXT_FALLBACKS", "").split())),
            hosts=tuple(_listed(read, "AICONTEXT_HOSTS")),
            retry=tuple(map(_status, _listed(read, "AICONTEXT_RETRY"))),
            web_proxy=_web_proxy(read),
            no_web_proxy=_first(read, "AICONTEXT_NO_WEB_PROXY", "no_proxy", "NO_PROXY"),
            optimize=_whole(read, "optimize", most=1) == 1,
            holdout=_share(read.get("AICONTEXT_HOLDOUT") or "0"),
            skip_tools=tuple(_listed(read, "AICONTEXT_SKIP_TOOLS")),
            skip_kinds=tuple(map(_kind, _listed(read, "AICONTEXT_SKIP_KINDS"))),
            models_url=read.get("AICONTEXT_MODELS_URL", ""),
            models_name=read.get("AICONTEXT_MODELS_NAME", ""),
            models_api=read.get("AICONTEXT_MODELS_API") or APIS[0],
            models_key=read.get("AICONTEXT_MODELS_KEY", ""),
            models_timeout=_whole(read, "models_timeout", least=1, most=3600),
            embeddings_url=read.get("AICONTEXT_EMBEDDINGS_URL", ""),
            embeddings_name=read.get("AICONTEXT_EMBEDDINGS_NAME", ""),
            embeddings_key=read.get("AICONTEXT_EMBEDDINGS_KEY", ""),
            plugin_timeout=_whole(read, "plugin_timeout", least=1, most=600),
            hook_idle=_whole(read, "hook_idle", most=86_400),
            plan_seconds=_whole(read, "plan_seconds", least=1, most=600),
            handoff_tokens=_whole(read, "handoff_tokens", most=2000),
            backup_passphrase=read.get("AICONTEXT_BACKUP_PASSPHRASE", ""),
            webhook_private=tuple(_listed(read, "AICONTEXT_WEBHOOK_PRIVATE")),
            **_stores(read),
            rate_limits=tuple(map(_rule, _listed(read, "AICONTEXT_RATE_LIMITS"))),
            nodes=_whole(read, "nodes", least=1, most=10_000),
            trusted_proxies=tuple(map(_network, _listed(read, "AICONTEXT_TRUSTED_PROXIES"))),
            keep_days=tuple(map(_days, _listed(read, "AICONTEXT_KEEP_DAYS"))),
            log=_log(read.get("AICONTEXT_LOG") or "text"),
            otel=_whole(read, "otel", most=1) == 1,
            otlp=_otlp(_first(read, "AICONTEXT_OTLP", "OTEL_EXPORTER_OTLP_ENDPOINT")),
            otlp_headers=_pairs(
                _first(read, "AICONTEXT_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS")
            ),
            public_url=read.get("AICONTEXT_PUBLIC_URL", "").rstrip("/"),
            tls_certificate=_file(read, "AICONTEXT_TLS_CERTIFICATE"),
            tls_key=_file(read, "AICONTEXT_TLS_KEY"),
            tls_clients=_file(read, "AICONTEXT_TLS_CLIENTS"),
        )
    )


def unknown(environment: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Variables that are named as ours and are no settings, each in a sentence, without its value;
    but for those of our own tests."""
    known = [name.upper() for name in Settings._fields]
    for name in sorted(environment):
        prefix, _, own = name.partition("_")
        if _OURS.fullmatch(name) and not (prefix.isupper() and own in known):
            from difflib import get_close_matches

            near = get_close_matches(own.upper(), known, 1)
            said = f": is AICONTEXT_{near[0]} meant?" if near else "."
            yield f"{name[:80]} is no setting{said}"


def child_environment(added: Mapping[str, str], defaults: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with `added`, and `defaults` where it has none of that name, for a
    program that it starts; where calls go out over a web proxy, those to this machine do not."""
    found = {**defaults, **os.environ, **added}
    if any(found.get(name) for name in (*_WEB_PROXIES, *map(str.lower, _WEB_PROXIES))):
        for name in ("NO_PROXY", "no_proxy"):
            found[name] = ",".join(filter(None, (found.get(name), "127.0.0.1", "localhost")))
    return found


def addresses(names: Iterable[str], environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Those of the variables that hold a web address."""
    found = {name: environment.get(name, "") for name in names}
    return {name: value for name, value in found.items() if _WEB.match(value)}


def user_home(environment: Mapping[str, str] = os.environ) -> Path:
    """The user's own folder. Raises InvalidInput where nothing says which that is."""
    try:
        if environment.get("HOME") != "":  # An empty one would be taken for the machine's root.
            return Path.home()
    except RuntimeError:
        pass
    raise InvalidInput(
        "HOME is empty or not set: nothing says where your files are.",
        hint="Set HOME, or AICONTEXT_HOME if only our own files are meant.",
    )


def draws(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a terminal of the user's can draw over what it showed."""
    return environment.get("TERM") != "dumb"


def colours(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a terminal of the user's takes colours, and they are wanted (https://no-color.org)."""
    return draws(environment) and not environment.get("NO_COLOR")


def git_files(
    environment: Mapping[str, str] = os.environ,
) -> tuple[tuple[Path, ...], Path, Path]:
    """(git's settings files beside a repository's own, where it looks for the user's ignore rules
    if those name no other, what `~` stands for in them)."""
    home = Path(environment.get("HOME") or os.path.expanduser("~"))
    folder = Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "git"
    machine = Path(environment.get("GIT_CONFIG_SYSTEM") or "/etc/gitconfig")
    own = environment.get("GIT_CONFIG_GLOBAL")
    files = (Path(own),) if own else (folder / "config", home / ".gitconfig")
    without = environment.get("GIT_CONFIG_NOSYSTEM", "").lower() in ("1", "true", "yes", "on")
    return (() if without else (machine,)) + files, folder / "ignore", home


def _home(read: Mapping[str, str]) -> Path:
    if own := read.get("AICONTEXT_HOME"):
        return Path(own)
    data = read.get("XDG_DATA_HOME")
    return (Path(data) if data else user_home(read) / ".local" / "share") / "aicontext"


def _checked(settings: Settings) -> Settings:
    if settings.host not in LOOPBACK and not settings.token:
        raise InvalidInput(
            f"The host {settings.host[:80]!r} lets other machines in, and no token is set.",
            hint="Set AICONTEXT_TOKEN (--token), or listen on 127.0.0.1.",
        )
    if settings.host not in LOOPBACK and len(settings.token) < _SAFE:
        raise InvalidInput(
            f"AICONTEXT_TOKEN has {len(settings.token)} characters, and other machines may try.",
            hint=f"Set a random one of {_SAFE} or more, as of: openssl rand -hex 16.",
        )
    if settings.token.lower() in _COMMON:
        raise InvalidInput(
            "AICONTEXT_TOKEN is one that everybody tries.", hint="Set a random one of your own."
        )
    if settings.keep_days and not settings.events:
        raise InvalidInput(
            "AICONTEXT_KEEP_DAYS is set, but usage events lie in SQLite, which keeps them all.",
            hint="Keep them in ClickHouse (AICONTEXT_EVENTS), or leave it out.",
        )
    _check_reach(settings)
    _check_models(settings)
    return settings


def _check_reach(settings: Settings) -> None:
    url = settings.public_url
    local = urlsplit(url).hostname in LOOPBACK if _address(url) else False
    if url and not (_address(url) and (url.startswith("https://") or local)):
        raise InvalidInput(
            "AICONTEXT_PUBLIC_URL is no address that is safe to sign in at.",
            hint="Give one such as https://aicontext.example.org.",
        )
    if bool(settings.tls_certificate) != bool(settings.tls_key) or (
        settings.tls_clients and not settings.tls_key
    ):
        raise InvalidInput(
            "TLS needs a certificate and its key.",
            hint="Set AICONTEXT_TLS_CERTIFICATE and AICONTEXT_TLS_KEY.",
        )


def _check_models(settings: Settings) -> None:
    if settings.models_api not in APIS:
        raise InvalidInput(
            f"AICONTEXT_MODELS_API is {settings.models_api[:40]!r}.",
            hint=f"Give {' or '.join(APIS)}.",
        )
    _check_model("MODELS", settings.models_url, settings.models_name, settings.models_key)
    _check_model(
        "EMBEDDINGS", settings.embeddings_url, settings.embeddings_name, settings.embeddings_key
    )


def _check_model(which: str, url: str, name: str, key: str) -> None:
    if url and not _address(url):
        raise InvalidInput(
            f"AICONTEXT_{which}_URL is no address.",
            hint="Give one such as https://api.openai.com/v1; the key has a setting of its own.",
        )
    if url and not name:
        raise InvalidInput(f"AICONTEXT_{which}_URL is set without AICONTEXT_{which}_NAME.")
    if not (key.isascii() and key.isprintable()):
        raise InvalidInput(f"AICONTEXT_{which}_KEY holds characters that no key has.")


def _address(url: str) -> bool:
    """Whether it is an address that can be asked, without a name and password in it."""
    try:
        parts = urlsplit(url)
        sound = parts.port is None or parts.port > 0
    except ValueError:
        return False
    named = bool(parts.hostname) and "@" not in parts.netloc and url.isascii() and " " not in url
    return sound and named and parts.scheme in ("http", "https") and url.isprintable()


def _whole(read: Mapping[str, str], field: str, *, least: int = 0, most: int | None = None) -> int:
    name = f"AICONTEXT_{field.upper()}"
    value = read.get(name) or str(int(Settings._field_defaults[field]))
    if not (value.isascii() and value.isdigit() and len(value) < 20) or not (
        least <= int(value) <= (int(value) if most is None else most)
    ):
        bound = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise InvalidInput(f"{name} is {value[:40]!r}.", hint=f"Give a number {bound}.")
    return int(value)


def _share(value: str) -> float:
    try:
        share = float(value[:-1]) / 100 if value.endswith("%") else float(value)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 0.5:
        raise InvalidInput(
            f"AICONTEXT_HOLDOUT is {value[:40]!r}.", hint="Give a share from 0% to 50%, such as 5%."
        )
    return share


def _upstreams(*sources: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    words = [word for read in sources for word in read.get("AICONTEXT_UPSTREAMS", "").split()]
    return tuple(map(_upstream, words))


def _upstream(value: str) -> tuple[str, str]:
    name, _, url = value.partition("=")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname
    except ValueError:
        usable = None
    if not name or not usable:
        raise InvalidInput(
            f"AICONTEXT_UPSTREAMS has {value[:80]!r}.",
            hint="Give name=url, such as openai=https://openrouter.ai/api.",
        )
    return name, url.rstrip("/")


def _fallback(value: str) -> tuple[str, str]:
    name, _, other = value.partition("=")
    if not name or not other:
        raise InvalidInput(
            f"AICONTEXT_FALLBACKS has {value[:80]!r}.", hint="Give name=name, such as openai=azure."
        )
    return name, other


def _status(word: str) -> int:
    if not re.fullmatch("[45][0-9]{2}", word):
        raise InvalidInput(
            f"AICONTEXT_RETRY has {word[:40]!r}.", hint="Give statuses from 400 to 599: 429,529."
        )
    return int(word)


def _web_proxy(read: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """By the scheme of what is called. Of those that are not meant for us alone, only http(s) ones
    can be used."""
    own = read.get("AICONTEXT_WEB_PROXY", "")
    if own and not _WEB.match(own):
        raise InvalidInput(
            "AICONTEXT_WEB_PROXY is no address.", hint="Give one such as http://proxy.lan:3128."
        )
    found = []
    for scheme in ("http", "https"):
        named = f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY"
        address = own or _first(read, *named)
        address = address if "://" in address or not address else f"http://{address}"
        if _WEB.match(address):
            found.append((scheme, address))
    return tuple(found)


def _first(read: Mapping[str, str], *names: str) -> str:
    return next((value for name in names if (value := read.get(name))), "")


def _stores(read: Mapping[str, str]) -> dict[str, str]:
    """The profile, and the address of each kind of state: its own, else the profile's; and what the
    keepers of the master key want to hear."""
    profile = read.get("AICONTEXT_PROFILE") or "embedded"
    if (usual := PROFILES.get(profile)) is None:
        raise InvalidInput(
            f"AICONTEXT_PROFILE is {profile[:40]!r}.", hint=f"Give {', '.join(PROFILES)}."
        )
    found = {name: read.get(f"AICONTEXT_{name.upper()}") or usual.get(name) for name in STORES}
    if profile != "cluster":
        found = {name: "" if at == _HERE else at for name, at in found.items()}
    if missing := [name for name, address in found.items() if address is None]:
        raise InvalidInput(
            f"A {profile} has no address for its {', '.join(missing)}.",
            hint=f"Set {', '.join(f'AICONTEXT_{name.upper()}' for name in missing)}.",
        )
    for name, address in found.items():
        if address and address.partition("://")[0] not in STORES[name]:
            forms = " or ".join(f"{scheme}://" for scheme in STORES[name])
            raise InvalidInput(
                f"AICONTEXT_{name.upper()} is no address that can be used.", hint=f"Give {forms}…."
            )
    return {
        "profile": profile,
        "vault_token": _first(read, "AICONTEXT_VAULT_TOKEN", "VAULT_TOKEN"),
        "pkcs11_pin": read.get("AICONTEXT_PKCS11_PIN", ""),
        **{name: address or "" for name, address in found.items()},
    }


def _file(read: Mapping[str, str], name: str) -> Path | None:
    return Path(read[name]).expanduser() if read.get(name) else None


def _listed(read: Mapping[str, str], name: str) -> list[str]:
    return [word.strip() for word in read.get(name, "").split(",") if word.strip()]


def _log(form: str) -> str:
    if form not in ("text", "json"):
        raise InvalidInput(f"AICONTEXT_LOG is {form[:40]!r}.", hint="Give text or json.")
    return form


def _otlp(address: str) -> str:
    if address and not _address(address):
        raise InvalidInput(
            "The OTLP endpoint is no address.", hint="Give one such as http://localhost:4318."
        )
    return address or "http://localhost:4318"


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """As OpenTelemetry writes headers: name=value, with commas between, percent-encoded."""
    parts = (word.partition("=") for word in text.split(",") if word.strip())
    return tuple((name.strip().lower(), unquote(value.strip())) for name, _, value in parts)


def _network(word: str) -> Network:
    from ipaddress import ip_network

    try:
        return ip_network(word)
    except ValueError:
        raise InvalidInput(
            f"AICONTEXT_TRUSTED_PROXIES has {word[:60]!r}.", hint="Give networks as 10.0.0.0/8."
        ) from None


def _days(word: str) -> tuple[str, int]:
    name, _, days = word.rpartition("=")
    if not name or not days.isdecimal() or not 1 <= int(days) <= _MOST_DAYS:
        raise InvalidInput(
            f"AICONTEXT_KEEP_DAYS has {word[:60]!r}.",
            hint=f"Give ORGANISATION=DAYS, as *=400, of 1 to {_MOST_DAYS} days.",
        )
    return name, int(days)


def _rule(word: str) -> Rule:
    from aicontext.domain.tenancy.limits import rule

    return rule(word)


def _kind(word: str) -> Kind:
    from aicontext.domain.context import Kind

    try:
        return Kind(word)
    except ValueError:
        known = ", ".join(Kind)
        raise InvalidInput(
            f"AICONTEXT_SKIP_KINDS has {word[:40]!r}.", hint=f"Kinds are {known}."
        ) from None
