"""The ledger's entries of an event in ClickHouse's words."""

from __future__ import annotations

from aicontext.adapters.events.clickhouse.sums import SIGN, Sums
from aicontext.adapters.events.spans import Kept
from aicontext.domain.analytics.usage import HOUR, Dimension
from aicontext.domain.usage import MICRO_CENTS

_MILLION = 1_000_000
_PRICES = {"input": 1, "output": 2, "cache_read": 3, "cache_write": 4, "cache_write_1h": 5}
"""Where a quote, which is JSON, has the price of each line."""


def _amount(line: str) -> str:
    """Micro-cents of a line, halves up: its tokens times the price of a million."""
    price = f"toInt64(JSONExtractFloat(quote, 1, {_PRICES[line]}) * {MICRO_CENTS}. + 0.5)"
    # In two parts: the product may have more than 64 bits.
    whole = f"intDiv({price}, {_MILLION}) * {_tokens(line)}"
    rest = f"intDiv({price} % {_MILLION} * {_tokens(line)} + {_MILLION // 2}, {_MILLION})"
    return f"if(quote = '', 0, {whole} + {rest})"


def _tokens(line: str) -> str:
    return f"toInt64(ifNull({line}, 0))"


def _entries() -> str:
    told = "isNotNull(cost) AND quote = ''"
    name = "JSONExtractString(quote, 2)"
    head = (
        f"if(quote != '', concat('usage/', {name}, '/', JSONExtractString(quote, 3)), "
        "concat(if(isNull(cost), 'unpriced', 'told'), '/', model))"
    )
    lines = ", ".join(f"({head} || '/{one}', {_tokens(one)}, {_amount(one)})" for one in _PRICES)
    tokens = f"({' + '.join(map(_tokens, _PRICES))})"
    charged = f"(if({told}, assumeNotNull(cost), {' + '.join(map(_amount, _PRICES))}))"
    owed = f"multiIf({told}, 'as told', quote != '', {name}, 'unpriced')"
    fewer = "(toInt64(direct_tokens) - toInt64(sent_tokens))"
    less = "(if(isNull(cost) OR isNull(direct_cost), 0, assumeNotNull(direct_cost - cost)))"
    return (
        f"arrayConcat(arrayFilter(entry -> entry.2 > 0, [{lines}]), "
        f"if({told}, [('told/' || model || '/cost', toInt64(0), assumeNotNull(cost))], []), "
        f"if({tokens} != 0 OR {charged} != 0, [('owed/' || {owed}, -{tokens}, -{charged})], []), "
        f"if({fewer} != 0 OR {less} != 0, "
        f"[('avoided', {fewer}, {less}), ('saved', -{fewer}, -{less})], []))"
    )


LEDGER = Sums(
    more=f"ARRAY JOIN {_entries()} AS entry",
    keys={"account": "entry.1"},
    added={"tokens": f"{SIGN} * entry.2", "micro_cents": f"{SIGN} * toInt64(entry.3)"},
    kept=(Kept("ledger", HOUR, (Dimension.ORGANISATION,)),),
)
"""As `domain.analytics.ledger.balances` says it."""
