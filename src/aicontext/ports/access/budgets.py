"""What may yet be spent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aicontext.domain.tenancy.budgets import Amounts, Payer, Spent, Standing, Warned


class Mark(Protocol):
    """That a tenant has a hard budget, known on this machine also while budgets cannot be read."""

    def there(self, organisation: str) -> bool: ...

    def put(self, organisation: str, there: bool) -> None: ...


class Budgets(Protocol):
    """Holds what calls may cost while they are under way, and books what they did.

    Spent and held together never pass a hard budget, but where a call takes more than it had
    reserved: that is booked all the same, for it was spent, and no call is let through until there
    is room again. Budgets themselves are records. Every method raises Unavailable.
    """

    async def reserve(
        self, payer: Payer, reservation: str, most: Amounts, seconds: float
    ) -> Sequence[Standing]:
        """Hold the most that a call may take in every budget of the payer, or in none; the budgets,
        as they stand then. None: nothing is held, and nothing need be settled.

        reservation: an id of 32 hexadecimal digits, new for each call; to reserve once more under
        an id that is held changes nothing. seconds: after which what is held is let go again,
        unless it was renewed or settled. Raises OverBudget where a hard budget has no room, and
        Conflict where the id was reserved for other amounts.
        """

    async def renew(
        self, organisation: str, reservations: Sequence[str], seconds: float
    ) -> Sequence[str]:
        """Hold them for so many seconds from now on; those that were still held."""

    async def settle(self, organisation: str, reservation: str, taken: Amounts) -> Sequence[Warned]:
        """Book what a call took, nothing where it was not made, in the periods in which it was
        reserved, and let go of what was held; what is to be warned of. Once: to settle again
        changes nothing. Raises NotFound."""

    async def standing(self, organisation: str) -> Sequence[Standing]:
        """All budgets of the tenant."""

    async def spent(self, after: Spent | None, limit: int) -> Sequence[Spent]:
        """What was spent of all tenants' budgets, by budget and period, behind `after`."""

    async def keep(self, spent: Sequence[Spent]) -> None:
        """Put it in the place of what is known of the same periods, whose budgets must be there."""

    async def sweep(self) -> int:
        """Forget reservations that ended long ago, of all tenants; how many."""

    async def close(self) -> None: ...
