"""The training questions in other words: ``python -m eval.training.rewordings --data FOLDER``.

Who asks does not know the article, while the questions of the sets were written in view of it.
The local model rewords them, answerable or not, as `eval.robustness` does; what has other names,
dates or numbers is thrown away. A line a question is written as it is done, so that a second call
goes on; ``python -m eval.training.reader --rewordings FILE`` trains on them too.
"""

from __future__ import annotations

import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer

from eval.cases import Case
from eval.robustness import by_model
from eval.training.examples import HELD_OUT, rows, squad
from rag.llm import chat_model
from rag.settings import load

_AT_ONCE = 8


def main(
    data: Annotated[Path, typer.Option(help="folder with answerability/")],
    out: Annotated[Path, typer.Option(help="file of rewordings")] = Path("runs/rewordings.jsonl"),
    minutes: Annotated[float, typer.Option(help="stop after")] = 60.0,
    seed: int = 1,
) -> None:
    """Reword the questions of the SQuAD titles that are trained on, in an order by the seed."""
    folder = data / "answerability" if (data / "answerability").is_dir() else data
    known = {row["question"] for row in rows(out)} if out.exists() else set()
    asked = [
        row.question for name in HELD_OUT for row in squad(folder, name, held_out=False, seed=seed)
    ]
    left = [question for question in dict.fromkeys(asked) if question not in known]
    random.Random(seed).shuffle(left)
    rule = by_model(chat_model(load(slots=_AT_ONCE, max_answer_tokens=60, temperature=0.7)))
    until = time.monotonic() + 60 * minutes
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("a", encoding="utf-8") as lines, ThreadPoolExecutor(_AT_ONCE) as pool:
        for first in range(0, len(left), _AT_ONCE * 4):
            if time.monotonic() > until:
                break
            some = left[first : first + _AT_ONCE * 4]
            for made in pool.map(lambda q: rule(Case(q, q, False)), some):
                words = made.words if made.fit else ""
                lines.write(json.dumps({"question": made.question, "words": words}) + "\n")
            lines.flush()
            print(f"{first + len(some)} of {len(left)}")


if __name__ == "__main__":
    typer.run(main)
