"""Train the reader: ``python -m eval.training.reader --data FOLDER``.

The same seed, data and number of steps give the same course; a second call goes on from the last
checkpoint. Where there is a GPU it is used. Every ``--every`` steps the held-out titles are read
and a line is written to ``log.jsonl``.
"""

from __future__ import annotations

import json
import math
import random
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
import torch.nn.functional as F
import typer
from tokenizers import Encoding, Tokenizer
from torch import Tensor

from eval.training.examples import Corpus, Example
from eval.training.measure import Held, held_out, measured
from eval.training.network import Heads, Reader, from_reranker, multiply_in_half
from eval.training.sources import sets_in
from rag.models.store import ModelStore
from rag.settings import load

IGNORED = -100
_LONGEST = 256  # tokens: most paragraphs with their question
_POOL = 64  # batches whose examples are sorted by length together


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train. ``batch`` is in examples, ``rate`` the highest learning rate, ``masked`` the
    share of tokens that are hidden from the network, ``dropout`` that of its activations."""

    epochs: int = 3
    batch: int = 32
    rate: float = 1e-4
    warm_up: float = 0.06
    decay: float = 0.01
    masked: float = 0.04
    dropout: float = 0.0
    seed: int = 1


_RECIPE = Recipe()


def tokenizer(folder: Path) -> Tokenizer:
    """The reranker's tokenizer, without its padding to 512 tokens."""
    made = Tokenizer.from_file(str(folder / "tokenizer.json"))
    made.no_padding()
    made.enable_truncation(_LONGEST, strategy="only_second")
    return made


def target(encoding: Encoding, example: Example) -> tuple[list[int], list[int]]:
    """The tokens that may be the answer's first and its last: of an answer one each, of a sentence
    that holds it all; 0 for no answer; none at all where nobody marked it."""
    if not example.answers:
        return [0], [0]
    if example.span is None:
        return [], []
    inside = [
        i
        for i, (side, (start, end)) in enumerate(
            zip(encoding.type_ids, encoding.offsets, strict=True)
        )
        if side == 1 and end > start and end > example.span[0] and start < example.span[1]
    ]
    return (inside, inside) if example.is_within else (inside[:1], inside[-1:])


@dataclass(slots=True)
class Batch:
    """A batch as tensors, all of B rows; ``start`` and ``end`` are 1 where the answer may begin
    and end, (B, T)."""

    inputs: dict[str, Tensor]
    answers: Tensor
    start: Tensor
    end: Tensor
    says_yes: Tensor


def batch_of(examples: Sequence[Example], pairs: Sequence[Encoding], device: str) -> Batch:
    """The tensors of some examples, padded to the longest."""
    longest = max(len(pair.ids) for pair in pairs)

    def padded(rows: Iterator[list[int]]) -> Tensor:
        return torch.tensor([row + [0] * (longest - len(row)) for row in rows]).to(device)

    spans = [target(pair, one) for pair, one in zip(pairs, examples, strict=True)]

    def marked(places: Iterator[list[int]]) -> Tensor:
        made = torch.zeros(len(pairs), longest)
        for row, some in enumerate(places):
            made[row, some] = 1.0
        return made.to(device)

    yes = [IGNORED if one.says_yes is None else one.says_yes for one in examples]
    return Batch(
        {
            "input_ids": padded(pair.ids for pair in pairs),
            "attention_mask": padded(pair.attention_mask for pair in pairs),
            "token_type_ids": padded(pair.type_ids for pair in pairs),
        },
        torch.tensor([float(one.answers) for one in examples]).to(device),
        marked(start for start, _ in spans),
        marked(end for _, end in spans),
        torch.tensor([float(one) for one in yes]).to(device),
    )


def batches(
    examples: list[Example], made_by: Tokenizer, recipe: Recipe, epoch: int
) -> list[list[tuple[Example, Encoding]]]:
    """One epoch in batches of examples of about one length, in an order that the seed gives."""
    rng = random.Random(f"{recipe.seed}:{epoch}:order")
    rng.shuffle(examples)
    pairs = made_by.encode_batch([(one.question, one.text) for one in examples])
    both = list(zip(examples, pairs, strict=True))
    size = recipe.batch
    made = []
    for first in range(0, len(both), size * _POOL):
        pool = sorted(both[first : first + size * _POOL], key=lambda one: len(one[1].ids))
        made += [pool[i : i + size] for i in range(0, len(pool), size)]
    rng.shuffle(made)
    return made


def loss(said: Heads, batch: Batch) -> Tensor:
    """Does it answer, plus where, plus yes or no where that is asked."""
    answers = F.binary_cross_entropy_with_logits(said.answers, batch.answers)
    span = (_one_of(said.start, batch.start) + _one_of(said.end, batch.end)) / 2
    asked = batch.says_yes != IGNORED
    yes = torch.zeros((), device=answers.device)
    if asked.any():
        yes = F.binary_cross_entropy_with_logits(said.says_yes[asked], batch.says_yes[asked])
        yes = yes * asked.float().mean()
    return answers + span + yes


def _one_of(logits: Tensor, marked: Tensor) -> Tensor:
    """Minus the log of the probability of all places that are marked together, (B, T) to a mean
    over the rows that have any (Clark and Gardner 2018)."""
    has = marked.any(dim=1)
    if not has.any():
        return torch.zeros((), device=logits.device)
    inside = torch.logsumexp(logits[has].masked_fill(marked[has] == 0, -1e9), dim=1)
    return (torch.logsumexp(logits[has], dim=1) - inside).mean()


def rate_at(step: int, steps: int, recipe: Recipe) -> float:
    """The learning rate: up in a straight line, then down along a cosine to nothing."""
    warm = max(1, int(recipe.warm_up * steps))
    if step < warm:
        return recipe.rate * (step + 1) / warm
    return recipe.rate * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm))) / 2


def train(
    data: Path,
    out: Path,
    reranker: Path,
    recipe: Recipe,
    *,
    every: int,
    minutes: float,
    proposals: Path | None = None,
    begin: Path | None = None,
) -> Path:
    """Train to the end, or for so many minutes; the checkpoint to go on from.

    ``begin``: the checkpoint of an earlier recipe, whose weights are the first.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(recipe.seed)
    out.mkdir(parents=True, exist_ok=True)
    made_by = tokenizer(reranker)
    held = held_out(data, recipe.seed)
    corpus = Corpus(data, recipe.seed, proposals)
    ahead = ProcessPoolExecutor(1)  # draws the next epoch meanwhile
    network = _network(reranker, recipe.dropout, begin, device)
    optimizer = _optimizer(network, recipe)
    checkpoint, step = out / "checkpoint.pt", 0
    order = batches(corpus.epoch(0), made_by, recipe, 0)
    steps = recipe.epochs * len(order)
    if checkpoint.exists():
        saved = torch.load(checkpoint, map_location=device, weights_only=True)
        if saved["recipe"] != asdict(recipe):
            sys.exit(f"{checkpoint} was made by another recipe; give another --out")
        network.load_state_dict(saved["network"])
        optimizer.load_state_dict(saved["optimizer"])
        step, steps = saved["step"], saved["steps"]
    began, seen, total = time.monotonic(), 0, 0.0
    epoch, coming = 0, ahead.submit(corpus.epoch, max(1, step // (steps // recipe.epochs)))
    while step < steps and time.monotonic() - began < 60 * minutes:
        # Epochs differ a little in length, so the place within one follows from the first's.
        now, place = divmod(step, steps // recipe.epochs)
        if now != epoch:
            epoch, order = now, batches(coming.result(), made_by, recipe, now)
            coming = ahead.submit(corpus.epoch, now + 1)
        rows = order[place % len(order)]
        torch.manual_seed(1_000_003 * recipe.seed + step)
        rate = rate_at(step, steps, recipe)
        value = _learn(network, optimizer, rows, rate, recipe.masked, made_by)
        step, seen, total = step + 1, seen + len(rows), total + value
        if step % 100 == 0:
            speed = seen / (time.monotonic() - began)
            print(f"step {step} of {steps}: loss {total / 100:.3f}, {speed:.1f} examples/s")
            sys.stdout.flush()
            total = 0.0
        if step % every == 0 or step == steps:
            _save(checkpoint, network, optimizer, recipe, step, steps)
            _log(out, step, network, made_by, held, device)
    _save(checkpoint, network, optimizer, recipe, step, steps)
    ahead.shutdown(cancel_futures=True)
    return checkpoint


def _network(reranker: Path, dropout: float, begin: Path | None, device: str) -> Reader:
    """The network as it is before the first step."""
    network = from_reranker(reranker / "model.onnx", dropout).to(device)
    if begin:
        before = torch.load(begin, map_location=device, weights_only=True)
        network.load_state_dict(before["network"])
    if device == "cpu":
        multiply_in_half(network)
    return network


def _optimizer(network: Reader, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW, whose decay leaves biases and norms alone."""
    parameters = list(network.parameters())
    return torch.optim.AdamW(
        [
            {"params": [one for one in parameters if one.ndim >= 2], "weight_decay": recipe.decay},
            {"params": [one for one in parameters if one.ndim < 2], "weight_decay": 0.0},
        ],
        lr=recipe.rate,
        fused=True,
    )


def _learn(
    network: Reader,
    optimizer: torch.optim.Optimizer,
    rows: Sequence[tuple[Example, Encoding]],
    rate: float,
    masked: float,
    made_by: Tokenizer,
) -> float:
    """One step over a batch; its loss before the step."""
    device = next(network.parameters()).device.type
    network.train()
    batch = batch_of([one for one, _ in rows], [pair for _, pair in rows], device)
    _hide(batch.inputs["input_ids"], masked, made_by)
    for group in optimizer.param_groups:
        group["lr"] = rate
    with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
        value = loss(network(**batch.inputs), batch)
    optimizer.zero_grad(set_to_none=True)
    value.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    return float(value.item())


def _hide(ids: Tensor, share: float, made_by: Tokenizer) -> None:
    """Put the mask over some of the tokens, at random, in place; never over a special one."""
    special = [made_by.token_to_id(name) for name in ("[PAD]", "[CLS]", "[SEP]")]
    hidden = torch.rand(ids.shape).to(ids.device) < share
    for one in special:
        hidden &= ids != one
    ids.masked_fill_(hidden, made_by.token_to_id("[MASK]") or 0)


def _save(
    path: Path, network: Reader, optimizer: Any, recipe: Recipe, step: int, steps: int
) -> None:
    written = path.with_suffix(".new")
    torch.save(
        {
            "network": network.state_dict(),
            "optimizer": optimizer.state_dict(),
            "recipe": asdict(recipe),
            "step": step,
            "steps": steps,
        },
        written,
    )
    written.replace(path)


def _log(
    out: Path, step: int, network: Reader, made_by: Tokenizer, held: Held, device: str
) -> None:
    network.eval()

    def read(pairs: Sequence[tuple[str, str]]) -> Iterator[tuple[Encoding, float, Any, Any]]:
        encodings = made_by.encode_batch(list(pairs))
        for first in range(0, len(pairs), 32):
            some = encodings[first : first + 32]
            nothing = [Example("", "", 0, None, "")] * len(some)
            inputs = batch_of(nothing, some, device).inputs
            with torch.no_grad():
                heads = network(**inputs)
            for i, encoding in enumerate(some):
                yield encoding, float(heads.answers[i]), heads.start[i].cpu(), heads.end[i].cpu()

    figures = {"step": step, **measured(held, read)}
    with (out / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(figures) + "\n")
    print(json.dumps(figures))
    sys.stdout.flush()


def main(
    data: Annotated[Path, typer.Option(help="folder with answerability/")],
    out: Annotated[Path, typer.Option(help="folder of checkpoint and log")] = Path("runs/reader"),
    epochs: int = _RECIPE.epochs,
    seed: int = _RECIPE.seed,
    rate: float = _RECIPE.rate,
    batch: int = _RECIPE.batch,
    dropout: float = _RECIPE.dropout,
    every: Annotated[int, typer.Option(help="steps between checkpoints")] = 500,
    minutes: Annotated[float, typer.Option(help="stop after, to go on later")] = math.inf,
    proposals: Annotated[Path | None, typer.Option(help="of eval.training.proposals")] = None,
    begin: Annotated[Path | None, typer.Option(help="a checkpoint to begin with")] = None,
) -> None:
    """Train the reader, or go on with it."""
    settings = load()
    reranker = ModelStore(settings.models_dir).path(settings.reranker)
    recipe = Recipe(epochs=epochs, batch=batch, rate=rate, dropout=dropout, seed=seed)
    folder = sets_in(data)
    made = train(
        folder,
        out,
        reranker,
        recipe,
        every=every,
        minutes=minutes,
        proposals=proposals,
        begin=begin,
    )
    print(made)


if __name__ == "__main__":
    typer.run(main)
