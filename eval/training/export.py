"""A checkpoint to the file that Ibid ships: ``python -m eval.training.export --from FOLDER``.

The weights become int8 (each matrix by its own scale), as onnxruntime's dynamic quantization does
it; ``reader.toml`` beside it keeps the SHA-256, without which Ibid does not load the file.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import torch
import typer
from onnxruntime.quantization import QuantType, quantize_dynamic

from eval.training.network import Reader
from rag.models.store import ModelStore
from rag.settings import load

WEIGHTS = Path(__file__).parents[2] / "rag" / "models" / "weights"


def export(checkpoint: Path, out: Path) -> Path:
    """Write ``reader.onnx`` (int8) of a checkpoint into a folder."""
    network = Reader()
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    network.load_state_dict(saved["network"])
    network.eval()
    names = ("input_ids", "attention_mask", "token_type_ids")
    shown = {name: torch.ones((2, 8), dtype=torch.long) for name in names}
    axes = {0: "pairs", 1: "tokens"}
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole.onnx"
        torch.onnx.export(
            network,
            tuple(shown.values()),
            str(whole),
            input_names=list(names),
            output_names=["answers", "start", "end", "says_yes"],
            dynamic_axes={
                **dict.fromkeys((*names, "start", "end"), axes),
                "answers": {0: "pairs"},
                "says_yes": {0: "pairs"},
            },
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(
            str(whole), str(out / "reader.onnx"), weight_type=QuantType.QInt8, per_channel=True
        )
    return out / "reader.onnx"


def main(
    source: Annotated[Path, typer.Option("--from", help="folder with checkpoint.pt")],
    out: Annotated[Path, typer.Option(help="folder for reader.onnx")] = WEIGHTS,
) -> None:
    """Export a trained reader."""
    made = export(source / "checkpoint.pt", out)
    settings = load()
    reranker = ModelStore(settings.models_dir).path(settings.reranker)
    shutil.copyfile(reranker / "tokenizer.json", out / "tokenizer.json")
    digest = hashlib.sha256(made.read_bytes()).hexdigest()
    (out / "reader.toml").write_text(
        f'# Written by eval.training.export.\nsha256 = "{digest}"\n', encoding="utf-8"
    )
    print(made, f"{made.stat().st_size:,} bytes", digest)


if __name__ == "__main__":
    typer.run(main)
