"""Promises of a run over another system: figures that are known by hand, and nothing made up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from peers import Peer, Sent, answers, completion, peer

from eval import report, session
from eval.compare import gate
from eval.compare import runs as comparing
from eval.observer import Silent
from eval.report.summary import Summary
from eval.runs import store
from eval.runs.store import Run
from eval.session import Choice
from eval.targets.endpoint import Endpoint
from rag.errors import ProviderError, RunError, SettingsError
from rag.settings import Settings, load

TOWER = "# The tower\n\nThe tower stands in Paris. It opened in 1889. It is 330 metres tall.\n"
BRIDGE = "# The bridge\n\nThe bridge is red. It opened in 1937.\n"
KEY = "sk-a-key-that-nobody-may-see"

OPENED, TALL = "When did the tower open?", "How tall is the tower?"
COLOUR, BRIDGED = "What colour is the bridge?", "When did the bridge open?"
BUILDER, COST = "Who built the bridge?", "What did the tower cost?"


def case(id_: str, question: str, answer: str = "", article: str = "", quote: str = "") -> Any:
    if not answer:
        return {"id": id_, "question": question, "answerable": False, "tags": ["none"]}
    evidence = [{"article": f"texts/{article}.md", "quote": quote}]
    return {
        "id": id_, "question": question, "answerable": True, "answers": [answer],
        "evidence": evidence, "tags": [article],
    }  # fmt: skip


CASES = [
    case("a", OPENED, "1889", "tower", "It opened in 1889."),
    case("b", TALL, "330 metres", "tower", "It is 330 metres tall."),
    case("c", COLOUR, "red", "bridge", "The bridge is red."),
    case("d", BRIDGED, "1937", "bridge", "It opened in 1937."),
    case("e", BUILDER),
    case("f", COST),
]
FOOTNOTES = {
    OPENED: "It opened in 1889 [1]. Many people come [2].\n\n"
    "[1] The tower: “It opened in 1889.”\n[2] The bridge: “The bridge is red.”",
    TALL: "The tower has 330 metres [1].\n\n[1] The tower",
    COLOUR: "The articles do not say.",
    BRIDGED: "In 1912 [1].\n\nSources:\n\n1. The bridge, “It opened in 1937.”",
    BUILDER: "I could not find this in the documents.",
    COST: "It cost 8 million[^1]. Nobody complained.\n\n"
    "[^1]: [A page](https://elsewhere.example/x), “The price was 8 million.”",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """No model is here, and none is needed."""
    return load(library=tmp_path / "library", models_dir=tmp_path / "models", timeout=60, retries=2)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "tower.md").write_text(TOWER, "utf-8")
    (tmp_path / "texts" / "bridge.md").write_text(BRIDGE, "utf-8")
    return written(tmp_path / "set.jsonl", CASES)


def written(file: Path, cases: list[Any]) -> Path:
    file.write_text("\n".join(map(json.dumps, cases)), "utf-8")
    return file


@pytest.fixture
def honest() -> Iterator[Peer]:
    """It cites in notes below its text."""
    with peer(answers(FOOTNOTES)) as made:
        yield made


def run(
    settings: Settings, file: Path, asked: Peer, out: str = "run", **of: Any
) -> tuple[Run, Summary]:
    choice = {name: of.pop(name) for name in ("workers", "limit", "prices") if name in of}
    endpoint = Endpoint(asked.url, **({"model": "peer-1"} | of))
    folder = file.parent / out
    return session.run(settings, Choice(file, folder, target=endpoint, **choice), Silent())


def values(summary: Summary) -> dict[str, tuple[float | None, int]]:
    return {name: (figure.value, figure.n) for name, figure in summary.figures.items()}


def test_the_figures_of_a_scripted_system_are_those_that_are_known_by_hand(
    settings: Settings, file: Path, honest: Peer
) -> None:
    _, summary = run(settings, file, honest, citations="footnotes")
    found = values(summary)
    # a and b hold the gold answer, c is refused, d is wrong.
    assert found["containment"] == (2 / 4, 4)
    # a cites the evidence and another place, b the whole article that has it, d the evidence.
    assert found["citation hit"] == (1.0, 3)
    assert found["citation precision"] == (pytest.approx((1 / 2 + 1 + 1) / 3), 3)
    assert found["citation recall"] == (1.0, 3)
    assert found["citation F1"] == (pytest.approx((2 / 3 + 1 + 1) / 3), 3)
    # All sentences of a, b and d, one of two of f.
    assert found["sentences cited"] == (pytest.approx((1 + 1 + 1 + 1 / 2) / 4), 4)
    # e is refused rightly, c wrongly; f claims something.
    assert found["claimed"] == (1 / 2, 2)
    assert found["refusals right"] == (1, 2)
    assert found["refusals wrong"] == (1, 4)
    assert found["refusal precision"] == (1 / 2, 2)
    assert found["refusal recall"] == (1 / 2, 2)
    assert found["refusal F1"] == (1 / 2, 6)
    assert found["coverage"] == (pytest.approx(4 / 6), 6)  # all but c and e
    assert found["risk"] == (2 / 4, 4)  # d and f
    assert found["failed"] == (0, 6)
    assert summary.figures["containment"].low is not None
    assert {tag: of["containment"].value for tag, of in summary.tags.items()} == {
        "tower": 1.0, "bridge": 0.0, "none": None,
    }  # fmt: skip


def test_what_a_system_does_not_tell_is_undefined_and_not_zero(
    settings: Settings, file: Path, honest: Peer
) -> None:
    _, summary = run(settings, file, honest, citations="footnotes")
    untold = {
        "sentences verified", "containment unquoted", "AUROC", "calibration error", "AURC",
        "hedged right", "hedged wrong", "hit@1", "hit@3", "hit@5", "hit@10", "recall@5",
        "recall@10", "nDCG@10", "MRR",
    }  # fmt: skip
    assert {name: value for name, value in values(summary).items() if name in untold} == (
        dict.fromkeys(untold, (None, 0))
    )
    assert not {"seconds to sources median", "tokens read", "similarity"} & summary.figures.keys()


def test_a_system_whose_citations_are_not_read_has_none_that_could_be_wrong(
    settings: Settings, file: Path, honest: Peer
) -> None:
    _, summary = run(settings, file, honest, citations="none")
    found = values(summary)
    for name in (
        "citation hit", "citation precision", "citation recall", "citation F1", "sentences cited",
        "ALCE recall", "ALCE precision",
    ):  # fmt: skip
        assert found[name] == (None, 0), name
    # The notes below a text are no words of the answer, wherever its citations are read.
    assert found["containment"] == (2 / 4, 4)
    assert found["refusal F1"] == (1 / 2, 6)


def test_where_a_citation_names_no_words_nothing_is_said_of_what_they_carry(
    settings: Settings, file: Path, honest: Peer
) -> None:
    done, _ = run(settings, file, honest, citations="footnotes")
    rows = {row.case.id: row.values for row in done.rows}
    assert rows["a"]["ALCE recall"] == 1 / 2  # the bridge's colour carries nothing of the crowd
    assert rows["b"]["ALCE recall"] is None and rows["b"]["ALCE precision"] is None
    assert rows["f"]["citation hit"] is None  # there is no evidence that it could cite


def test_what_a_system_found_is_measured_as_its_retrieval(settings: Settings, file: Path) -> None:
    found = [
        {"text": "The tower stands in Paris. It opened in 1889.", "title": "The tower"},
        {"text": "It is 330 metres tall.", "title": "The tower"},
    ]
    script = {
        OPENED: completion("In 1889 [1].", documents=found),
        TALL: completion("330 metres [2].", documents=found),
        COLOUR: completion("It is red.", documents=found),
        BRIDGED: completion("In 1937.", documents=[]),
        BUILDER: completion("I don't know.", documents=found),
        COST: completion("It was cheap.", documents=found),
    }
    usage = {"prompt_tokens": 100, "completion_tokens": 20}
    script = {
        question: replace(sent, body={**sent.body, "usage": usage})
        for question, sent in script.items()
    }
    with peer(answers(script)) as asked:
        _, summary = run(settings, file, asked, citations="field")
    figures = values(summary)
    assert figures["hit@1"] == (1 / 4, 4)  # a at the first, b at the second, c and d nowhere
    assert figures["hit@3"] == (2 / 4, 4)
    assert figures["MRR"] == (pytest.approx((1 + 1 / 2) / 4), 4)
    assert figures["recall@5"] == (2 / 4, 4)
    assert figures["citation hit"] == (2 / 4, 4)  # c and d answer and cite nothing
    assert figures["tokens read"] == (600, 6)
    assert figures["tokens written"] == (120, 6)


def test_the_first_answers_show_where_citations_are_and_the_run_says_so(
    settings: Settings, file: Path, honest: Peer
) -> None:
    done, _ = run(settings, file, honest, model="")
    assert done.record.target == Endpoint(honest.url, "peer-1", "", "footnotes")
    assert done.record.model == "peer-1"
    assert honest.asked[0].path == "/v1/models"
    assert honest.questions == [*(OPENED, TALL, COLOUR), *FOOTNOTES]
    told = (done.folder / report.MARKDOWN).read_text("utf-8")
    assert "peer\\-1 cited the evidence itself" in told and "Ibid cited" not in told


def test_a_system_of_several_models_is_asked_none_that_was_not_named(
    settings: Settings, file: Path
) -> None:
    listed = Sent({"data": [{"id": "one"}, {"id": "two"}]})
    named = pytest.raises(ProviderError, match="one, two; name one with --target-model")
    with peer(lambda _: listed) as asked, named:
        run(settings, file, asked, model="")
    assert not (file.parent / "run").exists()


def test_a_run_that_was_stopped_is_gone_on_with_as_it_was_begun(
    settings: Settings, file: Path, honest: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEER_KEY", KEY)
    whole, _ = run(settings, file, honest, key_env="PEER_KEY")
    lines = (whole.folder / store.ROWS).read_text("utf-8").splitlines(keepends=True)
    (whole.folder / store.ROWS).write_text("".join(lines[:2]), "utf-8")
    record = json.loads((whole.folder / store.RECORD).read_text("utf-8"))
    (whole.folder / store.RECORD).write_text(json.dumps(record | {"finished": None}), "utf-8")
    honest.asked.clear()
    again, summary = session.resume(settings, whole.folder, 1, Silent())
    assert honest.questions == [COLOUR, BRIDGED, BUILDER, COST]
    assert {one.key for one in honest.asked} == {f"Bearer {KEY}"}
    assert again.is_finished and values(summary)["containment"] == (2 / 4, 4)
    monkeypatch.delenv("PEER_KEY")
    (whole.folder / store.RECORD).write_text(json.dumps(record | {"finished": None}), "utf-8")
    with pytest.raises(SettingsError, match="PEER_KEY"):
        session.resume(settings, whole.folder, 1, Silent())


def test_several_questions_at_once_give_the_same_figures(
    settings: Settings, file: Path, honest: Peer
) -> None:
    _, one = run(settings, file, honest, "one", citations="footnotes")
    _, many = run(settings, file, honest, "many", citations="footnotes", workers=4)
    timed = {"seconds median", "seconds p95"}
    assert {k: v for k, v in values(one).items() if k not in timed} == {
        k: v for k, v in values(many).items() if k not in timed
    }


def test_the_key_stands_in_no_file_of_a_run_whatever_the_system_says(
    settings: Settings, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEER_KEY", KEY)

    def repeats(asked: Any) -> Sent:
        question = asked.json["messages"][-1]["content"]
        if question == OPENED:
            return completion(f"Your key is {KEY} [1].\n\n[1] {KEY}: “{KEY}”")
        if question == TALL:
            return Sent({"error": {"message": "x" * 190 + KEY}}, 401)
        return Sent(status=302, headers={"Location": f"http://other.example/?key={KEY}"})

    with peer(repeats) as asked:
        done, summary = run(
            settings, file, asked, citations="footnotes", key_env="PEER_KEY"
        )  # fmt: skip
    assert {one.key for one in asked.asked} == {f"Bearer {KEY}"}
    assert values(summary)["failed"] == (5, 6)
    for path in done.folder.iterdir():
        assert KEY[:12] not in path.read_text("utf-8"), path
    assert done.record.target and done.record.target.key_env == "PEER_KEY"


def test_two_systems_are_compared_and_gated_as_two_runs_of_ibid(
    settings: Settings, file: Path, honest: Peer
) -> None:
    better = FOOTNOTES | {
        COLOUR: "It is red [1].\n\n[1] The bridge: “The bridge is red.”",
        COST: "The articles do not mention a price.",
    }
    first, _ = run(settings, file, honest, "first", citations="footnotes")
    with peer(answers(better)) as other:
        second, _ = run(settings, file, other, "second", citations="footnotes", model="peer-2")
    compared = comparing.compare(first, second)
    assert [flip.second.case.id for flip in compared.better] == ["c", "f"]
    assert compared.worse == []
    by_name = {one.name: one for one in compared.measures}
    assert (by_name["containment"].first, by_name["containment"].second) == (2 / 4, 3 / 4)
    assert not {"MRR", "sentences verified", "hit@5"} & by_name.keys()
    (told,) = compared.changes
    assert told.startswith("the system asked was") and "peer-2" in told
    measured = gate.read(second.folder)
    assert gate.breaches(measured, gate.Bounds({}, {"containment": 0.7}, {"claimed": 0})) == []
    (breach,) = gate.breaches(measured, gate.Bounds({}, {"hit@5": 0.5}, {}))
    assert "undefined" in breach
    worse = gate.breaches(
        gate.read(first.folder), gate.Bounds({"containment": 0.1}, {}, {}), measured
    )
    assert len(worse) == 1 and "containment" in worse[0]


def test_a_run_is_not_gone_on_with_after_the_articles_have_changed(
    settings: Settings, file: Path, honest: Peer
) -> None:
    done, _ = run(settings, file, honest)
    record = json.loads((done.folder / store.RECORD).read_text("utf-8"))
    (done.folder / store.RECORD).write_text(json.dumps(record | {"finished": None}), "utf-8")
    (file.parent / "texts" / "bridge.md").write_text(f"{BRIDGE} It is long.\n", "utf-8")
    with pytest.raises(RunError, match="other articles"):
        session.resume(settings, done.folder, 1, Silent())


def test_what_asks_without_an_article_is_left_out_since_another_system_has_it(
    settings: Settings, file: Path, honest: Peer
) -> None:
    without = {"id": "g", "question": OPENED, "answerable": False, "without": ["texts/tower.md"]}
    written(file, [*CASES, without])
    said: list[str] = []

    class Listening(Silent):
        def tell(self, text: str) -> None:
            said.append(text)

    choice = Choice(file, file.parent / "run", target=Endpoint(honest.url))
    done, _ = session.run(settings, choice, Listening())
    assert [row.case.id for row in done.rows] == list("abcdef")
    assert any(line.startswith("1 cases are left out") for line in said)


def test_the_articles_may_lie_elsewhere_than_the_set_says(
    settings: Settings, file: Path, honest: Peer, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "texts").rename(tmp_path / "elsewhere" / "texts")
    folder = tmp_path / "elsewhere" / "texts"
    _, summary = run(settings, file, honest, citations="footnotes", articles=folder)
    assert values(summary)["citation recall"] == (1.0, 3)


def test_a_follow_up_is_asked_with_the_conversation_before_it(
    settings: Settings, file: Path
) -> None:
    history = [
        {"role": "user", "text": "Where is the tower?"},
        {"role": "assistant", "text": "In Paris."},
    ]
    written(file, [CASES[0] | {"question": "And when did it open?", "history": history}])
    with peer(answers({"And when did it open?": "In 1889."})) as asked:
        _, summary = run(settings, file, asked, citations="none")
    assert asked.asked[0].json == {
        "model": "peer-1",
        "stream": False,
        "messages": [
            {"role": "user", "content": "Where is the tower?"},
            {"role": "assistant", "content": "In Paris."},
            {"role": "user", "content": "And when did it open?"},
        ],
    }
    assert values(summary)["containment"] == (1.0, 1)


def test_a_report_says_nothing_of_verdicts_that_nobody_told(
    settings: Settings, file: Path, honest: Peer
) -> None:
    done, _ = run(settings, file, honest, citations="footnotes")
    page = (done.folder / report.HTML).read_text("utf-8")
    assert "It cost 8 million." in page and "not checked yet" not in page
    assert "embedder" not in done.record.models  # none is here, so nothing is told of similarity
