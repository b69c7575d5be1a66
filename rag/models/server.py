"""What runs in the process of a language model: llama.cpp's own server, on a free loopback port.

It has a process of its own because llama.cpp, while it loads a model, lets no other thread of
Python run. What it is told comes in one line of JSON, and so goes where it listens; it ends when
its standard input does.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from typing import Any

# So many tokens of a prompt are read at a time, in less than a second; the server tells of each
# such batch, and so it notices who has hung up. 64 are a tenth faster, and take over a second.
_BATCH = 32


def main() -> None:
    """Serve the model that the first line names until the last one has come."""
    with suppress(ValueError):  # Ctrl-C is for the one that asked, who ends this process
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    asked = json.loads(sys.stdin.buffer.readline())
    # What llama.cpp prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    try:
        server = _served(asked)
        told = {"address": server.listening_address}
    except Exception as error:  # llama.cpp's C++ exceptions share no narrower class
        told = {"error": str(error)}
    answers.write(json.dumps(told).encode() + b"\n")
    answers.close()
    if "address" in told:
        sys.stdin.buffer.read()
    os._exit(0)  # what it holds goes with the process; to give it back bit by bit takes longer


def _served(asked: dict[str, Any]) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = asked["file"]
    # All slots draw on this: with room for one whole prompt alone, two that are long would both
    # fail.
    params.n_ctx = asked["context"] * asked["slots"]
    # Of two, one keeps the beginning of the answer's prompt, the other the rewriting's. The
    # instructions that both begin with are short, and each slot has them after its first prompt.
    params.n_parallel = asked["slots"]
    params.kv_unified = True
    params.n_batch = params.n_ubatch = _BATCH
    # Past prompts kept in memory would grow to 8 GB; the slot keeps the last one's start anyway.
    params.cache_ram_mib = 0
    params.enable_reasoning = 0  # what a model thinks aloud would take all the words of its answer
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [asked["key"]]
    params.ui = False
    params.endpoint_slots = False
    params.verbosity = 0
    params.cpuparams.n_threads = asked["threads"]
    params.warmup = False  # the first prompt does the same, and is waited for
    # It loads the model once more to see what fits on a GPU: a quarter of the time of loading.
    params.fit_params = _has_gpu(xllamacpp)
    return xllamacpp.Server(params)


def _has_gpu(xllamacpp: Any) -> bool:
    kinds = xllamacpp.ggml_backend_dev_type
    gpus = (kinds.GGML_BACKEND_DEVICE_TYPE_GPU, kinds.GGML_BACKEND_DEVICE_TYPE_IGPU)
    return any(device["type"] in gpus for device in xllamacpp.get_device_info())
