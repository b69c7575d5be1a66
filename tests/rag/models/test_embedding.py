"""Promises of the embedder. Those marked model load the real all-MiniLM-L6-v2, some with torch."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from rag.errors import ModelError
from rag.models.embedder import FastEmbedder, SentenceEmbedder, embedder
from rag.models.registry import WEIGHTS, listed
from rag.models.store import ModelStore
from rag.settings import Settings

GRAPH = listed()["all-minilm-l6-v2"].graph


def test_a_model_that_was_not_fetched_is_told_with_how_to(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="ibid models pull") as caught:
        embedder(Settings(models_dir=tmp_path))
    assert "\n" not in str(caught.value)


def test_a_model_that_embeds_nothing_is_refused() -> None:
    with pytest.raises(ModelError, match="ibid models"):
        embedder(Settings(embedder="ms-marco-minilm-l-12-v2"))


@pytest.mark.model
def test_a_folder_that_holds_no_model_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded") as caught:
        embedder(Settings(embedder=str(tmp_path))).embed_query("anything")
    assert "\n" not in str(caught.value)


def test_nothing_heavy_is_loaded_before_it_is_needed() -> None:
    code = (
        "import sys; from rag.models.embedder import embedder; from rag.settings import Settings\n"
        "embedder(Settings(embedder='some/model'))\n"
        "sys.exit('torch' in sys.modules or 'sentence_transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.fixture(scope="module")
def minilm() -> SentenceEmbedder | FastEmbedder:
    return embedder(Settings())


@pytest.mark.model
def test_the_default_model_embeds_without_torch() -> None:
    code = (
        "import sys; from rag.models.embedder import embedder; from rag.settings import Settings\n"
        "model = embedder(Settings())\n"
        "model.embed_query('ready?'); model.embed_documents(['word'] * 40)\n"
        "sys.exit(bool({'torch', 'transformers', 'sentence_transformers'} & {*sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.model
def test_it_does_not_matter_which_engine_made_a_vector(minilm: SentenceEmbedder) -> None:
    folder = ModelStore(Settings().models_dir).path(Settings().embedder)
    torch = SentenceEmbedder("the same", folder, "")
    texts = [
        "The river rose.", "", "\0", " x ", "word " * 400, "[SEP] [MASK] [PAD]",
        "שלום 今日は。 👨‍👩‍👧", "naïve ÉCLAIR", "1,200 people\r\n\tleft", "a" * 300,
        *("two words " * n for n in range(1, 60)),
    ]  # fmt: skip
    ours, theirs = np.array(minilm.embed_documents(texts)), np.array(torch.embed_documents(texts))
    assert ours == pytest.approx(theirs, abs=1e-5)
    asked = [np.array([one.embed_query(text) for text in texts[:9]]) for one in (minilm, torch)]
    assert asked[0] == pytest.approx(asked[1], abs=1e-5)
    # Where there is a GPU, sentence-transformers embeds the articles, for the same library.
    gpu = SentenceEmbedder("the same", folder, "", WEIGHTS / GRAPH, has_gpu=lambda: True)
    assert np.array(gpu.embed_documents(texts)) == pytest.approx(ours, abs=1e-5)


@pytest.mark.model
def test_the_packaged_graph_is_what_its_program_writes_and_holds_no_weights() -> None:
    from eval.training.graph import build

    written = build(ModelStore(Settings().models_dir).path(Settings().embedder))
    assert (WEIGHTS / GRAPH).read_bytes() == written
    assert len(written) < 50_000


def test_what_needs_an_extra_that_is_not_installed_says_what_to_install() -> None:
    code = (
        "import sys\n"
        "sys.modules |= dict.fromkeys(['torch', 'sentence_transformers', 'fastembed'])\n"
        "from rag.models.embedder import embedder; from rag.settings import Settings\n"
        "from rag.models.reranker import NamedReranker\n"
        "from rag.errors import ModelError\n"
        "from pathlib import Path\n"
        "for attempt in (\n"
        "    lambda: embedder(Settings(embedder='/')).embed_query('x'),\n"
        "    lambda: embedder(Settings(embedder='fastembed:x')).embed_query('x'),\n"
        "    lambda: NamedReranker('x', Path('/')).scores('x', ['y']),\n"
        "    lambda: NamedReranker('fastembed:x').scores('x', ['y']),\n"
        "):\n"
        "    try: attempt()\n"
        "    except ModelError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    told = done.stdout.splitlines()
    assert len(told) == 4, done.stderr
    assert ["torch" in line for line in told] == [True, False, True, False]
    assert all("pip install 'ibid-rag[" in line for line in told)


@pytest.mark.model
def test_every_vector_is_a_direction_whatever_the_text(minilm: SentenceEmbedder) -> None:
    texts = ["The river rose.", "", "\0", "x" * 100_000, "👨‍👩‍👧", "שלום", "今日は。"]
    vectors = np.array(minilm.embed_documents(texts) + [minilm.embed_query(t) for t in texts])
    assert vectors.shape == (14, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert minilm.embed_documents([]) == []


@pytest.mark.model
def test_a_question_is_nearest_to_the_text_that_answers_it(minilm: SentenceEmbedder) -> None:
    texts = [
        "The bakery sells rye bread and rolls from six in the morning.",
        "Heavy rain made the river burst its banks and flood the valley.",
        "The orchestra will play a symphony by Mahler next season.",
    ]
    stored = np.array(minilm.embed_documents(texts))
    for nearest, question in enumerate(
        ["When can I buy a loaf?", "What caused the high water?", "Which concerts are planned?"]
    ):
        assert int(np.argmax(stored @ np.array(minilm.embed_query(question)))) == nearest


@pytest.mark.model
def test_a_text_has_one_vector_alone_or_among_others(minilm: SentenceEmbedder) -> None:
    texts = ["Short.", "A much longer text about the river that rose. " * 20]
    together = np.array(minilm.embed_documents(texts))
    alone = np.array([minilm.embed_documents([text])[0] for text in texts])
    assert together == pytest.approx(alone, abs=1e-5)


@pytest.mark.model
def test_several_threads_may_embed_at_once(minilm: SentenceEmbedder) -> None:
    failed: list[BaseException] = []

    def embed(length: int) -> None:
        try:
            for n in range(8):
                minilm.embed_documents(["word " * (n * length % 90)] * 2)
                minilm.embed_query("word " * (n * length))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=embed, args=(length,)) for length in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


@pytest.mark.model
@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "modules.json"])
def test_a_broken_model_is_told_in_one_line(tmp_path: Path, name: str) -> None:
    folder = ModelStore(Settings().models_dir).path(Settings().embedder)
    for file in folder.rglob("*"):
        if file.is_file():
            link = tmp_path / file.relative_to(folder)
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(file)
    whole = (folder / name).read_bytes()
    (tmp_path / name).unlink()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match="cannot be loaded") as caught:
        embedder(Settings(embedder=str(tmp_path))).embed_query("anything")
    assert "\n" not in str(caught.value)


@pytest.mark.model
def test_fastembed_embeds_without_torch_and_with_the_models_own_question_prompt() -> None:
    light = embedder(Settings(embedder="fastembed:bge-small-en-v1.5"))
    answer, other = np.array(
        light.embed_documents(["The ferry carries 240 people.", "Interest rates rose again."])
    )
    question = np.array(light.embed_query("How many people fit on the ferry?"))
    assert np.linalg.norm(question) == pytest.approx(1, abs=1e-3)
    assert question @ answer > question @ other
    # The prompt is part of what is embedded, so the same words as a document lie elsewhere.
    as_document = np.array(light.embed_documents(["How many people fit on the ferry?"])[0])
    assert question @ as_document < 0.999


@pytest.mark.model
def test_libraries_of_two_embedders_cannot_be_mixed_up() -> None:
    names = ("all-minilm-l6-v2", "fastembed:bge-small-en-v1.5", "fastembed:other", "other")
    assert len({embedder(Settings(embedder=name)).fingerprint for name in names}) == len(names)
