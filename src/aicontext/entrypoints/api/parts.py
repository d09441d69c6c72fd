"""What the API is made of, and how it is set up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from aicontext.kit.clock import CLOCK, Clock
from aicontext.kit.ids import NewId, time_ordered

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from aicontext.domain.analytics.measures import Answered
    from aicontext.domain.events import By
    from aicontext.domain.tenancy.access import Principal
    from aicontext.domain.tools import Scope
    from aicontext.domain.usage import Model
    from aicontext.kit.web.forwarded import Network
    from aicontext.kit.web.paging import Cursors
    from aicontext.ports.access.policy import Policy
    from aicontext.ports.stores.cache import Cache
    from aicontext.ports.stores.records import Records
    from aicontext.ports.stores.replies import Replies
    from aicontext.services.analytics.accounting.reports import Reports
    from aicontext.services.analytics.savings import Savings
    from aicontext.services.context.repository.service import RepositoryService
    from aicontext.services.context.service import ContextService
    from aicontext.services.context.similar.service import SimilarService
    from aicontext.services.enterprise.budgets.setting import BudgetService
    from aicontext.services.enterprise.budgets.spending import Spending
    from aicontext.services.enterprise.directory import Directory
    from aicontext.services.enterprise.identity.accounts.factors import Factors
    from aicontext.services.enterprise.identity.accounts.invitations import Invitations
    from aicontext.services.enterprise.identity.accounts.service import Accounts
    from aicontext.services.enterprise.identity.accounts.signing_in import SigningIn
    from aicontext.services.enterprise.identity.authentication import Authentication
    from aicontext.services.enterprise.identity.keys import KeyService
    from aicontext.services.enterprise.identity.oauth.endpoint import OAuth
    from aicontext.services.enterprise.identity.tokens.access import AccessTokens
    from aicontext.services.enterprise.identity.tokens.sessions import Sessions
    from aicontext.services.enterprise.identity.users import Users
    from aicontext.services.enterprise.limits import RateLimits
    from aicontext.services.integrations.catalog.index import Catalogue
    from aicontext.services.integrations.detection import Found
    from aicontext.services.integrations.plugins.service import AcrossTools


@dataclass(frozen=True, slots=True)
class Tls:
    """Files in PEM. clients: the authorities whose certificates programs may come in by."""

    certificate: Path
    key: Path
    clients: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """host, port: where to listen; port 0 takes a free one. hosts: further names of this server.
    tls: None for plain HTTP. proxies: which may say where a request came from."""

    host: str = "127.0.0.1"
    port: int = 8788
    hosts: frozenset[str] = frozenset()
    tls: Tls | None = None
    proxies: tuple[Network, ...] = ()


class Tools(Protocol):
    """What there is about AI tools."""

    def catalogue(self) -> Catalogue: ...

    def looked_for(self) -> Sequence[Found]:
        """All known tools, each with what shows that it is on this machine."""

    def sync(
        self,
        *,
        scope: Scope,
        folder: str,
        tools: Sequence[str],
        source: str,
        dry_run: bool,
        undo: bool,
    ) -> AcrossTools:
        """Raises InvalidInput, NotFound, Unavailable."""

    def receive(self, sender: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, Any]:
        """A tool's message, verified and handled; as the webhooks' service does."""


class Metrics(Protocol):
    """The numbers of this process."""

    def answered(self, answer: Answered) -> None:
        """Adds an answer."""

    def exposed(self) -> tuple[str, bytes]:
        """(media type, content) of the page. Raises MissingExtra."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the API works with.

    version: of the program. start, stop: open and close the stores. ready: raises Unavailable
    where one gives no answer. context, similar: the services over what one user keeps. writer: the
    model that writes summaries, if one is set. repository: the one around a path of this machine.
    savings: of this machine's proxy, from that second on. metrics_token: what may read the metrics;
    empty: nobody but over loopback. cache_shared: whether other processes have the same cache.
    """

    version: str
    start: Callable[[], Awaitable[None]]
    stop: Callable[[], Awaitable[None]]
    ready: Callable[[], Awaitable[None]]
    authentication: Authentication
    policy: Policy
    limits: RateLimits
    budgets: BudgetService
    spending: Spending
    keys: KeyService
    users: Users
    accounts: Accounts
    invitations: Invitations
    signing_in: SigningIn
    factors: Factors
    sessions: Sessions
    tokens: AccessTokens
    oauth: OAuth
    cache: Cache
    cache_shared: bool
    records: Records
    replies: Replies
    directory: Directory
    cursors: Callable[[], Awaitable[Cursors]]
    context: Callable[[Principal], ContextService]
    similar: Callable[[Principal], Awaitable[SimilarService]]
    writer: Model | None
    repository: Callable[[str], RepositoryService]
    tools: Tools
    savings: Callable[[By, float], Savings]
    metrics: Metrics
    metrics_token: str = field(default="", repr=False)
    reports: Reports
    clock: Clock = CLOCK
    new_id: NewId = time_ordered
