"""The latent map of a model as one HTML file: no server, no network, nothing to install.

The file holds the browser's own modules as one script, the decoder, the points and the texts. Its
policy lets nothing else in: no address is fetched, and only the script and the style with these
hashes run. WebAssembly may be compiled, since the decoder's matrix products are written in it.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import re
import tomllib
from pathlib import Path
from typing import Any

from vae_core.errors import VaeCoreError
from vae_core.export.bundle import bundle
from vae_core.export.fonts import chinese_in, font_face, glyphs
from vae_core.export.model_files import decoder_file, map_file
from vae_core.storage.folders import PROJECT
from vae_core.storage.format import CheckpointFile

_FRONTEND = "pages/_ui/frontend"
_TEXTS = "pages/_ui/texts"  # a folder for each language
_SPOKEN = ("latent_map", "link", "parts", "plane", "info", "likelihoods", "classes", "export")
_THEME = ".streamlit/config.toml"
_STYLES = (
    "host/standalone.css",
    "parts/style.css",
    "plane/style.css",
    "pages/latent_map/style.css",
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_CLOSES_SCRIPT = re.compile("<(?=/script|!--)", re.IGNORECASE)

_PAGE = """\
<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header><h1>{title}</h1><p>{about}</p><p>{source}</p></header>
<main></main>
<noscript>{no_script}</noscript>
<script id="contents" type="application/json">{contents}</script>
<script>{script}</script>
</body>
</html>
"""


def web_page(file: CheckpointFile, name: str, project: Path = PROJECT, language: str = "en") -> str:
    """The page's HTML; the same checkpoint, name and project give the same text.

    Args:
        file: the model; its latent space must be a plane.
        name: what the page calls the model.
        project: the folder that holds the browser's modules and texts.
        language: of the page, a folder of its texts.

    Raises:
        VaeCoreError: the model has no map, or something of the project is missing.
    """
    if file.config.latent_dim != 2:
        raise VaeCoreError(
            "Only a model with two latent dimensions has a map, and this one has {count}.",
            key="export.no_map",
            count=file.config.latent_dim,
        )
    languages = sorted(path.parent.name for path in (project / _TEXTS).glob("*/export.json"))
    if languages and language not in languages:
        raise VaeCoreError(
            "There is no language {language!r}; choose one of {languages}.",
            key="export.no_language",
            language=language,
            languages=", ".join(languages),
        )
    texts = {
        part: json.loads(_read(project, f"{_TEXTS}/{language}/{part}.json")) for part in _SPOKEN
    }
    script = _CLOSES_SCRIPT.sub(r"\\x3c", bundle(project / _FRONTEND, "host/standalone.js"))
    style = _theme(_read(project, _THEME))
    style += "".join(_read(project, f"{_FRONTEND}/{name}") for name in _STYLES)
    style += _glyphs(json.dumps(texts, ensure_ascii=False) + name)
    contents = {
        "texts": texts,
        "model": {
            "id": name,
            "title": name,
            "sha256": file.sha256,
            "classes": file.config.label_inputs,
            "objective": file.training.objective,
        },
        "files": {
            "decoder.safetensors": _packed(decoder_file(file)),
            "map.safetensors": _packed(map_file(file)),
        },
    }
    said = {
        "title": name,
        "about": _about(file, texts["export"], texts["likelihoods"]),
        "source": texts["export"]["source"].format(digest=file.sha256[:8]),
        "no_script": texts["export"]["no_script"],
    }
    return _PAGE.format(
        language=language,
        policy=_policy(script, style),
        style=style,
        script=script,
        contents=json.dumps(contents).replace("<", "\\u003c"),
        **{key: html.escape(text) for key, text in said.items()},
    )


def _about(file: CheckpointFile, texts: dict[str, str], likelihoods: dict[str, str]) -> str:
    """What the model is and what it reached on the test images."""
    figures, training = file.evaluation, file.training
    kind = ("conditional_" if file.config.conditional else "") + training.objective
    return texts[kind].format(
        dataset=training.dataset,
        likelihood=likelihoods[file.config.likelihood],
        beta=texts[f"beta_on_{training.beta_on}"].format(beta=f"{training.beta:g}"),
        loss=f"{-(figures.elbo or 0):.2f}",
        reconstruction=f"{-figures.log_likelihood:.2f}",
        kl=f"{figures.kl or 0:.2f}",
        images=f"{figures.images:,}",
        test=_test_set(figures.dataset, texts),
    )


def _test_set(name: str, texts: dict[str, str]) -> str:
    """The images that figures are of: "MNIST test (embedded)" say, in the page's language."""
    known = re.fullmatch(r"(\w+) test( \(embedded\))?", name)
    return (
        texts["test_embedded" if known[2] else "test"].format(dataset=known[1]) if known else name
    )


def _policy(script: str, style: str) -> str:
    """The Content-Security-Policy that lets in this script and this style and nothing else."""
    allowed = {
        "default-src": "'none'",
        "script-src": f"{_hash(script)} 'wasm-unsafe-eval'",
        "style-src": _hash(style),
        "img-src": "data: blob:",
        "font-src": "data:",
        "worker-src": "blob:",
        "connect-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in allowed.items())


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _theme(config: str) -> str:
    """The app's colors under the names that Streamlit gives them, for light and dark screens."""
    themes = tomllib.loads(config)["theme"]

    def rules(colors: dict[str, Any]) -> str:
        named = {_CAMEL.sub("-", key).lower(): value for key, value in colors.items()}
        return ":root {" + " ".join(f"--st-{key}: {value};" for key, value in named.items()) + "}\n"

    dark = rules(themes["dark"])
    return f"{rules(themes['light'])}@media (prefers-color-scheme: dark) {{ {dark}}}\n"


def _glyphs(text: str) -> str:
    """The rule that brings the text's Chinese characters along, if it has any."""
    characters = chinese_in(text)
    font = glyphs(characters) if characters else None
    return font_face(f"data:font/woff;base64,{base64.b64encode(font).decode()}") if font else ""


def _packed(data: bytes) -> str:
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()


def _read(project: Path, name: str) -> str:
    try:
        return (project / name).read_text(encoding="utf-8")
    except OSError as error:
        raise VaeCoreError(
            "{file} is not in {folder}: a page is made of the app's own files, so keep vae_core "
            "beside them.",
            key="export.no_project",
            file=name,
            folder=project,
        ) from error
