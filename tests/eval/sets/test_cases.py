from __future__ import annotations

import codecs
import gzip
import json
from pathlib import Path

import jsonschema
import pytest

from eval.sets.cases import SCHEMA, Case, Evidence, examples, line_of, load, read, save, schema
from rag.errors import CaseError
from rag.schema import Turn

WHOLE = {
    "id": "seeds-001",
    "question": "And when?",
    "answerable": True,
    "answers": ["1889", "in 1889"],
    "evidence": [{"article": "seeds/tower.md", "quote": "It opened in 1889."}],
    "history": [{"role": "user", "text": "Who built it?"}, {"role": "assistant", "text": "He."}],
    "tags": ["fact", "follow-up"],
}


def written(path: Path, *lines: object) -> Path:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text(text, encoding="utf-8")
    return path


def test_every_field_of_a_line_arrives_in_the_case(tmp_path: Path) -> None:
    assert load(written(tmp_path / "set.jsonl", WHOLE)) == [
        Case(
            id="seeds-001",
            question="And when?",
            answerable=True,
            answers=("1889", "in 1889"),
            evidence=(Evidence("seeds/tower.md", "It opened in 1889."),),
            history=(Turn("user", "Who built it?"), Turn("assistant", "He.")),
            tags=("fact", "follow-up"),
        )
    ]


def test_three_fields_make_an_unanswerable_case(tmp_path: Path) -> None:
    line = {"id": "a", "question": "Why?", "answerable": False}
    assert load(written(tmp_path / "set.jsonl", line)) == [Case("a", "Why?", False)]


def test_a_byte_order_mark_and_blank_lines_are_ignored(tmp_path: Path) -> None:
    path = written(tmp_path / "set.jsonl", "\ufeff" + json.dumps(WHOLE), "", "  \t", "")
    assert [case.id for case in load(path)] == ["seeds-001"]


def test_windows_line_ends_are_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    lines = (json.dumps(WHOLE | {"id": name}) for name in "ab")
    path.write_bytes("\r\n".join(lines).encode())
    assert [case.id for case in load(path)] == ["a", "b"]


def test_a_line_separator_inside_a_string_does_not_end_the_line(tmp_path: Path) -> None:
    line = json.dumps(WHOLE | {"question": "one\u2028two"}, ensure_ascii=False)
    assert load(written(tmp_path / "set.jsonl", line))[0].question == "one\u2028two"


@pytest.mark.parametrize(
    ("change", "field", "advice"),
    [
        ({"answer": "1889"}, "answer", "unknown"),
        ({"evidence": [{"article": "x", "quote": "y", "page": 1}]}, "evidence[0].page", "unknown"),
        ({"history": [{"role": "user", "text": "x", "time": 1}]}, "history[0].time", "unknown"),
        ({"history": [{"role": "system", "text": "x"}]}, "history[0].role", "'assistant'"),
        ({"evidence": [{"article": "x"}]}, "evidence[0].quote", "missing; add it"),
        ({"evidence": [{"article": "x", "quote": " "}]}, "evidence[0].quote", "empty; fill it in"),
        ({"question": ""}, "question", "empty; fill it in"),
        ({"id": True}, "id", "string"),
        ({"answerable": "yes"}, "answerable", "boolean"),
        ({"tags": "fact"}, "tags", "array"),
        ({"answers": [], "evidence": []}, "answers", "set answerable to false"),
        ({"answerable": False}, "answers", "set answerable to true"),
        ({"answerable": False, "answers": []}, "evidence", "set answerable to true"),
    ],
)
def test_a_wrong_field_is_told_with_its_file_line_and_remedy(
    tmp_path: Path, change: dict[str, object], field: str, advice: str
) -> None:
    path = written(tmp_path / "set.jsonl", WHOLE, "", WHOLE | {"id": "b"} | change)
    with pytest.raises(CaseError) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}, line 3, field {field}: ")
    assert advice in message
    assert ";" in message
    assert "\n" not in message


@pytest.mark.parametrize("name", ["id", "question", "answerable"])
def test_a_missing_field_is_told_by_name(tmp_path: Path, name: str) -> None:
    line = {key: value for key, value in WHOLE.items() if key != name}
    with pytest.raises(CaseError, match=f"line 1, field {name}: missing; add it"):
        load(written(tmp_path / "set.jsonl", line))


@pytest.mark.parametrize("line", ["{'id': 1}", "[]", '"text"', '{"id": "a"', "null"])
def test_a_line_that_is_no_json_object_is_told_by_number(tmp_path: Path, line: str) -> None:
    with pytest.raises(CaseError, match=r"line 2, .*; ") as caught:
        load(written(tmp_path / "set.jsonl", WHOLE, line))
    assert "\n" not in str(caught.value)


def test_an_id_that_comes_twice_is_told_with_both_lines(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="line 3, field id: 'seeds-001' is taken by line 1"):
        load(written(tmp_path / "set.jsonl", WHOLE, "", WHOLE))


def test_a_file_that_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(json.dumps(WHOLE).encode() + b'\n{"id": "caf\xe9"}')
    with pytest.raises(CaseError, match="line 2: not UTF-8; save"):
        load(path)


@pytest.mark.parametrize("way", ["bom", "crlf", "gzip", "utf-16"])
def test_a_set_is_read_however_it_was_saved(tmp_path: Path, way: str) -> None:
    data = "".join(f"{json.dumps(WHOLE | {'id': id_})}\n" for id_ in (1, "b")).encode()
    saved = {
        "bom": codecs.BOM_UTF8 + data,
        "crlf": data.replace(b"\n", b"\r\n"),
        "gzip": gzip.compress(data),
        "utf-16": data.decode().encode("utf-16"),
    }
    (tmp_path / "set.jsonl").write_bytes(saved[way])
    assert [case.id for case in load(tmp_path / "set.jsonl")] == ["1", "b"]


def test_a_file_that_is_not_there_is_a_case_error(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"none\.jsonl: cannot be read .*; give the path"):
        load(tmp_path / "none.jsonl")


def test_an_empty_set_is_a_case_error(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="holds no case"):
        load(written(tmp_path / "set.jsonl", "", ""))


def test_every_fault_is_told_and_the_good_lines_are_kept(tmp_path: Path) -> None:
    wrong = WHOLE | {"id": [1], "tags": "fact"}
    path = written(tmp_path / "set.jsonl", wrong, WHOLE, "{", WHOLE | {"id": "b"}, WHOLE)
    reading = read(path)
    assert {line: case.id for line, case in reading.cases.items()} == {2: "seeds-001", 4: "b"}
    assert [str(fault).split(": ")[0] for fault in reading.faults] == [
        f"{path}, line 1, field id",
        f"{path}, line 1, field tags",
        f"{path}, line 3, invalid json",
        f"{path}, line 5, field id",
    ]


def test_evidence_without_an_answer_is_enough(tmp_path: Path) -> None:
    line = {key: value for key, value in WHOLE.items() if key != "answers"}
    assert load(written(tmp_path / "set.jsonl", line))[0].answers == ()


def test_a_case_is_written_as_it_is_read(tmp_path: Path) -> None:
    case = Case("a", "Où ça\u2028?", False, tags=("x",), without=("seeds/tower.md",))
    save(tmp_path / "sets" / "set.jsonl", [case, *examples()])
    assert load(tmp_path / "sets" / "set.jsonl") == [case, *examples()]
    assert "history" not in line_of(case)


def test_a_set_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    path = written(tmp_path / "set.jsonl", WHOLE)
    with pytest.raises(CaseError, match="is there already; name another"):
        save(path, examples())
    assert [case.id for case in load(path)] == ["seeds-001"]


def test_the_committed_schema_is_that_of_the_code() -> None:
    assert json.loads(SCHEMA.read_text("utf-8")) == schema(), "run python -m eval.sets.cases"


@pytest.mark.parametrize(
    ("change", "is_right"),
    [
        ({}, True),
        ({"answers": []}, True),
        ({"evidence": []}, True),
        ({"answers": [], "evidence": []}, False),
        ({"answerable": False}, False),
        ({"answerable": False, "answers": [], "evidence": []}, True),
        ({"answerable": 1}, False),
        ({"question": " "}, False),
        ({"history": [{"role": "system", "text": "x"}]}, False),
        ({"evidence": [{"article": "x"}]}, False),
        ({"without": ["x"]}, True),
        ({"note": ""}, False),
    ],
)
def test_the_schema_accepts_what_the_reader_accepts(
    tmp_path: Path, change: dict[str, object], is_right: bool
) -> None:
    line = WHOLE | change
    assert jsonschema.Draft202012Validator(schema()).is_valid(line) is is_right
    assert (not read(written(tmp_path / "set.jsonl", line)).faults) is is_right


def test_the_seeds_follow_the_schema() -> None:
    lines = SCHEMA.with_name("seeds.jsonl").read_text("utf-8").splitlines()
    validator = jsonschema.Draft202012Validator(schema())
    assert all(validator.is_valid(json.loads(line)) for line in lines)
