"""Texts that would run a script if a page took them for more than texts. All they would do is to set `window.fired` and
the page's title; none may."""

from __future__ import annotations

import itertools

_MARK = "window.fired=document.title='FIRED'"
_JS = f"javascript:{_MARK}"

# Elements, alone and as they break out of what is around them.
_ELEMENTS = [
    f"<script>{_MARK}</script>",
    f"<SCRIPT SRC='data:text/javascript,{_MARK}'></SCRIPT>",
    f'<img src=x onerror="{_MARK}">',
    f"<IMG SRC=x OnErRoR={_MARK}>",
    f'<svg onload="{_MARK}">',
    f"<svg><script>{_MARK}</script></svg>",
    f'<svg><animate onbegin="{_MARK}" attributeName=x dur=1s></svg>',
    f'<svg><a xlink:href="{_JS}"><text x=9 y=9>x</text></a></svg>',
    f"<math><mtext><script>{_MARK}</script></mtext></math>",
    f'<body onload="{_MARK}">',
    f'<iframe src="{_JS}"></iframe>',
    f'<iframe srcdoc="<script>parent.{_MARK}</script>"></iframe>',
    f'<object data="{_JS}"></object>',
    f'<embed src="{_JS}">',
    f'<a href="{_JS}">x</a>',
    f'<a href="java\tscript:{_MARK}">x</a>',
    f'<a href="&#106;avascript:{_MARK}">x</a>',
    f'<form action="{_JS}"><button autofocus onfocus="{_MARK}">x</button></form>',
    f'<input autofocus onfocus="{_MARK}">',
    f'<details open ontoggle="{_MARK}">x</details>',
    f'<video><source onerror="{_MARK}"></video>',
    f'<audio src=x onerror="{_MARK}"></audio>',
    f'<marquee onstart="{_MARK}">x</marquee>',
    f'<meta http-equiv=refresh content="0;url={_JS}">',
    '<meta http-equiv=refresh content="0;url=/login">',
    '<base href="https://evil.invalid/">',
    '<link rel=stylesheet href="https://evil.invalid/x.css">',
    f'<link rel=import href="data:text/html,<script>{_MARK}</script>">',
    "<style>*{background:url(https://evil.invalid/x)}</style>",
    f'<div style="background:url({_JS})">x</div>',
    f"<template><script>{_MARK}</script></template>",
    f'<noscript><p title="</noscript><img src=x onerror={_MARK}>">',
    f"<textarea><img src=x onerror={_MARK}></textarea>",
    f"<!--><script>{_MARK}</script>-->",
    f"<![CDATA[<script>{_MARK}</script>]]>",
    f"<?php <script>{_MARK}</script> ?>",
    f"<x onclick={_MARK} tabindex=1 autofocus onfocus={_MARK}>x</x>",
    f"<scr<script>ipt>{_MARK}</scr</script>ipt>",
    f"\u00ad<script>{_MARK}</script>",
    f"%3Cscript%3E{_MARK}%3C/script%3E",
    f"&lt;script&gt;{_MARK}&lt;/script&gt;",
    f"\\u003cscript\\u003e{_MARK}\\u003c/script\\u003e",
    f"{{{{{{title}}}}}}<script>{_MARK}</script>{{{{/main}}}}",
    f"[[layout.skip]]<script>{_MARK}</script>",
]
_ENDS = ["", '">', "'>", "</title>", "</textarea></p>", "--></style></script>"]

# Direction, and what nobody sees.
_ODD = [
    "\u202egnp.exe", "\u2066\u202ex\u2069", "\u200b\u200b\u200b", "a\u0301" * 60, "\ufeffx", "\u2028x\u2029y",
    "x" * 4000, "w " * 1900, "\U0001f469\u200d\U0001f680" * 40, "٣١ مرحبا שלום", "\u206a\u206f", "\ufffe",
]  # fmt: skip

# Links as Markdown and as addresses.
LINKS = [
    _JS, _JS.upper(), f" {_JS}", f"java\tscript:{_MARK}", f"\x01javascript:{_MARK}", f"javascript&colon;{_MARK}",
    f"data:text/html,<script>{_MARK}</script>", f"data:text/html;base64,PHNjcmlwdD4=#{_MARK}", f"vbscript:{_MARK}",
    "file:///etc/passwd", "blob:https://evil.invalid/x", f"view-source:{_JS}", f"//evil.invalid/{_MARK}",
    f"https://evil.invalid/\"onmouseover=\"{_MARK}", f"https://evil.invalid/'><script>{_MARK}</script>",
    "https://user:password@evil.invalid/", f"feed:{_JS}", f"jar:{_JS}!/x",
    f"mailto:x?subject=\"><script>{_MARK}</script>",
]  # fmt: skip

MARKDOWN = [
    *[f"[x]({link})" for link in LINKS],
    *[f"![x]({link})" for link in LINKS[:8]],
    *[f"<{link}>" for link in LINKS[:8]],
    *[f"[x]: {link}\n\n[x]" for link in LINKS[:8]],
    f'[x](https://a.invalid "title\\" onmouseover=\\"{_MARK}")',
    f'```html" onload="{_MARK}\n<script>{_MARK}</script>\n```',
    f"`<script>{_MARK}</script>`",
    f"<div>\n\n<script>{_MARK}</script>\n\n</div>",
    f"# <img src=x onerror={_MARK}>",
    f"| <script>{_MARK}</script> |\n|---|\n| <svg onload={_MARK}> |",
    "[" * 3000,
    "*" * 3000,
    "> " * 2000 + "x",
]

TEXTS = [end + element for element, end in itertools.product(_ELEMENTS, _ENDS)] + _ODD
