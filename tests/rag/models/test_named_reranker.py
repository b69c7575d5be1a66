"""A cross-encoder by name: a folder of sentence-transformers, made here, without any download."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import ModelError
from rag.models.reranker import NamedReranker, reranker
from rag.settings import load

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"мост открыт в году где кто".split()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder = tmp_path_factory.mktemp("cross-encoder")
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(VOCABULARY), encoding="utf-8")
    shape = BertConfig(
        vocab_size=len(VOCABULARY), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, num_labels=1, max_position_embeddings=64,
    )  # fmt: skip
    BertForSequenceClassification(shape).save_pretrained(folder)
    BertTokenizerFast(str(vocabulary), model_max_length=64).save_pretrained(folder)
    return folder


def test_a_cross_encoder_is_taken_from_a_folder(folder: Path) -> None:
    scorer = reranker(load(reranker=str(folder)))
    assert isinstance(scorer, NamedReranker)
    scores = scorer.scores("Где мост?", ["Мост открыт в 1931 году.", "", "word " * 500])
    assert len(scores) == 3
    assert scorer.scores("Где мост?", []) == []
    assert all(0 < scorer.probability(score) < 1 for score in scores)


def test_a_folder_that_holds_no_cross_encoder_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded") as told:
        reranker(load(reranker=str(tmp_path))).scores("Anything?", ["text"])
    assert "\n" not in str(told.value)


def test_a_listed_model_that_ranks_nothing_is_refused() -> None:
    with pytest.raises(ModelError, match="no cross-encoder"):
        reranker(load(reranker="all-minilm-l6-v2"))
