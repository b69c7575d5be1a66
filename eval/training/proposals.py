"""Training questions in everyday words: ``python -m eval.training.proposals --data FOLDER``.

Who asks does not know the article, while the questions of the sets were written in view of it.
The local language model words the sets' questions anew, and proposes questions of its own on the
sets' sentences, while the words that stand there already are made unlikely for it. It then reads
each proposal beside its text and says whether the text answers; `eval.training.examples` takes
only what is clear. A GPU makes all of them in minutes, two cores one in two or three seconds:
``--minutes`` ends it, and a second call goes on.
"""

from __future__ import annotations

import json
import math
import random
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
import typer
from torch import Tensor

from eval.journal import appending, whole_lines
from eval.training.sources import HELD_OUT, paragraphs, sets_in, squad
from rag.language.sentences import split
from rag.models.store import ModelStore
from rag.settings import load

_UNLIKELY = 4.0  # logits, of words that stand in the text already
_NEW_TOKENS = 36
_SENTENCE = (40, 320)  # characters
_WORD = re.compile(r"(?<![\w'’-])[a-z]{4,}(?![\w'’-])")
_FUNCTION_WORDS = frozenset(
    "about after also been before between could does during first from have into many more most "
    "much name only other over should some such than that their them then there these they this "
    "those through were what when where which while whom whose will with would your".split()
)
_STARTS = ("What", "Why", "How", "Who", "Where", "Which", "Did", "Was", "How come", "What's", "")
_OF_NUMBER = ("How many", "How much", "When", "How long", "What")

_REWORD = "Ask for exactly the same thing in plain everyday words. Keep names and numbers."
_REWORDED = (
    ("Which vessel was utilised to transport timber?", "What boat did they move wood with?"),
    ("In what year was the bridge demolished?", "When did they tear the bridge down?"),
    ("How many employees did Arlo dismiss?", "What number of people lost their job at Arlo?"),
)
_PROPOSE = (
    "Somebody has not read the article. Write one question of theirs, in plain everyday words, "
    "that the last sentence answers. Use other words than the text. Name the subject."
)
_PROPOSED = (
    (
        "Article: MV Halden\nText: The vessel, built in 1911, carried timber. It sank in a storm.",
        "What made the Halden go down?",
    ),
    (
        "Article: Arlo Mill\nText: Some 340 employees were dismissed when production ended.",
        "How many people at Arlo Mill lost their jobs?",
    ),
)
_MISS = (
    "Somebody has read about the subject, and wants to know something that the text does not "
    "tell. Write their question, in plain everyday words. Name the subject."
)
_MISSED = (
    (
        "Article: MV Halden\nText: The vessel, built in 1911, carried timber. It sank in a storm.",
        "How many of the crew of the Halden died?",
    ),
    (
        "Article: Arlo Mill\nText: Some 340 employees were dismissed when production ended.",
        "Who bought the buildings of Arlo Mill afterwards?",
    ),
)
_CONFIRM = "Does the text state the answer to the question? Say yes or no."
_SAME = "Do both questions ask for the same thing? Say yes or no."

Kind = Literal["reworded", "sentence", "miss"]


@dataclass(frozen=True, slots=True)
class Task:
    """A question to be made. ``text``: what it is about, its last sentence the one that shall
    answer; of a rewording, the question as it was. ``start``: how it has to begin."""

    kind: Kind
    title: str
    text: str
    start: str = ""


def tasks(folder: Path, seed: int) -> list[Task]:
    """What there is to ask, shuffled by the seed; nothing of the titles that are held out."""
    rng = random.Random(seed)
    asked = {
        row.question: row.title
        for name in HELD_OUT
        for row in squad(folder, name, held_out=False, seed=seed)
    }
    made = [Task("reworded", title, question) for question, title in asked.items()]
    for title, text in paragraphs(folder, seed):
        sentences = split(text)
        spans = [
            (i, span)
            for i, span in enumerate(sentences)
            if _SENTENCE[0] <= span.end - span.start <= _SENTENCE[1]
        ]
        for i, span in rng.sample(spans, min(len(spans), 8)):
            begin = sentences[max(0, i - 1)].start
            stretch = text[begin : span.end]
            has_number = re.search(r"\d", text[span.start : span.end])
            start = rng.choice(_OF_NUMBER if has_number and rng.random() < 0.5 else _STARTS)
            made.append(Task("sentence", title, stretch, start))
        if len(sentences) > 1:
            made += [Task("miss", title, text[:900], rng.choice(_STARTS)) for _ in range(2)]
    rng.shuffle(made)
    return made


class Proposer:
    """A local language model of the Qwen 2 family, its GGUF file taken back to bfloat16."""

    def __init__(self, path: Path, device: str) -> None:
        from transformers import AutoTokenizer

        self.device = device
        self.tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
        self.tokenizer.padding_side = "left"
        self.model = _from_gguf(path, device)

    def ask(self, some: Sequence[Task], seed: int) -> list[str]:
        """A question a task, in one batch."""
        prompts = [self._prompt(_messages(task)) + task.start for task in some]
        inputs = self.tokenizer(prompts, return_tensors="pt", padding=True).to(self.device)
        unlikely = torch.zeros(len(some), self.model.config.vocab_size, device=self.device)
        for row, task in enumerate(some):
            unlikely[row, self._words(task.text)] = _UNLIKELY

        def less(_: Tensor, scores: Tensor) -> Tensor:
            return scores - unlikely

        torch.manual_seed(seed)
        with torch.no_grad():
            made = self.model.generate(
                **inputs,
                max_new_tokens=_NEW_TOKENS,
                do_sample=True,
                temperature=0.7,
                top_p=0.95,
                logits_processor=[less],
                pad_token_id=self.tokenizer.pad_token_id,
            )
        replies = self.tokenizer.batch_decode(
            made[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True
        )
        return [
            f"{task.start}{words}".strip().split("\n")[0]
            for task, words in zip(some, replies, strict=True)
        ]

    def confirm(self, some: Sequence[tuple[Task, str]]) -> list[float]:
        """For each question the probability, by the model, that its text answers it; of a
        rewording, that it asks for the same."""
        prompts = []
        for task, question in some:
            if task.kind == "reworded":
                about = f"{_SAME}\nFirst: {task.text}\nSecond: {question}"
            else:
                about = f"{_CONFIRM}\nText: {task.title}: {task.text}\nQuestion: {question}"
            prompts.append(self._prompt([{"role": "user", "content": about}]))
        inputs = self.tokenizer(prompts, return_tensors="pt", padding=True).to(self.device)
        with torch.no_grad():
            last = self.model(**inputs, logits_to_keep=1).logits[:, -1].float()
        ids = [self.tokenizer(word)["input_ids"][0] for word in ("Yes", "yes", "No", "no")]
        chosen = torch.softmax(last[:, ids], dim=-1)
        return [round(float(row[0] + row[1]), 4) for row in chosen]

    def _prompt(self, messages: list[dict[str, str]]) -> str:
        return str(
            self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        )

    def _words(self, text: str) -> list[int]:
        words = set(_WORD.findall(text)) - _FUNCTION_WORDS
        begin = [self.tokenizer(f" {word}")["input_ids"][0] for word in words]
        return sorted(set(begin))


def _messages(task: Task) -> list[dict[str, str]]:
    rule, examples, question = {
        "reworded": (_REWORD, _REWORDED, task.text),
        "sentence": (_PROPOSE, _PROPOSED, f"Article: {task.title}\nText: {task.text}"),
        "miss": (_MISS, _MISSED, f"Article: {task.title}\nText: {task.text}"),
    }[task.kind]
    made = [{"role": "system", "content": rule}]
    for asked, reply in examples:
        made += [{"role": "user", "content": asked}, {"role": "assistant", "content": reply}]
    return [*made, {"role": "user", "content": question}]


_LAYER = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def _from_gguf(path: Path, device: str) -> Any:
    """The network of a GGUF file of the Qwen 2 family, in bfloat16."""
    from concurrent.futures import ThreadPoolExecutor

    from gguf import GGUFReader
    from gguf.quants import dequantize
    from transformers import Qwen2Config, Qwen2ForCausalLM

    file = GGUFReader(str(path))

    def value(name: str) -> Any:
        return file.fields[f"qwen2.{name}"].contents()

    stored = {one.name: one for one in file.tensors}
    # The file holds the embeddings twice, and those of the output more finely.
    finest = "output.weight" if "output.weight" in stored else "token_embd.weight"
    network = Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=int(stored[finest].shape[1]),
            hidden_size=value("embedding_length"),
            intermediate_size=value("feed_forward_length"),
            num_hidden_layers=value("block_count"),
            num_attention_heads=value("attention.head_count"),
            num_key_value_heads=value("attention.head_count_kv"),
            rms_norm_eps=value("attention.layer_norm_rms_epsilon"),
            rope_parameters={"rope_type": "default", "rope_theta": value("rope.freq_base")},
            tie_word_embeddings=True,
        )
    ).to(torch.bfloat16)
    names = {finest: "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}
    for name in stored:
        if name.startswith("blk."):
            _, number, part, kind = name.split(".")
            names[name] = f"model.layers.{number}.{_LAYER[part]}.{kind}"

    def floats(name: str) -> Tensor:
        one = stored[name]
        return torch.from_numpy(dequantize(one.data, one.tensor_type).copy()).to(torch.bfloat16)

    with ThreadPoolExecutor() as pool:
        weights = dict(zip(names.values(), pool.map(floats, names), strict=True))
    missing, unknown = network.load_state_dict(weights, strict=False)
    if set(missing) - {"lm_head.weight"} or unknown:
        raise ValueError(f"{path}: no such network; missing {missing}, unknown {unknown}")
    network.tie_weights()
    return network.to(device).eval()


def _batches(left: Sequence[Task], size: int) -> Iterator[list[Task]]:
    """Tasks of about one length, so that little is padding, in the order of their first."""
    for first in range(0, len(left), size * 8):
        pool = sorted(left[first : first + size * 8], key=lambda task: len(task.text))
        for at in range(0, len(pool), size):
            yield pool[at : at + size]


def main(
    data: Annotated[Path, typer.Option(help="folder with answerability/")],
    out: Annotated[Path, typer.Option(help="file of proposals")] = Path("runs/proposals.jsonl"),
    minutes: Annotated[float, typer.Option(help="stop after")] = math.inf,
    batch: Annotated[int, typer.Option(help="questions at once")] = 16,
    most: Annotated[int, typer.Option(help="questions in all")] = 1_000_000,
    model: Annotated[Path | None, typer.Option(help="its GGUF file; default: Ibid's own")] = None,
    seed: int = 1,
) -> None:
    """Propose questions, or go on with it: what stands in the file is not asked again."""
    began = time.monotonic()
    folder = sets_in(data)
    if model is None:
        settings = load()
        (model,) = ModelStore(settings.models_dir).path(settings.model).glob("*.gguf")
    known = {
        (row["kind"], row["text"], row["start"])
        for row in (json.loads(line) for _, line in whole_lines(out))
    }
    left = [
        task
        for task in tasks(folder, seed)[:most]
        if (task.kind, task.text, task.start) not in known
    ]
    proposer = Proposer(model, "cuda" if torch.cuda.is_available() else "cpu")
    print(f"{len(left)} to ask, after {time.monotonic() - began:.0f} s")
    out.parent.mkdir(parents=True, exist_ok=True)
    done = 0
    with appending(out) as add:
        for number, some in enumerate(_batches(left, batch)):
            if time.monotonic() - began > 60 * minutes:
                break
            made = proposer.ask(some, seed + number)
            sure = proposer.confirm(list(zip(some, made, strict=True)))
            for task, question, chance in zip(some, made, sure, strict=True):
                row = {**asdict(task), "question": question, "confirmed": chance}
                add(json.dumps(row).encode())
            done += len(some)
            print(f"{done} of {len(left)}, {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    typer.run(main)
