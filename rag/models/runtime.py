"""What the ONNX models share: how one is opened, and texts of about one length side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

# Of 96, 128, 192, 256 and 384 the fastest for passages, and level with 96 for sentences.
_BATCH_TOKENS = 128


def session(model: Path, weights: Path | None = None) -> InferenceSession:
    """Open an ONNX model for one core; ``weights`` is the folder of a graph's own, if elsewhere."""
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    # A batch a core takes 0.6 of the time of one batch on all cores.
    options.intra_op_num_threads = 1
    # What it reserves for every new shape it keeps, at no gain in time.
    options.enable_cpu_mem_arena = False
    given: str | bytes = str(model)
    if weights:
        options.add_session_config_entry(
            "session.model_external_initializers_file_folder_path", str(weights)
        )
        given = model.read_bytes()  # of a path it would look for the weights beside it
    return InferenceSession(given, options, providers=["CPUExecutionProvider"])


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indexes of texts of about one length, so that little is padding; the longest first."""
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def inputs(tokens: Sequence[Any], *, with_types: bool) -> dict[str, np.ndarray]:
    """What an encoder is given of the tokens of a batch, padded to the longest."""
    names = {"input_ids": "ids", "attention_mask": "attention_mask"}
    if with_types:
        names["token_type_ids"] = "type_ids"
    shape = (len(tokens), max(len(one.ids) for one in tokens))
    given = {name: np.zeros(shape, np.int64) for name in names}
    for row, one in enumerate(tokens):
        for name, of_tokens in names.items():
            given[name][row, : len(one.ids)] = getattr(one, of_tokens)
    return given
