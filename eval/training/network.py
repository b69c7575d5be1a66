"""The reader's network: one encoder, three heads; and where its weights begin."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from transformers import BertConfig, BertModel

_HIDDEN = 384
_LAYERS = 12
_HEADS = 12
_INNER = 1536
_MATMUL = re.compile(r"/(?:Gemm_)?MatMul_quant$")


class Heads(NamedTuple):
    """What the network says of a batch of B readings of at most T tokens, in logits.

    ``answers`` and ``says_yes`` are (B,), ``start`` and ``end`` (B, T); position 0 of these
    stands for "no answer here" (Devlin et al. 2019).
    """

    answers: Tensor
    start: Tensor
    end: Tensor
    says_yes: Tensor


class _HalfLinear(nn.Module):
    """A linear layer that multiplies in bfloat16, which is fast, and hands on float32."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.weight, self.bias = layer.weight, layer.bias

    def forward(self, given: Tensor) -> Tensor:
        half = torch.bfloat16
        return nn.functional.linear(given.to(half), self.weight.to(half)).float() + self.bias


def multiply_in_half(network: nn.Module) -> None:
    """Let all linear layers multiply in bfloat16, in place; parameters and their names stay.

    Autocast does as much on a GPU. On a CPU it leaves layer norm, softmax and the sums between
    layers in bfloat16 too, and then the network learns more slowly.
    """
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.Linear):
                setattr(parent, name, _HalfLinear(child))


class Reader(nn.Module):
    """Reads a question and a text at once: does it answer, where, and is the answer yes or no."""

    def __init__(self, dropout: float = 0.0) -> None:
        """``dropout``: the share of activations left out in training. On a CPU the mask costs more
        than the layer that it is for; there, tokens alone are masked."""
        super().__init__()
        self.bert = BertModel(
            BertConfig(
                hidden_size=_HIDDEN,
                num_hidden_layers=_LAYERS,
                num_attention_heads=_HEADS,
                intermediate_size=_INNER,
                hidden_dropout_prob=dropout,
                attention_probs_dropout_prob=dropout,
                attn_implementation="eager",  # fused attention is slow to differentiate on a CPU
            )
        )
        self.verdict = nn.Linear(_HIDDEN, 2)
        self.span = nn.Linear(_HIDDEN, 2)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Heads:
        """Logits of a batch of token ids, each (B, T)."""
        read = self.bert(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        )
        verdict = self.verdict(read.pooler_output).float()
        span = self.span(read.last_hidden_state).float()
        # An answer is words of the text, or position 0: never of the question, never padding.
        allowed = (token_type_ids * attention_mask).bool()
        allowed[:, 0] = True
        span = span.masked_fill(~allowed.unsqueeze(-1), -1e4)
        return Heads(verdict[:, 0], span[..., 0], span[..., 1], verdict[:, 1])


def from_reranker(path: Path, dropout: float = 0.0) -> Reader:
    """A reader whose encoder has the weights of the int8 cross-encoder, taken back to float.

    Each matrix is stored as (bytes - zero point) * scale; ``path`` is its ONNX file. The heads
    begin at random.
    """
    model = onnx.load(str(path))
    stored = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    weights = {
        name: array
        for name, array in stored.items()
        if name.startswith("bert.") and not name.endswith(("_quantized", "_scale", "_zero_point"))
    }
    for node in model.graph.node:
        if node.op_type == "MatMulInteger" and node.name.startswith("/bert/"):
            layer = _MATMUL.sub("", node.name).strip("/").replace("/", ".")
            weights[f"{layer}.weight"] = _float(stored, node.input[1]).T
    for name in stored:
        if "embeddings" in name and name.endswith("_quantized"):
            weights[name.removesuffix("_quantized")] = _float(stored, name)
    reader = Reader(dropout)
    known: dict[str, Any] = {
        name: torch.from_numpy(np.array(array, np.float32, order="C"))
        for name, array in weights.items()
    }
    missing, unknown = reader.load_state_dict(known, strict=False)
    left = [name for name in missing if name.startswith("bert.") and "position_ids" not in name]
    if left or unknown:
        raise ValueError(f"{path}: no such network; missing {left}, unknown {unknown}")
    return reader


def _float(stored: dict[str, np.ndarray], name: str) -> np.ndarray:
    base = name.removesuffix("_quantized")
    zero = stored[f"{base}_zero_point"].astype(np.float32)
    return np.asarray((stored[name].astype(np.float32) - zero) * stored[f"{base}_scale"])
