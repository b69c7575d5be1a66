from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from eval import metrics
from eval.bench import calibration, growth, questions, retrieval
from rag.errors import CaseError
from rag.schema import Passage

SQUAD = {
    "data": [
        {
            "title": "Old_bridge",
            "paragraphs": [
                {"context": "The bridge is old.", "qas": []},
                {
                    "context": "It is 640 metres long.",
                    "qas": [
                        {
                            "id": "1",
                            "question": "How long is it?",
                            "answers": [{"text": "640 metres", "answer_start": 6}],
                        },
                        {"id": "2", "question": "Who built it?", "answers": []},
                    ],
                },
            ],
        }
    ]
}
CLAPNQ = {
    "input": "how long is the bridge",
    "passages": [{"title": "Bridge", "sentences": ["It is old .", "It is 640 metres long ."]}],
    "output": [{"answer": "640 metres .", "selected_sentences": ["It is 640 metres long ."]}],
}


def write(folder: Path, name: str, *documents: object) -> Path:
    file = folder / name
    file.write_text("\n".join(json.dumps(document) for document in documents), "utf-8")
    return file


def test_a_squad_span_is_the_gold_answer_in_the_joined_article(tmp_path: Path) -> None:
    found = questions.read(write(tmp_path, "anything.bin", SQUAD))
    assert found is not None and found.format == "squad"
    (article,) = found.articles
    assert article.title == "Old bridge"
    answered, unanswered = found.questions
    ((article_id, start, end),) = answered.spans
    assert article_id == article.id and article.text[start:end] == "640 metres"
    assert unanswered.spans == ()


def test_a_clapnq_span_is_a_selected_sentence(tmp_path: Path) -> None:
    unanswerable = {**CLAPNQ, "input": "who built it", "output": [{"answer": ""}]}
    found = questions.read(write(tmp_path, "x.jsonl", CLAPNQ, unanswerable))
    assert found is not None and found.format == "clapnq"
    (article,) = found.articles
    ((_, start, end),) = found.questions[0].spans
    assert article.text[start:end] == "It is 640 metres long ."
    assert found.questions[1].spans == ()


def test_a_file_of_another_format_is_left_out_and_a_folder_of_such_is_told(tmp_path: Path) -> None:
    write(tmp_path, "other.json", {"rows": []})
    (tmp_path / "README.md").write_text("words")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff")
    with pytest.raises(CaseError, match="no SQuAD or ClapNQ file"):
        questions.load(tmp_path)
    write(tmp_path, "set.json", SQUAD)
    assert [one.name for one in questions.load(tmp_path)] == ["set.json"]


def test_the_rank_is_that_of_the_first_passage_over_a_gold_span(tmp_path: Path) -> None:
    found = questions.read(write(tmp_path, "set.json", SQUAD))
    assert found is not None
    info, question = found.articles[0].info, found.questions[0]
    before, over = Passage(info, 0, 18, "", 0.9, probability=0.9), Passage(info, 20, 42, "", 0.8)
    assert retrieval.gold_rank([before, over, over], question) == 2
    assert retrieval.gold_rank([before], question) is None


def test_the_metrics_of_a_stage_follow_from_its_ranks() -> None:
    stage = retrieval.stage_report("lexical", [(1, 10.0), (4, 20.0), (None, 30.0), (2, 40.0)])
    assert stage["hit@1"] == 0.25 and stage["hit@3"] == 0.5 and stage["hit@5"] == 0.75
    assert stage["mrr@10"] == pytest.approx((1 + 1 / 4 + 0 + 1 / 2) / 4, abs=1e-4)
    gains = 1 + 1 / np.log2(5) + 0 + 1 / np.log2(3)
    assert stage["ndcg@10"] == pytest.approx(gains / 4, abs=1e-4)
    assert stage["p50_ms"] == 25.0


def test_a_sample_depends_on_its_seed_alone_and_keeps_the_order(tmp_path: Path) -> None:
    found = questions.read(write(tmp_path, "set.json", SQUAD))
    assert found is not None
    many = [question for question in found.questions for _ in range(50)]
    assert retrieval.sample(many, 10, 3) == retrieval.sample(many, 10, 3)
    assert retrieval.sample(many, None, 3) == many


def test_platts_curve_gives_back_the_probabilities_that_made_the_labels() -> None:
    draw = np.random.default_rng(0)
    scores = draw.uniform(-10, 10, 20_000)
    labels = draw.random(20_000) < 1 / (1 + np.exp(-(0.5 * scores - 1)))
    slope, intercept = calibration.fit(scores, labels)
    assert slope == pytest.approx(0.5, abs=0.03) and intercept == pytest.approx(-1, abs=0.1)
    chances = calibration.probabilities(scores, (slope, intercept)).tolist()
    error = metrics.calibration_error(chances, labels.tolist())
    assert error is not None and error < 0.02


def test_the_threshold_answers_the_share_that_was_asked_for() -> None:
    there = np.linspace(-5, 5, 1001)
    assert np.mean(there >= calibration.threshold_for(there)) == pytest.approx(
        calibration.ANSWERED, abs=0.002
    )


@pytest.mark.model
def test_generated_articles_are_the_same_each_time_and_of_many_chunks() -> None:
    from rag.index.chunking import chunk

    one, other = next(growth.articles(1)), next(growth.articles(1))
    assert one == other
    assert 10 < len(chunk(one)) < 30
