"""One door to typst, so that every card, letter and report is set with the same fonts and the same care.

A template never contains data: text reaches typst as JSON and pictures as files in memory, so that a name with markup
in it is printed as it is written, and no card number touches the disk. The machine's own fonts are ignored: a document
looks the same everywhere. What a document says is its caller's matter.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import typst

from collector.documents.letters import printable
from collector.errors import DocumentError

_HERE = Path(__file__).parent
_TEMPLATES = _HERE / "templates"
_NO_IMAGES: Mapping[str, bytes] = MappingProxyType({})


def render(template: str, data: Mapping[str, object], images: Mapping[str, bytes] = _NO_IMAGES) -> bytes:
    """Set a template and return the PDF; the same input gives the same bytes.

    Args:
        template: name of a file in `templates/`, without `.typ`.
        data: what JSON can hold; the template reads it with `json("data.json")`.
        images: SVG, PNG or JPEG by file name (`code-1.svg`); the template reads them as `image("images/code-1.svg")`.

    Raises:
        DocumentError: no such template, text that no font of ours holds, or a document that cannot be set.

    """
    files = {
        "main.typ": _source(template),
        "data.json": json.dumps(printable(data), ensure_ascii=False).encode(),
        **{f"images/{name}": picture for name, picture in images.items()},
    }
    try:
        # typst takes a dict of files; its type stub only forgets to say so.
        return typst.compile(
            cast("Any", files), root=_TEMPLATES, font_paths=_fonts(), ignore_system_fonts=True, pdf_tags=False
        )
    except typst.TypstError as error:
        reason = error.message.removeprefix("panicked with: ").strip('"')
        raise DocumentError(f"The document “{template}” could not be made: {reason}.") from error


def _source(template: str) -> bytes:
    names = sorted(path.stem for path in _TEMPLATES.glob("*.typ"))
    if template not in names:
        raise DocumentError(f"There is no document “{template}”; there are: {', '.join(names)}.")
    return (_TEMPLATES / f"{template}.typ").read_bytes()


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[_HERE / "fonts"])
