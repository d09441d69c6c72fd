"""What the next calls of a conversation will take: tokens, money, turns.

Defaults come from public sessions of two coding agents (early 2026); what the conversation shows
of itself outweighs them as it grows:

    mean = (PRIOR_WEIGHT * default + sum of what was seen) / (PRIOR_WEIGHT + how often)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from aicontext.domain.messages import Message, Role
from aicontext.domain.usage import Forecast, Interval, Model, Prices, TokenCount
from aicontext.engine.estimate.catalogue import model as lookup
from aicontext.engine.estimate.counter import estimate

# Tokens of one answer, its thinking included: mean, 5th and 95th percentile of 1,069 calls.
OUTPUT = Interval(315, 51, 874)
# Tokens that a call adds to the next call's input: the same of the means of 54 sessions.
GROWTH = Interval(1362, 572, 2547)
PRIOR_WEIGHT = 4
# What a message costs beside its text: 3 in OpenAI's own counting recipe, and 3 open the answer;
# Claude's calibration holds its framing already. A call or result adds its name, id and braces.
MESSAGE, ANSWER, CALL = 3, 3, 12
# An image by the providers' tables: smallest, common and largest after their own scaling.
IMAGE = Interval(1000, 85, 1600)
_MILLION = 1_000_000


def forecast(messages: Sequence[Message], model: str) -> Forecast:
    """The forecast for sending `messages` to `model`, and for going on as before.

    first_cost = input * cache write + output * output price; next_cost = input * cache read +
    growth * cache write + output * output price; turns_left = (window - input - output) / growth.
    """
    known = lookup(model)
    counts = [_tokens(message, model) for message in messages]
    input_tokens = _sum(counts, known.family)
    output = _bounded(_answers(messages, counts), known.max_output)
    growth = _growth(messages, counts)
    first = next_ = None
    if (prices := known.prices_at(round(input_tokens.expected))) is not None:
        first = _cost(prices, written=input_tokens, answered=output)
        next_ = _cost(prices, written=growth, answered=output, read=input_tokens)
    return Forecast(
        model=known,
        input_tokens=input_tokens,
        output_tokens=output,
        first_cost=first,
        next_cost=next_,
        turns_left=_turns(known, input_tokens, output, growth),
        warnings=tuple(_warnings(known, input_tokens)),
    )


def _tokens(message: Message, model: str) -> TokenCount:
    if message.media:
        return TokenCount(round(IMAGE.expected), round(IMAGE.low), round(IMAGE.high), exact=False)
    count = estimate(message.text, model)
    around = MESSAGE + (CALL if message.role in (Role.TOOL_CALL, Role.TOOL_RESULT) else 0)
    return TokenCount(
        count.tokens + around, count.low + around, count.high + around, exact=count.exact
    )


def _sum(counts: Iterable[TokenCount], family: str) -> Interval:
    """Errors of calibrated counts are of one block each and partly cancel; those of a likeness
    to another vocabulary are the same in all blocks and add up."""
    tokens, below, above = float(ANSWER), [0.0], [0.0]
    for count in counts:
        tokens += count.tokens
        below.append(count.tokens - count.low)
        above.append(count.high - count.tokens)
    spread = math.hypot if family.startswith("claude") else lambda *parts: sum(parts)
    return Interval(tokens, max(0.0, tokens - spread(*below)), tokens + spread(*above))


def _answers(messages: Sequence[Message], counts: Sequence[TokenCount]) -> Interval:
    """Tokens the model writes in a call: its words and its calls, thinking where it was kept."""
    written = (Role.ASSISTANT, Role.TOOL_CALL)
    seen = sum(c.tokens for m, c in zip(messages, counts, strict=True) if m.role in written)
    return _learned(OUTPUT, seen, _calls(messages), narrows=False)


def _growth(messages: Sequence[Message], counts: Sequence[TokenCount]) -> Interval:
    """Tokens per call after the first answer began."""
    calls = _calls(messages)
    began = next((at for at, m in enumerate(messages) if _answered(m)), len(messages))
    return _learned(GROWTH, sum(count.tokens for count in counts[began:]), calls, narrows=True)


def _calls(messages: Sequence[Message]) -> int:
    """How often the model answered: its messages in a row are one answer."""
    starts = zip((None, *messages), messages, strict=False)
    return sum(_answered(m) and not (before and _answered(before)) for before, m in starts)


def _answered(message: Message) -> bool:
    return message.role in (Role.ASSISTANT, Role.TOOL_CALL)


def _learned(default: Interval, seen: float, times: int, *, narrows: bool) -> Interval:
    """The range of a mean narrows with the square root of the evidence; that of one call stays."""
    evidence = PRIOR_WEIGHT + times
    mean = (PRIOR_WEIGHT * default.expected + seen) / evidence
    power = math.sqrt(PRIOR_WEIGHT / evidence) if narrows else 1.0
    low, high = (bound / default.expected for bound in (default.low, default.high))
    return Interval(mean, mean * low**power, mean * high**power)


def _bounded(interval: Interval, most: int) -> Interval:
    return Interval(min(interval.expected, most), min(interval.low, most), min(interval.high, most))


def _cost(
    prices: Prices, *, written: Interval, answered: Interval, read: Interval | None = None
) -> Interval:
    def dollars(written: float, answered: float, read: float) -> float:
        new = written * prices.cache_write + answered * prices.output
        return (new + read * prices.cache_read) / _MILLION

    old = read or Interval(0, 0, 0)
    return Interval(
        dollars(written.expected, answered.expected, old.expected),
        dollars(written.low, answered.low, old.low),
        dollars(written.high, answered.high, old.high),
    )


def _turns(known: Model, used: Interval, output: Interval, growth: Interval) -> Interval | None:
    if growth.low <= 0:
        return None

    def turns(used: float, output: float, growth: float) -> float:
        return float(max(0, math.floor((known.window - used - output) / growth)))

    return Interval(
        turns(used.expected, output.expected, growth.expected),
        turns(used.high, output.high, growth.high),
        turns(used.low, output.low, growth.low),
    )


def _warnings(known: Model, used: Interval) -> Iterable[str]:
    if not known.known:
        yield (
            f"The model {known.id!r} is not in the catalogue: a window of {known.window:,} tokens "
            "is assumed, and its prices are not known."
        )
    if used.high > known.window:
        certain = "is" if used.low > known.window else "may be"
        yield f"The input {certain} longer than the window of {known.window:,} tokens."
