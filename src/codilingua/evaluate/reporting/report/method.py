"""Results in; how they were measured, and what training has seen of the sets, out."""

from __future__ import annotations

from codilingua.evaluate.reporting.report.lookup import Results
from codilingua.evaluate.reporting.report.markdown import commit, count, share, table

_MEASURES = {
    "R@k": "is the credit of the best of the first k answers: 1 where one of them is right, else 0",
    "MRR@10": "is the largest credit divided by rank among the first 10: 1 / rank of the first right answer",
    "MAP@10": "is the mean precision at the ranks among the first 10 that add credit",
    "nDCG@10": "is the credit found, divided by log2(rank + 1), as a share of what the best order would give",
    "F1@1": "is the micro-F1 of the top answer: an unanswered query costs recall, not precision",
}
_LEVELS = {
    "exact": "an answer is right if it is a gold code; a code with its 7th character counts as the code of "
    "the tabular list that it completes",
    "descendant": "it may also lie below a gold code that is not billable any more",
    "category": "it shares the first three characters with a gold code",
    "hierarchical": "it earns 2|A∩B| / (|A|+|B|), A and B being the codes with their ancestors up to the "
    "chapter (Kiritchenko et al. 2005)",
}


def leakage(read: Results) -> str:
    """What of each set stands in the training files that were named."""
    found = read.content.get("leakage", ())
    if not found:
        return "## Leakage\n\nNo training file was named, so that no overlap was looked for."
    rows = []
    for each in found:
        unique = read.sets[each["set"]]["unique"] if each["set"] in read.sets else None
        rows.append(
            [
                each["training"],
                each["set"],
                f"{count(each['exact_queries'])} ({share(each['exact_share'], 1)})",
                f"{count(each['near_queries'])} ({share(each['near_queries'], unique)})",
                f"{count(each['documents'])} of {count(each['documents_in_set'])}",
            ]
        )
    about = (
        "Queries of each set that stand in a training file: the same text when folded, nearly the same "
        "text, and documents in common."
    )
    header = ("training file", "set", "same text", "nearly the same", "documents")
    return "\n\n".join(("## Leakage", about, table(header, rows, texts=2)))


def method(read: Results) -> str:
    """Measures in a sentence each; seeds, machine, versions, commit."""
    content = read.content
    seeds = ", ".join(f"{name} {seed}" for name, seed in content["seeds"].items())
    measures = "\n".join(f"- *{name}* {says}." for name, says in _MEASURES.items())
    levels = "\n".join(f"- *{name}*: {says}." for name, says in _LEVELS.items())
    parts = [
        "## How it was measured",
        (
            f"Each system ranks the {content['depth']} best codes of the pool for each query. The codes of a "
            "row are alternatives: one is enough. A query without an answer scores 0; none is left out."
        ),
        measures,
        f"Levels of credit:\n\n{levels}",
        (
            "Gold that is a category or a code of WHO's ICD-10 is scored at the last two levels alone. Gold "
            "and answers are cut to their category before."
        ),
        (
            f"Intervals are 95 % bootstrap intervals over queries, whole documents drawn where a set has "
            f"them, {count(content['resamples'])} resamples. Two systems are compared on the same queries: "
            "the interval of the difference by the same draws, p by flipping signs "
            f"({count(content['permutations'])} permutations), corrected by Holm's method. Seeds: {seeds}."
        ),
        "A language is the mean of its sets that people wrote, the macro-average the mean of the languages.",
        f"Command: `{content['command']}`",
        table(("measured with", "is"), _facts(read), texts=2),
    ]
    return "\n\n".join(parts)


def _facts(read: Results) -> list[list[str]]:
    content = read.content
    machine = content["machine"]
    facts = {
        "date": content["date"],
        "commit": commit(content),
        "processor": machine["processor"],
        "cores": machine["cores"],
        "memory": f"{machine['memory_gib']} GiB",
        "system": machine["system"],
        "Python": machine["python"],
        **content["versions"],
    }
    return [[str(name), str(value)] for name, value in facts.items()]
