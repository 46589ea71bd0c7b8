"""The forms of an answer, and what is wrong with answers that have another."""

from __future__ import annotations

import json

import pytest

from codilingua.synth.answers import (
    READERS,
    AnswerError,
    Phrase,
    Verdict,
    defaults,
    labels,
    phrases,
    schema,
    tiers,
    verdicts,
)


def test_phrases() -> None:
    first = '{"code": "I10", "note": ["HTA  "], "lay": null, "typo": []}'
    text = f'{{"entries": [{first}, {{"code": "I21.9", "lay": ["a"]}}]}}'
    assert phrases(text) == [Phrase("I10", "note", "HTA"), Phrase("I21.9", "lay", "a")]
    assert phrases(f"```json\n{text}\n```") == phrases(text)


def test_other_forms() -> None:
    assert labels('{"labels": {"I10": "hipertensión"}}') == {"I10": "hipertensión"}
    assert tiers('{"0": ["I10"], "1": [], "2": ["I10", "I21.9"]}') == {"I10": 0, "I21.9": 2}
    assert defaults('{"terms": [{"code": "I10", "en": "HTN", "es": "HTA", "ca": " "}]}') == [
        ("en", "HTN", "I10"),
        ("es", "HTA", "I10"),
    ]
    said = '{"verdicts": [{"row": "a", "verdict": "recode", "code": "I10", "text": "", "why": "x"}]}'
    assert verdicts(said) == [Verdict("a", "recode", "I10", "", "x")]


@pytest.mark.parametrize(
    ("form", "text", "said"),
    [
        ("entries", '{"entries": [{"code": "I10", "no', "not JSON"),
        ("entries", "", "not JSON"),
        ("entries", "[]", "a JSON list"),
        ("entries", "{}", "no list 'entries'"),
        ("entries", '{"entries": ["I10"]}', "no list 'entries'"),
        ("entries", '{"entries": [{"note": ["x"]}]}', "without 'code'"),
        ("entries", '{"entries": [{"code": "I10", "shout": ["x"]}]}', "register 'shout'"),
        ("entries", '{"entries": [{"code": "I10", "note": "x"}]}', "not a list of texts"),
        ("labels", '{"labels": ["x"]}', "no object 'labels'"),
        ("tiers", '{"0": ["I10"]}', "tier 1"),
        ("defaults", '{"terms": [{"en": "x"}]}', "without 'code'"),
        ("entries", "[" * 5000, "not JSON"),
        ("verdicts", '{"verdicts": [{"row": "a", "verdict": "maybe"}]}', "verdict 'maybe'"),
        ("verdicts", '{"verdicts": [{"row": "*", "verdict": "drop"}]}', "only 'keep' may stand"),
        ("verdicts", '{"verdicts": [{"row": "a", "verdict": "recode"}]}', "does not say to what"),
        (
            "verdicts",
            '{"verdicts": [{"row": "a", "verdict": "rewrite", "text": " "}]}',
            "does not say to what",
        ),
    ],
)
def test_what_is_wrong(form: str, text: str, said: str) -> None:
    with pytest.raises(AnswerError, match=said):
        READERS[form](text)  # type: ignore[index]


def test_what_a_verdict_does_not_call_for_is_not_heard() -> None:
    said = '{"verdicts": [{"row": "a", "verdict": "recode", "code": "I10", "text": "a remark", "why": ""}]}'
    assert verdicts(said) == [Verdict("a", "recode", "I10", "", "")]


@pytest.mark.parametrize("form", READERS)
def test_schemas_are_strict_and_closed(form: str) -> None:
    def check(node: object) -> None:
        if isinstance(node, dict):
            if node.get("type") == "object":
                assert node["additionalProperties"] is False
                assert node["required"] == list(node["properties"])
            for value in node.values():
                check(value)

    made = schema(form, ["I10", "I21.9"])  # type: ignore[arg-type]
    check(made)
    assert json.loads(json.dumps(made)) == made
