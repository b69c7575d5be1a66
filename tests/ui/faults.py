"""What axe finds on a page: nothing serious or critical that is ours may be among it."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Gradio's own, with the reason why it is not mended here.
GRADIOS = {
    ".examples": "role=list around buttons that are no listitems, in the transcript's own examples",
}


def faults(page: Page) -> list[str]:
    """Serious and critical findings, each with the element it was found on."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
        if not any(target in str(node["target"]) for target in GRADIOS)
    ]
