"""What is wrong with a page: what axe finds, and what a finger cannot hit or a phone cuts off."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

LEAST_PX = 44
# Controls that are seen, smaller than a finger or out of the page. Of a box in a label the label is
# what is selected. A link in the midst of text is as large as its words (WCAG 2.5.8).
SMALL = """least => {
  const within = 'p, li, td, dd, blockquote, figcaption';
  const told = [];
  const dialog = [...document.querySelectorAll('dialog[open]')].at(-1);
  const isLink = node => node.matches('a') && node.closest(within)
    && getComputedStyle(node).display.startsWith('inline')
    && node.closest(within).textContent.trim() !== node.textContent.trim();
  const controls = 'a[href], button, input:not([type=hidden]), select, textarea, summary';
  for (const node of (dialog ?? document).querySelectorAll(controls)) {
    const what = node.closest('label') ?? node;
    const box = what.getBoundingClientRect();
    const isThere = node.checkVisibility({ visibilityProperty: true, opacityProperty: true })
      && box.width > 1 && box.height > 1 && !node.closest('[inert], .told, .visually-hidden');
    if (!isThere || isLink(node) || node.matches('[href^="#cite-"], mark')) continue;
    const size = `${Math.round(box.width)} x ${Math.round(box.height)}`;
    const words = node.ariaLabel ?? node.textContent.slice(0, 30);
    const name = `${node.tagName} ${node.className} ${words}`;
    if (box.width < least - .5 || box.height < least - .5) told.push(`small ${size}: ${name}`);
    let scrolls = false;
    for (let at = what.parentElement; at; at = at.parentElement) {
      scrolls ||= /auto|scroll/.test(getComputedStyle(at).overflowX)
        && at.scrollWidth > at.clientWidth;
    }
    const isCut = box.left < -1 || box.right > innerWidth + 1;
    if (isCut && !scrolls) told.push(`cut ${size}: ${name}`);
  }
  if (document.documentElement.scrollWidth > innerWidth) told.push('the page is too wide');
  return [...new Set(told)];
}"""

# Gradio's own, with the reason why it is not mended here.
GRADIOS = {
    ".examples": "role=list around buttons that are no listitems, in the transcript's own examples",
}


def found_by_axe(page: Page) -> list[str]:
    """Serious and critical findings, each with the element it was found on."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    asked = {"resultTypes": ["violations"]}
    found = page.evaluate("asked => axe.run(asked).then(found => found.violations)", asked)
    return [
        f"{one['id']}: {node['html'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
        if not any(target in str(node["target"]) for target in GRADIOS)
    ]


def too_small(page: Page) -> list[str]:
    """What is smaller than a finger, or cut off."""
    return [str(one) for one in page.evaluate(SMALL, LEAST_PX)]
