"""Limits in Redis, which processes share."""

from __future__ import annotations

import math
from collections.abc import Sequence

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from aicontext.domain.errors import InvalidInput, Unavailable
from aicontext.domain.tenancy.limits import PARTS, Claim, Left, Taken

_NEVER = -1

_TAKE = """
local parts, never = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local claims, wait = {}, 0
for i, key in ipairs(KEYS) do
  local limit, part, weight = unpack(ARGV, 3 * i, 3 * i + 2)
  limit, part, weight = tonumber(limit), tonumber(part), tonumber(weight)
  local first = math.floor(now / part) - parts
  local flat, held, gone, sum, last = redis.call('HGETALL', key), {}, {}, 0, nil
  for n = 1, #flat, 2 do
    local number, count = tonumber(flat[n]), tonumber(flat[n + 1])
    if number < first then
      gone[#gone + 1] = flat[n]
    else
      held[#held + 1] = { number, count }
      sum = sum + count
      if not last or number > last then last = number end
    end
  end
  if #gone > 0 then redis.call('HDEL', key, unpack(gone)) end
  local over = sum + weight - limit
  if over > 0 and weight > 0 and wait ~= never then
    table.sort(held, function(a, b) return a[1] < b[1] end)
    local free = never
    for _, one in ipairs(held) do
      over = over - one[2]
      if over <= 0 then
        free = (one[1] + parts + 1) * part - now
        break
      end
    end
    if free == never or free > wait then wait = free end
  end
  claims[i] = { limit, part, weight, sum, last }
end
local answer = { wait }
for i, key in ipairs(KEYS) do
  local limit, part, weight, sum, last = unpack(claims[i], 1, 5)
  if wait == 0 and weight > 0 then
    last = math.floor(now / part)
    sum = sum + weight
    redis.call('HINCRBY', key, last, weight)
    redis.call('PEXPIRE', key, (parts + 1) * part)
  end
  answer[#answer + 1] = math.max(0, limit - sum)
  answer[#answer + 1] = last and (last + parts + 1) * part - now or 0
end
return answer
"""
"""All claims or none, by the server's own clock. A key holds what was let through by the number of
its part of the window; `never` stands for a wait without end."""


_PATIENCE = 0.25
"""Seconds that an answer may take unless told otherwise."""


class RedisLimits:
    """A tenant's counters lie in one slot of a cluster, so that one script can take them all.

    url: as `redis.from_url` takes it. timeout: seconds that an answer may take. Raises InvalidInput
    for an address that is none.
    """

    def __init__(self, url: str, timeout: float | None = None) -> None:
        timeout = timeout or _PATIENCE
        try:
            self._redis = Redis.from_url(
                url,
                socket_timeout=timeout,
                socket_connect_timeout=timeout,
                retry=Retry(NoBackoff(), 0),
            )
        except ValueError as error:
            raise InvalidInput(
                f"The limits' address is none ({error}).", hint="Give redis://HOST:PORT/NUMBER."
            ) from None
        self._take = self._redis.register_script(_TAKE)

    async def take(self, tenant: str, claims: Sequence[Claim]) -> Taken:
        quotas = [claim.quota for claim in claims]
        keys = [
            f"aicontext:limits:{{{tenant}}}:{one.subject}:{one.name}:{one.window}" for one in quotas
        ]
        numbers = [n for one in claims for n in (one.quota.limit, one.quota.part, one.weight)]
        try:
            wait, *found = await self._take(keys, [PARTS, _NEVER, *numbers])
        except (RedisError, OSError) as error:
            raise Unavailable(
                f"Redis gave no answer ({type(error).__name__}).",
                hint="Limits cannot be counted together until it does.",
            ) from None
        left = zip(quotas, found[::2], found[1::2], strict=True)
        return Taken(
            wait == 0,
            tuple(Left(quota, remaining, reset / 1000) for quota, remaining, reset in left),
            math.inf if wait == _NEVER else wait / 1000,
        )

    async def close(self) -> None:
        await self._redis.aclose()
