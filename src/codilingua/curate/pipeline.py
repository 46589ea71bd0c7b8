"""The raw rows of a ledger in; everything that curation makes of them out.

The order of the filters is the order of their cost: what is cheap to see is rejected first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from codilingua.catalog.catalog import Catalog
from codilingua.curate.filters.contradictions import contradictions
from codilingua.curate.filters.duplicates import duplicates
from codilingua.curate.filters.form import copied, form
from codilingua.curate.filters.retrieval import retrieval
from codilingua.curate.filters.wording import Detect, wording
from codilingua.curate.sifted import Finding, Sifted
from codilingua.curate.splits import Splits, split
from codilingua.curate.terms import Terms, curate_terms
from codilingua.curate.use import Use, curate_use
from codilingua.curate.verdicts import Settled, settle
from codilingua.search.engine import Search
from codilingua.synth.raw import Raw
from codilingua.types import Pair

Step = Callable[[str], Callable[[int, int], None]]
"""Called at the start of each step with its name; gives back what reports its progress."""


@dataclass(frozen=True, slots=True)
class Curated:
    """What is kept, in splits, and all that is not.

    ``review`` has to be read before it can be kept. ``stages`` is filter → how many pairs came in,
    were rejected, went to review. ``raw`` counts pairs by language as they were written.
    """

    splits: Splits
    rejected: tuple[Finding, ...]
    review: tuple[Finding, ...]
    terms: Terms
    use: Use
    settled: Settled
    stages: Mapping[str, tuple[int, int, int]]
    raw: Counter[str]


def curate(
    raw: Raw, searches: Sequence[Search], tiers: Mapping[str, int], detect: Detect, step: Step
) -> Curated:
    """Run every filter, then divide what is left.

    :param searches: two ways of searching the catalog, for the round trip.
    :param tiers: code → tier of use.
    """
    catalog = searches[0].catalog
    rejected: list[Finding] = []
    review: list[Finding] = []
    stages: dict[str, tuple[int, int, int]] = {}

    def through(
        name: str, pairs: Sequence[Pair], sieve: Callable[[Sequence[Pair]], Sifted]
    ) -> Sequence[Pair]:
        sifted = sieve(pairs)
        # What a judge has read is not read again.
        read = [found for found in sifted.review if found.pair.id in settled.settled]
        doubtful = [found for found in sifted.review if found.pair.id not in settled.settled]
        stages[name] = (len(pairs), len(sifted.rejected), len(doubtful))
        rejected.extend(sifted.rejected)
        review.extend(doubtful)
        if not read:
            return sifted.kept
        places = {id(pair): place for place, pair in enumerate(pairs)}
        passed = [*sifted.kept, *(found.pair for found in read)]
        return sorted(passed, key=lambda pair: places[id(pair)])

    settled = Settled()
    step("form")
    pairs = through("form", raw.pairs, lambda pairs: form(pairs, catalog))
    # After the form, which brings a code with its 7th character to that of the row that was read.
    settled = settle(pairs, raw.judged, catalog)
    pairs = through("verdicts", pairs, lambda _: _well_formed(settled, catalog))
    pairs = through("copied titles", pairs, lambda pairs: copied(pairs, catalog))
    step("language")
    pairs = through("language", pairs, lambda pairs: wording(pairs, detect))
    step("contradictions")
    pairs = through("contradictions", pairs, lambda pairs: contradictions(pairs, catalog))
    step("duplicates")
    pairs = through("duplicates", pairs, lambda pairs: duplicates(pairs, tiers))
    progress = step("round trip")
    pairs = through("round trip", pairs, lambda pairs: retrieval(pairs, searches, progress))
    step("splits")
    splits = split(pairs)
    stages["splits"] = (len(pairs), len(splits.dropped), 0)
    step("terms")
    terms = curate_terms(raw.terms, catalog, detect)
    return Curated(
        splits=splits,
        rejected=(*rejected, *splits.dropped),
        review=tuple(review),
        terms=terms,
        use=curate_use(raw.tiers, raw.defaults, catalog),
        settled=settled,
        stages=stages,
        raw=Counter(pair.lang for pair in raw.pairs),
    )


def _well_formed(settled: Settled, catalog: Catalog) -> Sifted:
    """What the judges left, with what they mended looked at again."""
    again = form(settled.pairs, catalog)
    return Sifted(again.kept, [*settled.rejected, *again.rejected])
