"""ES modules that import each other, as the text of one plain script.

Each module becomes a function that is called once and returns what it exports, after the modules
that it imports. That is all, so the modules keep to one style, and anything else is refused:

    import { a, b as c } from "./x.js";     also over several lines
    export const, export function, export class, export async function, export { a, b as c };
    new Worker(new URL("./x.js", import.meta.url), { type: "module" })

A worker's modules become a script of their own, inside the one that starts it. Comments on lines of
their own are left out. Code that is no module (in a string, say) must not start a line with
`import`, `export` or a comment.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from vae_core.errors import VaeCoreError

_COMMENT = re.compile(r"^[ \t]*(?://.*|/\*(?:[^*]|\*(?!/))*\*/[ \t]*)\n", re.MULTILINE)
_IMPORT = re.compile(r'^import \{([^{}]*)\} from "(\.[^"\n]*)";$', re.MULTILINE)
_EXPORT_LIST = re.compile(r"^export \{([^{}]*)\};$", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|class|(?:async )?function\*?) (\w+))", re.MULTILINE)
_WORKER = re.compile(
    r'new Worker\(\s*new URL\("(\.[^"\n]*)", import\.meta\.url\),\s*\{ type: "module" \},?\s*\)'
)
_NOT_UNDERSTOOD = re.compile(r"^(?:import|export)\b.*|\bimport\s*[.(].*", re.MULTILINE)


def bundle(folder: Path, *entries: str) -> str:
    """The script that does what loading the modules `entries` of `folder` does.

    Every module is a constant of the script, named after its path: `core_path` for core/path.js.

    Args:
        folder: holds the entries and everything that they import.
        entries: paths of modules in the folder, "host/standalone.js" say.

    Raises:
        VaeCoreError: a module is missing, imports itself, or is not written in the style above.
    """
    root = folder.resolve()
    scripts: dict[Path, str] = {}
    for entry in entries:
        _add(root, root / entry, scripts, importers=())
    return '"use strict";\n' + "".join(scripts.values())


def _add(root: Path, path: Path, scripts: dict[Path, str], importers: tuple[Path, ...]) -> None:
    """Put the module at `path` into `scripts`, after those that it imports."""
    if path in scripts:
        return
    names = [_shown(root, module) for module in (*importers, path)]
    if path in importers:
        raise VaeCoreError(
            "These modules import each other: {cycle}.",
            key="export.cycle",
            cycle=" -> ".join(names[importers.index(path) :]),
        )
    if not path.is_relative_to(root) or not path.is_file():
        raise VaeCoreError(
            "There is no module {module} in {folder}.",
            key="export.no_module",
            module=" -> ".join(names[-2:]),
            folder=root,
        )
    text = _COMMENT.sub("", path.read_text(encoding="utf-8"))
    for _, source in _IMPORT.findall(text):
        _add(root, (path.parent / source).resolve(), scripts, (*importers, path))
    scripts[path] = _script(root, path, text)


def _script(root: Path, path: Path, text: str) -> str:
    exported = [name for names in _EXPORT_LIST.findall(text) for name in _pairs(names)]
    exported += [f"{name}: {name}" for name in _EXPORT.findall(text)]

    def take(match: re.Match[str]) -> str:
        module = _constant(root, (path.parent / match[2]).resolve())
        return f"const {{ {', '.join(_pairs(match[1], taken=True))} }} = {module};"

    def start(match: re.Match[str]) -> str:
        worker = bundle(root, _shown(root, (path.parent / match[1]).resolve()))
        return f"new Worker(URL.createObjectURL(new Blob([{json.dumps(worker)}])))"

    body = _EXPORT.sub("", _EXPORT_LIST.sub("", _IMPORT.sub(take, text)))
    body = _WORKER.sub(start, body).strip("\n")
    if unknown := _NOT_UNDERSTOOD.search(body):
        raise VaeCoreError(
            "{module} cannot be put into one file: {line!r} is not understood.",
            key="export.not_understood",
            module=_shown(root, path),
            line=unknown[0][:80],
        )
    returned = f"return {{ {', '.join(sorted(exported))} }};"
    return f"const {_constant(root, path)} = (() => {{\n{body}\n{returned}\n}})();\n"


def _pairs(names: str, *, taken: bool = False) -> list[str]:
    """The names "a, b as c" as entries of an object, to take apart or to return."""
    pairs = [name.split(" as ") for name in re.split(r",\s*", names.strip().rstrip(",")) if name]
    return [": ".join((pair[0], pair[-1]) if taken else (pair[-1], pair[0])) for pair in pairs]


def _constant(root: Path, path: Path) -> str:
    return re.sub(r"\W", "_", _shown(root, path).removesuffix(".js"))


def _shown(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
