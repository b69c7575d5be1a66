"""The graph of all-MiniLM-L6-v2 without its weights: ``python -m eval.training.graph``.

A BERT encoder, the mean over its tokens, a unit vector. Each weight is a place in the model's own
``model.safetensors``; of that file only the head is read. The result is some kB, and the same
bytes each time.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import onnx
from onnx import TensorProto, helper

from rag.models.registry import WEIGHTS, listed
from rag.models.store import ModelStore
from rag.settings import load

NAME = "all-minilm-l6-v2"
_FILE = "model.safetensors"
_OPSET = 20
_IR = 9  # of 2023, which goes with that operator set


class _Graph:
    """Nodes and initializers as they are written down; each node is named after its output."""

    def __init__(self, head: dict[str, Any], begin: int) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: dict[str, onnx.TensorProto] = {}
        self._head = head
        self._begin = begin

    def node(self, kind: str, given: list[str], name: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, given, [name], name=name, **attributes))
        return name

    def whole(self, name: str, *values: int) -> str:
        """A list of whole numbers."""
        tensor = helper.make_tensor(name, TensorProto.INT64, [len(values)], values)
        self.initializers[name] = tensor
        return name

    def number(self, name: str, value: float) -> str:
        self.initializers[name] = helper.make_tensor(name, TensorProto.FLOAT, [], [value])
        return name

    def weight(self, name: str) -> str:
        """A tensor of the file of weights, by its place in it."""
        known = self._head[name]
        first, last = known["data_offsets"]
        tensor = TensorProto(
            name=name,
            data_type=TensorProto.FLOAT,
            dims=known["shape"],
            data_location=TensorProto.EXTERNAL,
        )
        place = {"location": _FILE, "offset": self._begin + first, "length": last - first}
        for key, value in place.items():
            tensor.external_data.add(key=key, value=str(value))
        self.initializers[name] = tensor
        return name

    def linear(self, given: str, weights: str, name: str) -> str:
        turned = self.node("Transpose", [self.weight(f"{weights}.weight")], f"{name}.turned")
        product = self.node("MatMul", [given, turned], f"{name}.product")
        return self.node("Add", [product, self.weight(f"{weights}.bias")], name)

    def norm(self, given: str, weights: str, name: str, epsilon: float) -> str:
        of = [given, self.weight(f"{weights}.weight"), self.weight(f"{weights}.bias")]
        return self.node("LayerNormalization", of, name, axis=-1, epsilon=epsilon)


def build(folder: Path) -> bytes:
    """The graph of the model in a folder, as its ``config.json`` and its weights' head tell it."""
    config = json.loads((folder / "config.json").read_text())
    with (folder / _FILE).open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        graph = _Graph(json.loads(file.read(length)), 8 + length)
    hidden = _embeddings(graph, config)
    for number in range(config["num_hidden_layers"]):
        hidden = _layer(graph, config, hidden, f"encoder.layer.{number}")
    _pooled(graph, hidden)
    axes = ["texts", "tokens"]
    made = helper.make_graph(
        graph.nodes,
        NAME,
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, axes)
            for name in ("input_ids", "attention_mask")
        ],
        [
            helper.make_tensor_value_info(
                "vectors", TensorProto.FLOAT, ["texts", config["hidden_size"]]
            )
        ],
        list(graph.initializers.values()),
    )
    opsets = [helper.make_opsetid("", _OPSET)]
    model = helper.make_model(made, opset_imports=opsets, ir_version=_IR)
    return bytes(model.SerializeToString(deterministic=True))


def _embeddings(graph: _Graph, config: dict[str, Any]) -> str:
    """Words and their places; each token is of the first kind, as a text stands alone."""
    first, second = graph.whole("first", 0), graph.whole("second", 1)
    graph.node("Shape", ["input_ids"], "tokens", start=1, end=2)
    table = "embeddings.position_embeddings.weight"
    places = graph.node("Slice", [graph.weight(table), first, "tokens", first], "places")
    table = "embeddings.token_type_embeddings.weight"
    kind = graph.node("Slice", [graph.weight(table), first, second, first], "kind")
    table = "embeddings.word_embeddings.weight"
    words = graph.node("Gather", [graph.weight(table), "input_ids"], "words")
    there = graph.node("Add", [places, kind], "there")
    summed = graph.node("Add", [words, there], "summed")
    # What is padding is looked at by nobody.
    mask = graph.node("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
    padding = graph.node("Sub", [graph.number("one", 1.0), mask], "padding")
    lowest = graph.number("lowest", -3.4028234663852886e38)
    unseen = graph.node("Mul", [padding, lowest], "unseen")
    graph.node("Unsqueeze", [unseen, graph.whole("heads and tokens", 1, 2)], "blinkers")
    width = config["hidden_size"] // config["num_attention_heads"]
    graph.whole("in heads", 0, 0, config["num_attention_heads"], width)
    graph.whole("in one", 0, 0, config["hidden_size"])
    graph.number("scale", width**-0.5)
    return graph.norm(summed, "embeddings.LayerNorm", "embedded", config["layer_norm_eps"])


def _layer(graph: _Graph, config: dict[str, Any], given: str, name: str) -> str:
    def headed(part: str, axes: list[int]) -> str:
        made = graph.linear(given, f"{name}.attention.self.{part}", f"{name}.{part}")
        split = graph.node("Reshape", [made, "in heads"], f"{name}.{part}.split")
        return graph.node("Transpose", [split], f"{name}.{part}.headed", perm=axes)

    epsilon = config["layer_norm_eps"]
    query, key, value = (
        headed("query", [0, 2, 1, 3]), headed("key", [0, 2, 3, 1]), headed("value", [0, 2, 1, 3])
    )  # fmt: skip
    likeness = graph.node("MatMul", [query, key], f"{name}.likeness")
    scaled = graph.node("Mul", [likeness, "scale"], f"{name}.scaled")
    seen = graph.node("Add", [scaled, "blinkers"], f"{name}.seen")
    shares = graph.node("Softmax", [seen], f"{name}.shares", axis=-1)
    context = graph.node("MatMul", [shares, value], f"{name}.context")
    turned = graph.node("Transpose", [context], f"{name}.context.turned", perm=[0, 2, 1, 3])
    joined = graph.node("Reshape", [turned, "in one"], f"{name}.joined")
    attended = graph.linear(joined, f"{name}.attention.output.dense", f"{name}.attended")
    summed = graph.node("Add", [attended, given], f"{name}.attended.summed")
    normed = f"{name}.attention.output.LayerNorm"
    middle = graph.norm(summed, normed, f"{name}.middle", epsilon)
    wide = graph.linear(middle, f"{name}.intermediate.dense", f"{name}.wide")
    bent = graph.node("Gelu", [wide], f"{name}.bent")
    narrow = graph.linear(bent, f"{name}.output.dense", f"{name}.narrow")
    summed = graph.node("Add", [narrow, middle], f"{name}.narrow.summed")
    return graph.norm(summed, f"{name}.output.LayerNorm", f"{name}.output.normed", epsilon)


def _pooled(graph: _Graph, hidden: str) -> None:
    over = graph.whole("over tokens", 1)
    weighing = graph.node("Unsqueeze", ["mask", graph.whole("last", 2)], "weighing")
    kept = graph.node("Mul", [hidden, weighing], "kept")
    total = graph.node("ReduceSum", [kept, over], "total", keepdims=0)
    count = graph.node("ReduceSum", [weighing, over], "count", keepdims=0)
    mean = graph.node("Div", [total, count], "mean")
    graph.node("LpNormalization", [mean], "vectors", axis=-1, p=2)


def main() -> None:
    """Write the graph where Ibid looks for it."""
    file = WEIGHTS / listed()[NAME].graph
    file.write_bytes(build(ModelStore(load().models_dir).path(NAME)))
    print(file, f"{file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
