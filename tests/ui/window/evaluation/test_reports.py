"""Reports as the window serves them."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient
from kept import kept
from rows import ROWS

from eval import report
from ui.window.evaluation import reports
from ui.window.page import visitor


def test_a_report_is_in_the_language_of_whoever_reads_it(tmp_path: Path) -> None:
    for name in ("one", "two"):
        report.write(kept(tmp_path / name, ROWS))
    web = FastAPI()
    web.include_router(reports.routes(tmp_path))
    web.add_middleware(visitor.Visitors)
    with TestClient(web) as client:
        for path in ("/runs/one.html", "/runs/two/against/one.html"):
            for language in ("de", "en", "de"):
                page = client.get(path, headers={"accept-language": language}).text
                assert f'<html lang="{language}">' in page
        text = client.get("/runs/one.md", headers={"accept-language": "de"}).text
        assert "## Alle Werte" in text
        data = [
            client.get("/runs/one.json", headers={"accept-language": language}).json()
            for language in ("de", "en")
        ]
    assert data[0] == data[1]
    assert "containment" in data[0]["figures"]
