from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval import importers
from eval.importers import Written
from eval.sets.cases import Case, load
from eval.sets.evidence import check, folders
from rag.errors import CaseError
from rag.loaders import read, read_file

BRIDGE = "The bridge is old. It is 640 metres long, says the mayor."
SQUAD = {
    "data": [
        {
            "title": "Old_bridge",
            "paragraphs": [
                {"context": "The river floods.", "qas": []},
                {
                    "context": BRIDGE,
                    "qas": [
                        {
                            "id": "q1",
                            "question": "How long is it?",
                            "answers": [
                                {"text": "640 metres", "answer_start": 25},
                                {"text": "640", "answer_start": 25},
                            ],
                        },
                        {"id": "q1", "question": "Who built it?", "answers": []},
                        {
                            "id": "q3",
                            "question": "How old is it?",
                            "answers": [{"text": "very old", "answer_start": 3}],
                        },
                    ],
                },
            ],
        }
    ]
}
CLAPNQ = {
    "id": "77",
    "input": "how long is the bridge",
    "passages": [{"title": "Bridge", "sentences": ["It is old .", "It is 640 metres long ."]}],
    "output": [
        {
            "answer": "It is 640 metres long.",
            "selected_sentences": ["It is 640 metres long .", "It is wide ."],
        }
    ],
}


def write(file: Path, *documents: Any) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(json.dumps(document) for document in documents), "utf-8")
    return file


def imported(path: Path, out: Path) -> tuple[dict[str, Case], Written]:
    """The cases by id; every quote was found in the articles that were written."""
    written = importers.write(importers.read(path), out)
    found = check(written.file)
    assert found.faults == () and found.quotes == written.quotes
    cases = {case.id: case for case in load(written.file)}
    assert written.answerable == sum(case.answerable for case in cases.values())
    assert written.answerable + written.unanswerable == len(cases)
    assert len(read(out / "articles")) == written.articles
    return cases, written


def test_a_squad_answer_is_quoted_with_its_sentence(tmp_path: Path) -> None:
    cases, _ = imported(write(tmp_path / "any.bin", SQUAD), tmp_path / "out")
    (evidence,) = cases["q1"].evidence
    assert evidence.quote == "It is 640 metres long, says the mayor."
    assert cases["q1"].answers == ("640 metres", "640")
    article = read_file(tmp_path / "out" / evidence.article)
    assert article.title == "Old bridge" and article.text == f"The river floods.\n\n{BRIDGE}"
    assert not cases["q1-2"].answerable, "two of an id are told apart"


def test_an_answer_that_is_not_where_the_set_says_is_told_and_counted(tmp_path: Path) -> None:
    cases, written = imported(write(tmp_path / "set.json", SQUAD), tmp_path / "out")
    assert cases["q3"].answerable and not cases["q3"].evidence
    assert written.bare == 1 and written.lost == ("q3: “very old” is not at 3 of its paragraph",)


def test_the_selected_sentences_of_clapnq_are_its_evidence(tmp_path: Path) -> None:
    asked = {**CLAPNQ, "id": "78", "input": "who built it", "output": [{"answer": ""}]}
    file = write(tmp_path / "set.jsonl", CLAPNQ, asked)
    cases, written = imported(file, tmp_path / "out")
    assert [one.quote for one in cases["77"].evidence] == ["It is 640 metres long ."]
    assert not cases["78"].answerable and written.articles == 1
    assert written.lost == ("77: its passage does not say “It is wide .”",)


def test_a_set_without_any_answer_still_has_its_articles(tmp_path: Path) -> None:
    file = write(tmp_path / "set.jsonl", {**CLAPNQ, "output": [{"answer": ""}]})
    cases, written = imported(file, tmp_path / "out")
    assert folders(list(cases.values()), written.file) == [tmp_path / "out" / "articles"]


def beir(folder: Path) -> Path:
    write(
        folder / "corpus.jsonl",
        {"_id": "d1", "title": "Bridge", "text": BRIDGE, "metadata": {"url": "https://a.example"}},
        {"_id": "d2", "title": "", "text": " \n", "metadata": {}},
        {"_id": "d3", "title": "Ferry: a boat", "text": "It has 240 seats.\r\nIt is new."},
    )
    write(
        folder / "queries.jsonl",
        {"_id": "q1", "text": "length of the bridge"},
        {"_id": "q2", "text": "who knows"},
        {"_id": "q3", "text": "boats"},
    )
    qrels = folder / "qrels"
    qrels.mkdir()
    (qrels / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq3\td3\t2\nq3\td9\t1\nq3\td1\t0\n")
    (qrels / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\nq3\td1\t1\n")
    return folder


def test_a_relevant_document_of_beir_is_evidence_as_a_whole(tmp_path: Path) -> None:
    cases, written = imported(beir(tmp_path / "beir"), tmp_path / "out")
    assert list(cases) == ["q1", "q3"]
    assert [one.quote for one in cases["q1"].evidence] == [BRIDGE]
    assert len(cases["q3"].evidence) == 2
    assert cases["q1"].tags == ("test",) and cases["q3"].tags == ("dev", "test")
    article = read_file(tmp_path / "out" / cases["q1"].evidence[0].article)
    assert article.stated_source == "https://a.example"
    assert written.lost == (
        "document d2: it has no text",
        "q3: the corpus has no document d9",
        "q2: no document is judged relevant to it",
    )


def test_a_judgement_that_is_none_is_told_with_its_line(tmp_path: Path) -> None:
    (beir(tmp_path) / "qrels" / "test.tsv").write_text("q1\td1\t1\nq1 d1 1\n")
    with pytest.raises(CaseError, match=r"test\.tsv, line 2: .*; mend it"):
        importers.read(tmp_path)


def test_a_fact_of_multihop_rag_is_found_whatever_its_white_space_and_marks(tmp_path: Path) -> None:
    article = {
        "title": "The bridge",
        "body": "It is old.\n\nThe mayor’s bridge  is 640 metres\nlong. It is new.",
        "url": "https://a.example/1",
        "source": "The Courier",
        "published_at": "2023-09-28T12:00:00+00:00",
    }
    asked = {
        "query": "How long is the bridge of the mayor?",
        "answer": "640 metres",
        "question_type": "inference_query",
        "evidence_list": [
            {"url": article["url"], "fact": "The mayor's bridge is 640 metres long."},
            {"title": "The bridge", "fact": "It is green."},
            {"title": "Another", "fact": "It is new."},
        ],
    }
    null = {"query": "Who?", "answer": "Insufficient information.", "evidence_list": []}
    write(tmp_path / "set" / "corpus.json", [article])
    write(tmp_path / "set" / "MultiHopRAG.json", [asked, null])
    cases, written = imported(tmp_path / "set", tmp_path / "out")
    (evidence,) = cases["1"].evidence
    assert evidence.quote == "The mayor’s bridge  is 640 metres\nlong."
    assert cases["1"].tags == ("inference_query",) and not cases["2"].answerable
    found = read_file(tmp_path / "out" / evidence.article)
    assert (found.publisher, str(found.published)) == ("The Courier", "2023-09-28")
    assert len(written.lost) == 2


def test_a_table_brings_its_articles_or_names_them(tmp_path: Path) -> None:
    (tmp_path / "ferry.md").write_text(
        "---\npublished: 2021-03-02\n---\nIt has 240 seats.", "utf-8"
    )
    file = tmp_path / "set.csv"
    file.write_text(
        "\ufeffId,Question,Answer,Evidence,Context,Article,Tags,Answerable,Note\n"
        f'a,How long?,640 metres|640 m,"It is 640 metres long, says the mayor.","{BRIDGE}",,x|y,,\n'
        "b,How many?,240,It has 241 seats.|240 seats,,ferry.md,,,\n"
        "c,How deep?,9 m,It is 9 m deep.,,,,,\n"
        f'd,Who?,nobody,,"{BRIDGE}",,,No,\n',
        "utf-8",
    )
    cases, written = imported(file, tmp_path / "out")
    assert cases["a"].answers == ("640 metres", "640 m") and cases["a"].tags == ("x", "y")
    assert [one.quote for one in cases["b"].evidence] == ["240 seats"]
    assert [one.quote for one in cases["c"].evidence] == ["It is 9 m deep."]
    assert not cases["d"].answerable and not cases["d"].answers
    assert written.articles == 3, "a context that comes twice is one article"
    assert written.lost == (
        "column Note: not read",
        "line 3: its article does not say “It has 241 seats.”",
    )


@pytest.mark.parametrize(
    ("name", "words", "message"),
    [
        ("x.json", '{"data": [{"paragraphs": [{"qas": []}]}]}', "paragraphs.0..context: missing"),
        ("x.jsonl", '{"input": "a", "passages": 1, "output": []}', "line 1, passages: .*array"),
        ("x.csv", "a,b\n1,2\n", "no column is called question"),
        ("x.csv", "question\n", "holds no question"),
        ("x.json", '{"rows": []}', "of no known format; name one of squad, clapnq"),
        ("x.txt", "words", "of no known format"),
    ],
)
def test_what_is_no_set_is_told_with_its_place(
    tmp_path: Path, name: str, words: str, message: str
) -> None:
    (tmp_path / name).write_text(words, "utf-8")
    with pytest.raises(CaseError, match=message) as caught:
        importers.read(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_nothing_is_written_over_and_a_failure_leaves_nothing(tmp_path: Path) -> None:
    foreign = importers.read(write(tmp_path / "set.json", SQUAD))
    (tmp_path / "out").mkdir()
    importers.write(foreign, tmp_path / "out")
    with pytest.raises(CaseError, match="is there already; name a new folder"):
        importers.write(foreign, tmp_path / "out")

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        importers.write(foreign, tmp_path / "other", stop)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["out", "set.json"]


def saved(path: Path, words: str, way: str) -> Path:
    """The words as some program saves them."""
    data = words.encode("utf-16" if way == "utf-16" else "cp1252" if way == "cp1252" else "utf-8")
    if way == "bom":
        data = b"\xef\xbb\xbf" + data
    if way == "crlf":
        data = data.replace(b"\n", b"\r\n")
    if way == "gzip":
        data, path = gzip.compress(data), path.with_name(path.name + ".gz")
    path.write_bytes(data)
    return path


WAYS = ("plain", "bom", "crlf", "gzip", "utf-16")


@pytest.mark.parametrize("way", WAYS)
def test_a_set_is_read_however_it_was_saved(tmp_path: Path, way: str) -> None:
    squad = saved(tmp_path / "squad.json", json.dumps(SQUAD, indent=1), way)
    assert list(imported(squad, tmp_path / "1")[0]) == ["q1", "q1-2", "q3"]
    lines = "\n".join(json.dumps({**CLAPNQ, "id": number}) for number in (7, 8))
    clapnq = saved(tmp_path / "clapnq.jsonl", lines, way)
    assert list(imported(clapnq, tmp_path / "2")[0]) == ["7", "8"]
    folder = beir(tmp_path / "beir")
    for file in [*folder.glob("*.jsonl"), *folder.glob("qrels/*")]:
        words = file.read_text("utf-8")
        file.unlink()
        saved(file, words, way)
    cases, _ = imported(folder, tmp_path / "3")
    assert list(cases) == ["q1", "q3"] and cases["q3"].tags == ("dev", "test")
    table = f'id;question;answer;context\n1;"How\nlong?";640 metres;"{BRIDGE}"\n\n'
    cases, _ = imported(saved(tmp_path / "t.csv", table, way), tmp_path / "4")
    assert [(id_, case.question) for id_, case in cases.items()] == [("1", "How long?")]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("name", ["set.csv", "set.tsv", "set.txt"])
def test_the_cells_of_a_table_are_told_by_its_head(tmp_path: Path, mark: str, name: str) -> None:
    file = tmp_path / name
    head, row = ["question", "answer", "context"], ["How; far, is it?", "640 metres", BRIDGE]
    quoted = [f'"{cell}"' for cell in row]
    file.write_text(f"{mark.join(head)}\n{mark.join(quoted)}\n", "utf-8")
    cases, written = imported(file, tmp_path / "out")
    assert [case.question for case in cases.values()] == ["How; far, is it?"]
    assert written.lost == ()


def test_a_table_as_excel_saves_it_is_read(tmp_path: Path) -> None:
    table = f"sep=;\r\nQuestion;Answer;Context\r\nWie groß?;640 Metres;{BRIDGE}\r\n;;\r\n"
    cases, _ = imported(saved(tmp_path / "t.csv", table, "cp1252"), tmp_path / "out")
    assert [case.question for case in cases.values()] == ["Wie groß?"]


def test_numbers_and_what_is_missing_are_taken(tmp_path: Path) -> None:
    asked = [
        {"id": 262, "question": "How long?", "answers": [{"text": 640}], "is_impossible": False},
        {"id": 1.5, "question": "Who?", "is_impossible": True,
         "answers": [{"text": "nobody", "answer_start": -1}]},
        {"id": None, "question": "Why?", "answers": None},
        {"question": "Where?"},
    ]  # fmt: skip
    paragraphs = [{"context": BRIDGE, "document_id": 1, "qas": asked}, {"context": "End."}]
    covid = {"data": [{"title": None, "paragraphs": paragraphs}]}
    cases, written = imported(write(tmp_path / "covid.json", covid), tmp_path / "1")
    assert [case.answerable for case in cases.values()] == [True, False, False, False]
    assert cases["262"].answers == ("640",) and written.lost == ()
    assert cases["262"].evidence[0].quote.startswith("It is 640 metres long")

    bare = {"id": 7, "input": "How long?", "passages": [{"sentences": ["It is 640 m long."]}]}
    told = {**bare, "id": 8, "output": [{"answer": 640, "selected_sentences": None}]}
    cases, _ = imported(write(tmp_path / "c.jsonl", bare, told), tmp_path / "2")
    assert not cases["7"].answerable and cases["8"].answers == ("640",)

    folder = beir(tmp_path / "beir")
    write(folder / "corpus.jsonl", {"_id": 1, "title": None, "text": BRIDGE, "metadata": []},
          {"_id": 2, "title": "Empty", "text": None})  # fmt: skip
    write(folder / "queries.jsonl", {"_id": 5, "text": "length"})
    for file in folder.glob("qrels/*"):
        file.unlink()
    (folder / "qrels" / "test.tsv").write_text("query\tdocument\trelevance\n5\t1\t1.0\n")
    (folder / "qrels" / "trec.tsv").write_text("5 \t0\t2\t1\n")
    cases, _ = imported(folder, tmp_path / "3")
    assert cases["5"].tags == ("test", "trec") and len(cases["5"].evidence) == 2

    write(tmp_path / "hop" / "corpus.json", [{"title": None, "body": BRIDGE, "url": "u"}])
    fact = {"url": "u", "title": None, "fact": "It is 640 metres long"}
    hop = {"query": "Long?", "answer": 640, "question_type": None, "evidence_list": [fact]}
    write(tmp_path / "hop" / "MultiHopRAG.json", [hop, {"query": "Who?"}])
    cases, _ = imported(tmp_path / "hop", tmp_path / "4")
    assert cases["1"].answers == ("640",) and not cases["2"].answerable


def test_a_table_names_no_article_outside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("Secret.")
    (tmp_path / "sets").mkdir()
    (tmp_path / "sets" / "link.txt").symlink_to(tmp_path / "secret.txt")
    for name in ("../secret.txt", str(tmp_path / "secret.txt"), "link.txt"):
        (tmp_path / "sets" / "t.csv").write_text(f"question,article\nWho?,{name}\n")
        with pytest.raises(CaseError, match="outside the table's folder"):
            importers.read(tmp_path / "sets" / "t.csv")


def test_gzip_that_is_cut_short_is_told(tmp_path: Path) -> None:
    (tmp_path / "s.json.gz").write_bytes(gzip.compress(json.dumps(SQUAD).encode())[:-20])
    with pytest.raises(CaseError, match=r"damaged .*; fetch it again"):
        importers.read(tmp_path / "s.json.gz", "squad")


END = {"question": "What?", "answers": [{"text": "end", "answer_start": 4}]}
# Half a surrogate pair is refused when the JSON is read.
ANY = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)


@settings(max_examples=60, deadline=None)
@given(title=ANY, before=ANY, answer=ANY, after=ANY)
def test_whatever_a_set_says_its_quotes_stand_in_the_articles_that_are_written(
    tmp_path_factory: pytest.TempPathFactory, title: str, before: str, answer: str, after: str
) -> None:
    folder = tmp_path_factory.mktemp("hostile")
    asked = {"question": "Why?", "answers": [{"text": answer, "answer_start": len(before)}]}
    context = f"{before}{answer}{after}"
    paragraphs = [{"context": context, "qas": [asked]}, {"context": "The end.", "qas": [END]}]
    file = write(folder / "set.json", {"data": [{"title": title, "paragraphs": paragraphs}]})
    _, written = imported(file, folder / "out")
    assert written.quotes == 1 + bool(answer.strip() and not written.lost)


def flat(asked: str, context: str = BRIDGE, title: str | None = "Old_bridge") -> dict[str, Any]:
    answers = {"text": ["640 metres"], "answer_start": [25]} if context == BRIDGE else {"text": []}
    row = {"id": asked[:3], "context": context, "question": asked, "answers": answers}
    return row | ({"title": title} if title else {})


@pytest.mark.parametrize("shape", ["lines", "list"])
def test_squad_as_the_hubs_have_it_is_read_a_question_a_line(tmp_path: Path, shape: str) -> None:
    rows = [flat("How long is it?"), flat("Who fell?", "It is wet."), flat("Any length?")]
    rows += [flat("Is it dry?", "It is dry.", None)]
    file = tmp_path / "any.jsonl"
    file = write(file, *rows) if shape == "lines" else write(file, rows)
    assert importers.detect(file) == "squad"
    cases, written = imported(file, tmp_path / "out")
    assert written.articles == 2
    (evidence,) = cases["How"].evidence
    assert evidence.quote == "It is 640 metres long, says the mayor."
    article = read_file(tmp_path / "out" / evidence.article)
    assert article.title == "Old bridge" and article.text == f"{BRIDGE}\n\nIt is wet."
    assert not cases["Who"].answerable
