# syntax=docker/dockerfile:1
# One image for replicas (ibid chat, ibid serve), workers (ibid worker) and commands. Without
# PyTorch: onnxruntime reads the models. Those that search, 127 MB, are in it; the one that writes is
# not: a model server does that (IBID_BASE_URL), or quotations alone (IBID_ANSWERS=quotes).

FROM python:3.11-slim-bookworm AS built
ARG EXTRAS=postgres,otel
ARG MODELS="all-minilm-l6-v2 ms-marco-minilm-l-12-v2"
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_CONSTRAINT=/source/constraints.txt
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY rag rag
COPY ui ui
COPY eval eval
COPY seeds seeds
RUN python -m venv /opt/ibid
RUN --mount=type=cache,target=/root/.cache/pip /opt/ibid/bin/pip install ".[${EXTRAS}]"
# shellcheck disable=SC2086 # each is a name
RUN IBID_MODELS_DIR=/opt/models /opt/ibid/bin/ibid models pull ${MODELS}

FROM python:3.11-slim-bookworm
# OpenMP, which the runtime of local language models is linked with.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --user-group --home-dir /var/lib/ibid --create-home --shell /usr/sbin/nologin ibid
COPY --from=built /opt /opt
ENV PATH=/opt/ibid/bin:$PATH \
    HOME=/var/lib/ibid \
    PYTHONUNBUFFERED=1 \
    IBID_MODELS_DIR=/opt/models \
    IBID_LIBRARY=/var/lib/ibid/library
USER 10001:10001
WORKDIR /var/lib/ibid
VOLUME /var/lib/ibid
EXPOSE 7860
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/healthz', timeout=4)"]
ENTRYPOINT ["ibid"]
CMD ["chat", "--host", "0.0.0.0", "--auth", "user"]
