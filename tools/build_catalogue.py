"""Write the model catalogue from the `genai-prices` package (MIT) and the overlay beside it.

    python tools/build_catalogue.py YYYY-MM-DD

The date says for when prices hold. The overlay is written by hand: longest answers, windows that
the package lacks, and the token family, each for the first pattern that a model's name matches.
"""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from genai_prices import types
from genai_prices.data import providers

TARGET = Path(__file__).parent.parent / "src/aicontext/engine/estimate/data/catalogue.json"
PRICES = ("input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "cache_write_1h_mtok")
# Who makes models comes before who serves those of others.
MAKERS = (
    "anthropic", "openai", "google", "x-ai", "mistral", "deepseek", "moonshotai", "zai",
    "minimax", "cohere", "meta", "perplexity", "arcee", "voyageai",
)  # fmt: skip
RULES = {
    types.ClauseEquals: ("=", "equals"),
    types.ClauseStartsWith: ("^", "starts_with"),
    types.ClauseEndsWith: ("$", "ends_with"),
    types.ClauseContains: ("*", "contains"),
    types.ClauseRegex: ("~", "regex"),
}


def rules(clause: Any) -> Iterator[list[list[str]]]:
    """Conjunctions, any of which a name must meet: [[operator, text], ...]."""
    if isinstance(clause, types.ClauseOr):
        for one in clause.or_:
            yield from rules(one)
    elif isinstance(clause, types.ClauseAnd):
        yield [rule for one in clause.and_ for conjunction in rules(one) for rule in conjunction]
    else:
        operator, field = RULES[type(clause)]
        yield [[operator, getattr(clause, field)]]


def price_rows(prices: Any) -> tuple[list[Any], int, list[Any] | None]:
    """Base prices in the order of PRICES; from which input size others hold; these."""
    values = [getattr(prices, name) for name in PRICES]
    base = [_tier(value, 0) for value in values]
    starts = [value.tiers[0].start for value in values if isinstance(value, types.TieredPrices)]
    if not starts:
        return base, 0, None
    return base, min(starts), [_tier(value, min(starts) + 1) for value in values]


def _tier(value: Any, tokens: int) -> float | None:
    if isinstance(value, types.TieredPrices):
        reached = [tier.price for tier in value.tiers if tokens > tier.start]
        value = reached[-1] if reached else value.base
    return None if value is None else float(value)


def provider_row(provider: Any, moment: datetime.datetime) -> dict[str, Any]:
    models, names, patterns = [], {}, []
    for model in provider.models:
        prices = model.get_prices(moment)
        if prices.input_mtok is None:
            continue
        at = len(models)
        models.append([model.id, model.context_window or 0, *price_rows(prices)])
        names.setdefault(model.id.lower(), at)
        for conjunction in rules(model.match):
            if len(conjunction) == 1 and conjunction[0][0] == "=":
                names.setdefault(conjunction[0][1].lower(), at)
            else:
                patterns.append([at, conjunction])
    return {"id": provider.id, "models": models, "names": names, "patterns": patterns}


def main(day: str) -> None:
    moment = datetime.datetime.fromisoformat(day).replace(tzinfo=datetime.UTC)
    rank = {name: place for place, name in enumerate(MAKERS)}
    ordered = sorted(providers, key=lambda p: (rank.get(p.id, len(rank)), p.id))
    rows = [provider_row(provider, moment) for provider in ordered]
    catalogue = {
        "source": f"genai-prices {version('genai-prices')}, MIT, Copyright Pydantic Services Inc.",
        "date": day,
        "makers": len(MAKERS),
        "providers": [row for row in rows if row["models"]],
    }
    text = json.dumps(catalogue, separators=(",", ":"), ensure_ascii=False)
    TARGET.write_text(text.replace('{"id":', '\n{"id":') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
