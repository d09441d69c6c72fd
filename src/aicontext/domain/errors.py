"""The one error tree.

AiContextError
├── InvalidInput      the caller's input cannot be used as it is
│   ├── InputTooLarge a size, depth or count bound was passed
│   ├── GrantRefused  an OAuth client gets no token; `error` says why in OAuth's own word
│   ├── Refused       it could be used, but must not be: an address, a signature, a time
│   └── Malformed     a document does not parse; its line and column are told
├── NotFound          nothing is kept under that handle, path or name
├── Conflict          what must be unique is there, or it was changed meanwhile
│   └── Stale         it is not the version that the caller has seen
├── Unauthenticated   it is not known who asks
│   └── StepUpRequired  it is known, but this needs a fresh proof
├── Forbidden         who asks may not do it
├── BudgetTooSmall    not even the smallest honest rendering fits the budget
├── LimitReached      what somebody may take is used up for now
│   ├── RateLimited   too many calls lately
│   └── OverBudget    a hard budget does not hold what the call may cost
├── MissingExtra      an optional dependency is not installed
└── Unavailable       a store or model could not be reached; the input is untouched

Each class has a stable `code`; each error says what happened and what to do next.
"""

from __future__ import annotations

from collections.abc import Mapping


class AiContextError(Exception):
    """Base of every error this package raises on purpose."""

    code = "internal"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InvalidInput(AiContextError):
    code = "invalid_input"


class InputTooLarge(InvalidInput):
    code = "input_too_large"


class Refused(InvalidInput):
    code = "refused"


class GrantRefused(InvalidInput):
    """error: as RFC 6749, 8628 and 7009 name it."""

    code = "grant_refused"

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


class Malformed(InvalidInput):
    """line, column: where, both from 1, the column in characters. place: the document, if named."""

    code = "malformed"

    def __init__(self, what: str, *, line: int, column: int, place: str = "") -> None:
        where = f"{place}:{line}:{column}: " if place else f"line {line}, column {column}: "
        super().__init__(f"{where}{what}.", hint="Mend it; until then it is left as it is.")
        self.what = what
        self.line = line
        self.column = column

    def of(self, place: str) -> Malformed:
        """The same error of a document that has a name."""
        return Malformed(self.what, line=self.line, column=self.column, place=place)


class NotFound(AiContextError):
    code = "not_found"


class Conflict(AiContextError):
    code = "conflict"


class Stale(Conflict):
    code = "stale"


class Unauthenticated(AiContextError):
    code = "unauthenticated"


class StepUpRequired(Unauthenticated):
    code = "step_up_required"


class Forbidden(AiContextError):
    code = "forbidden"


class BudgetTooSmall(AiContextError):
    code = "budget_too_small"


class LimitReached(AiContextError):
    """wait: seconds after which the same may be let through; infinite where it never is."""

    code = "limit_reached"

    def __init__(self, message: str, wait: float, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.wait = wait


class RateLimited(LimitReached):
    """headers: in which an answer tells of the quotas."""

    code = "rate_limited"

    def __init__(self, wait: float, headers: Mapping[str, str], *, hint: str) -> None:
        super().__init__("Too many calls lately.", wait, hint=hint)
        self.headers = headers


class OverBudget(LimitReached):
    code = "over_budget"


class MissingExtra(AiContextError):
    code = "missing_extra"


class Unavailable(AiContextError):
    code = "unavailable"
