"""Train the head that judges a claim by its evidence: ``python -m eval.training.entailment``.

The lower half of the packaged reader's encoder stays as it is and is run as it is packaged, in
int8; the layers above it are trained, with one output: the logit that the evidence carries the
claim. So only these layers are shipped anew. It ends after its steps, or is brought down to
nothing by the minutes that it is given; every ``--every`` steps the held-out pairs are read.
"""

from __future__ import annotations

import json
import math
import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import onnx
import torch
import torch.nn.functional as F
import typer
from onnxruntime import InferenceSession, SessionOptions
from sklearn.metrics import roc_auc_score
from tokenizers import Encoding, Tokenizer
from torch import Tensor, nn

from eval.training.network import from_reranker
from eval.training.pairs import Pair, pairs
from rag.models.registry import WEIGHTS
from rag.models.runtime import inputs

LOWER = 6
"""Layers of the reader that are shared."""
MIDDLE = f"/bert/encoder/layer.{LOWER - 1}/output/LayerNorm/LayerNormalization_output_0"
"""What the last of them gives out, by its name in ``reader.onnx``."""
_LONGEST = 128  # tokens
_POOL = 32  # batches whose pairs are sorted by length together
_WARM_UP = 0.06
_DECAY = 0.01
_CORES = 2
_HELD_OUT = 700  # of each source, at most
_MOST = {"cad": 6_500}  # of a source to train on: captions of photographs are not all there is
_LONGEST_TRAINED = 330  # characters of a pair: most claims and their sentence, soonest read


class Head(nn.Module):
    """The upper layers: (B, T, 384) of the lower ones to (B,), the logit that a claim is carried."""

    def __init__(self) -> None:
        super().__init__()
        bert = from_reranker(WEIGHTS / "reader.onnx").bert
        self.layers = nn.ModuleList(bert.encoder.layer[LOWER:])
        self.pooler = bert.pooler
        self.carried = nn.Linear(bert.config.hidden_size, 1)

    def forward(self, hidden: Tensor, attention_mask: Tensor) -> Tensor:
        """The logits of a batch; the mask is (B, T), 1 where there is a token."""
        unseen = (1.0 - attention_mask[:, None, None, :].float()) * -1e4
        for layer in self.layers:
            given = layer(hidden, unseen)
            hidden = given[0] if isinstance(given, tuple) else given
        logit: Tensor = self.carried(self.pooler(hidden))[:, 0]
        return logit


class Lower:
    """The packaged reader up to `MIDDLE`."""

    def __init__(self, threads: int = 1) -> None:
        model = onnx.load(str(WEIGHTS / "reader.onnx"))
        names = ["input_ids", "attention_mask", "token_type_ids"]
        cut = onnx.utils.Extractor(model).extract_model(names, [MIDDLE])
        options = SessionOptions()
        options.intra_op_num_threads = threads
        options.enable_cpu_mem_arena = False
        self._session = InferenceSession(
            cut.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, tokens: Sequence[Encoding]) -> tuple[Tensor, Tensor]:
        """What it makes of a batch, (B, T, 384), and the mask, (B, T)."""
        given = inputs(tokens, with_types=True)
        hidden = np.asarray(self._session.run(None, given)[0])
        return torch.from_numpy(hidden), torch.from_numpy(given["attention_mask"])


def tokenizer() -> Tokenizer:
    """The reader's tokenizer, as a pair is read here."""
    made = Tokenizer.from_file(str(WEIGHTS / "tokenizer.json"))
    made.no_padding()
    made.enable_truncation(_LONGEST, strategy="longest_first")
    return made


def batches(
    chosen: Sequence[Pair], made_by: Tokenizer, size: int, rng: random.Random
) -> list[list[tuple[Pair, Encoding]]]:
    """The pairs in batches of about one length, in the order of the generator."""
    order = list(chosen)
    rng.shuffle(order)
    both = list(zip(order, encoded(order, made_by), strict=True))
    made = []
    for first in range(0, len(both), size * _POOL):
        pool = sorted(both[first : first + size * _POOL], key=lambda one: len(one[1].ids))
        some = [pool[i : i + size] for i in range(0, len(pool), size)]
        rng.shuffle(some)
        made += some
    return made


def encoded(chosen: Sequence[Pair], made_by: Tokenizer) -> list[Encoding]:
    """Claim and evidence of each pair as tokens."""
    return made_by.encode_batch([(pair.claim, pair.evidence) for pair in chosen])


def judged(head: Head, lower: Lower, made_by: Tokenizer, chosen: Sequence[Pair]) -> np.ndarray:
    """The logit of each pair, in order."""
    tokens = encoded(chosen, made_by)
    order = sorted(range(len(tokens)), key=lambda i: len(tokens[i].ids))
    logits = np.zeros(len(tokens), np.float32)
    head.eval()
    for first in range(0, len(order), 16):
        rows = order[first : first + 16]
        with torch.no_grad():
            logits[rows] = head(*lower([tokens[i] for i in rows])).numpy()
    head.train()
    return logits


def held_out(made: Sequence[Pair], seed: int) -> list[Pair]:
    """The pairs that are measured on, at most so many of a source."""
    by_source: dict[str, list[Pair]] = {}
    for pair in made:
        if pair.is_held_out:
            by_source.setdefault(pair.source.split(",")[0], []).append(pair)
    rng = random.Random(seed)
    return [
        one for some in by_source.values() for one in rng.sample(some, min(_HELD_OUT, len(some)))
    ]


def trained_on(made: Sequence[Pair], seed: int) -> list[Pair]:
    """The pairs that are trained on, at most so many of a source."""
    rng, counts = random.Random(seed), dict.fromkeys(_MOST, 0)
    kept = []
    for pair in rng.sample(made, len(made)):
        if pair.is_held_out or len(pair.claim) + len(pair.evidence) > _LONGEST_TRAINED:
            continue
        counts[pair.source] = counts.get(pair.source, 0) + 1
        if counts[pair.source] <= _MOST.get(pair.source, len(made)):
            kept.append(pair)
    return kept


def measured(chosen: Sequence[Pair], logits: np.ndarray) -> dict[str, Any]:
    """AUROC of each source, and the share that is right where a logit over 0 means "carried"."""
    figures: dict[str, Any] = {}
    for source in sorted({pair.source.split(",")[0] for pair in chosen}):
        rows = [i for i, pair in enumerate(chosen) if pair.source.split(",")[0] == source]
        labels = np.array([chosen[i].carried for i in rows])
        right = float(((logits[rows] > 0) == labels).mean())
        auroc = float(roc_auc_score(labels, logits[rows]))
        figures[source] = {"n": len(rows), "right": round(right, 3), "auroc": round(auroc, 3)}
    return figures


def train(
    data: Path, out: Path, *, epochs: float, batch: int, rate: float, minutes: float, every: int,
    seed: int,
) -> Path:  # fmt: skip
    """Train to the end of the epochs or of the minutes; the checkpoint."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    out.mkdir(parents=True, exist_ok=True)
    made, made_by = pairs(data, seed), tokenizer()
    trained, kept = trained_on(made, seed), held_out(made, seed)
    head, lower = Head(), Lower()
    head.train()
    optimizer = torch.optim.AdamW(head.parameters(), lr=rate, weight_decay=_DECAY)
    rng = random.Random(f"{seed}:order")
    order = [one for _ in range(math.ceil(epochs)) for one in batches(trained, made_by, batch, rng)]
    steps = int(len(order) * epochs / math.ceil(epochs))
    began, total, seen = time.monotonic(), 0.0, 0

    parameters = list(head.parameters())

    def learned(rows: list[tuple[Pair, Encoding]]) -> tuple[float, tuple[Tensor, ...]]:
        """Loss and gradients of a part of a batch, on one core."""
        torch.set_num_threads(1)
        labels = torch.tensor([float(pair.carried) for pair, _ in rows])
        logits = head(*lower([tokens for _, tokens in rows]))
        loss = F.binary_cross_entropy_with_logits(logits, labels, reduction="sum")
        return float(loss.item()), torch.autograd.grad(loss, parameters)

    step = 0
    with ThreadPoolExecutor(_CORES) as cores:
        for step, rows in enumerate(order[:steps], 1):
            passed = max(step / steps, (time.monotonic() - began) / (60 * minutes))
            if passed >= 1 and step < steps:
                break
            for group in optimizer.param_groups:
                group["lr"] = rate * _share(passed)
            parts = list(cores.map(learned, (rows[i::_CORES] for i in range(_CORES))))
            for parameter, *some in zip(parameters, *(of for _, of in parts), strict=True):
                parameter.grad = torch.stack(some).sum(0) / len(rows)
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            total += sum(loss for loss, _ in parts) / len(rows)
            seen += len(rows)
            if step % 50 == 0:
                speed = seen / (time.monotonic() - began)
                print(
                    f"step {step} of {steps} ({passed:.2f}): loss {total / 50:.3f}, "
                    f"{speed:.1f} pairs/s"
                )
                sys.stdout.flush()
                total = 0.0
            if step % every == 0:
                some = kept[::6]
                _save(out, head, step, measured(some, judged(head, lower, made_by, some)))
    _save(out, head, step, measured(kept, judged(head, lower, made_by, kept)))
    return out / "head.pt"


def _share(passed: float) -> float:
    """Of the highest learning rate: up in a straight line, then down along a cosine."""
    if passed < _WARM_UP:
        return (passed + 0.002) / (_WARM_UP + 0.002)
    return (1 + math.cos(math.pi * min(1.0, (passed - _WARM_UP) / (1 - _WARM_UP)))) / 2


def _save(out: Path, head: Head, step: int, figures: dict[str, Any]) -> None:
    written = out / "head.new"
    torch.save({"head": head.state_dict(), "step": step}, written)
    written.replace(out / "head.pt")
    with (out / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps({"step": step, **figures}) + "\n")
    print(json.dumps({"step": step, **figures}))
    sys.stdout.flush()


def main(
    data: Annotated[Path, typer.Option(help="folder with entailment/ and answerability/")],
    out: Annotated[Path, typer.Option(help="folder of checkpoint and log")] = Path(
        "runs/entailment"
    ),
    epochs: float = 2.0,
    batch: int = 16,
    rate: float = 1e-4,
    minutes: Annotated[float, typer.Option(help="bring it down within")] = 1e9,
    every: Annotated[int, typer.Option(help="steps between checkpoints")] = 400,
    seed: int = 1,
) -> None:
    """Train the head."""
    print(
        train(
            data, out, epochs=epochs, batch=batch, rate=rate, minutes=minutes, every=every,
            seed=seed,
        )
    )  # fmt: skip


if __name__ == "__main__":
    typer.run(main)
