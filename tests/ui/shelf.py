"""A folder of articles that look like articles: Markdown, pictures and what would do harm."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

LINE = """\
---
title: The Skerra line
publisher: Harbour Gazette
published: 2025-05-03
---
# The Skerra line

The ferry to **Skerra** takes [two hours](https://ferries.example/skerra "Timetable") &amp; more.

| Route | Fare | Hours |
|---|---:|:---:|
| Skerra 𝔸 | 38 *crowns* | 2 |
| Tarn \\| Vale | 40 crowns | 3 |

- The first stop is the *old* quay of Lowick.
- The second [stop](javascript:window.__xss='link') is Tarn.

> The captain said: **never** in fog.

```py
print("a very long line of code that does not fit on any telephone, however it is turned")
```

![A map of the line](pics/map.png)
![A beacon](http://attacker.invalid/beacon.png)
![No picture](pics/fake.png)

<div onclick="window.__xss='div'"><script>window.__xss='script'</script></div>

The whistle costs <img src=x onerror="window.__xss='img'"> nothing[^1].

[^1]: So the board says.
"""
BERTHS = "---\ntitle: Berths of Quillhaven\n---\n| Berth | Rent |\n|---|---:|\n" + "".join(
    f"| Berth {number} on the Quillhaven pier | {3 * number} crowns |\n" for number in range(1, 80)
)
HUGE = "---\ntitle: The long register\n---\n" + "Entry **bold** of the register.\n\n" * 40_000


def stock(folder: Path) -> Path:
    """The folder, filled."""
    (folder / "pics").mkdir(parents=True)
    Image.new("RGB", (600, 200), (90, 140, 200)).save(folder / "pics" / "map.png")
    (folder / "pics" / "fake.png").write_text("<svg onload=\"window.__xss='svg'\"/>")
    (folder / "line.md").write_text(LINE, "utf-8")
    (folder / "berths.md").write_text(BERTHS, "utf-8")
    return folder
