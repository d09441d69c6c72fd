"""The one error tree.

AiContextError
├── InvalidInput      the caller's input cannot be used as it is
│   └── InputTooLarge a size, depth or count bound was passed
├── NotFound          nothing is kept under that handle, path or name
├── BudgetTooSmall    not even the smallest honest rendering fits the budget
├── MissingExtra      an optional dependency is not installed
└── Unavailable       a store or model could not be reached; the input is untouched

Each class has a stable `code`; each error says what happened and what to do next.
"""

from __future__ import annotations


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


class NotFound(AiContextError):
    code = "not_found"


class BudgetTooSmall(AiContextError):
    code = "budget_too_small"


class MissingExtra(AiContextError):
    code = "missing_extra"


class Unavailable(AiContextError):
    code = "unavailable"
