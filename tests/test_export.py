"""One file without a server: what it is made of, and the page itself."""

import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import tomllib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from tests.conftest import needs_node, write_checkpoint
from vae_core.__main__ import main
from vae_core.errors import VaeCoreError
from vae_core.export.bundle import bundle
from vae_core.export.model_files import decoder_file, map_file
from vae_core.export.web_page import web_page
from vae_core.storage.checkpoints import read_checkpoint

PROJECT = Path(__file__).parent.parent
FRONTEND = PROJECT / "pages/_ui/frontend"
SHIPPED = PROJECT / "checkpoints"


# --- the model -----------------------------------------------------------------------------------


def metadata(data: bytes) -> dict[str, str]:
    length = int.from_bytes(data[:8], "little")
    assert length % 8 == 0, "tensors start where numbers may"
    return json.loads(data[8 : 8 + length])["__metadata__"]


def test_high_and_low_bytes_of_the_decoder_join_to_its_weights() -> None:
    file = read_checkpoint(SHIPPED / "cvae.safetensors")
    data = decoder_file(file)
    planes = safetensors.numpy.load(data)
    wanted = {n for n in file.weights if n.startswith("decoder.") or n == "prior_mu"}
    assert {name.rpartition(".")[0] for name in planes} == wanted
    for name in wanted:
        high, low = (planes[f"{name}.{part}"].astype(np.uint16) for part in ("high", "low"))
        assert np.array_equal((high << 8 | low).view(np.float16), file.weights[name]), name
    assert metadata(data) == {"model": file.config.to_json()}


def test_a_decoder_in_single_precision_stays_as_it_is(tiny_checkpoint: Path) -> None:
    file = read_checkpoint(tiny_checkpoint)
    tensors = safetensors.numpy.load(decoder_file(file))
    assert tensors
    for name, array in tensors.items():
        assert np.array_equal(array, file.weights[name])


def test_the_decoder_of_the_shipped_model_fits_through_a_classrooms_network() -> None:
    file = read_checkpoint(SHIPPED / "vae.safetensors")
    assert len(gzip.compress(decoder_file(file))) < 2.2e6


def test_the_map_holds_the_latents_their_names_and_the_whole_view(tmp_path: Path) -> None:
    path = write_checkpoint(tmp_path / "coats.safetensors", dataset="FashionMNIST")
    file = read_checkpoint(path)
    data = map_file(file)
    tensors = safetensors.numpy.load(data)
    assert np.array_equal(tensors["mu"], file.latents.mu)
    assert np.array_equal(tensors["labels"], file.latents.labels)
    assert np.allclose(tensors["log_var"], file.latents.log_var, rtol=1e-3)
    about = metadata(data)
    assert about["dataset"] == "FashionMNIST"
    assert json.loads(about["class_names"])[4] == "Coat"
    for axis, key in enumerate(("x_range", "y_range")):
        low, high = json.loads(about[key])
        inside = (low < file.latents.mu[:, axis]) & (file.latents.mu[:, axis] < high)
        assert inside.mean() > 0.98


def test_the_same_checkpoint_always_gives_the_same_files() -> None:
    path = SHIPPED / "cvae.safetensors"
    files = [read_checkpoint(path) for _ in range(8)]  # each with its tensors in another order
    assert len({tuple(file.weights) for file in files}) > 1
    assert len({decoder_file(file) for file in files}) == 1
    assert len({map_file(file) for file in files}) == 1


# --- the page ------------------------------------------------------------------------------------


class Parts(HTMLParser):
    """The elements of a page that matter here: what runs, what is styled, what is said."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self.attributes: list[tuple[str, str | None]] = []
        self.open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.open = tag
        self.found.setdefault(tag, []).append("")
        self.attributes += attributes

    def handle_data(self, data: str) -> None:
        if self.open:
            self.found[self.open][-1] += data

    def handle_endtag(self, tag: str) -> None:
        self.open = ""

    @property
    def policy(self) -> dict[str, str]:
        (text,) = (v for _, v in self.attributes if v and v.startswith("default-src"))
        return dict(rule.split(" ", 1) for rule in text.split("; "))


def sha256_source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files of the project that a page is made of, with next to nothing in them."""
    files = {
        "pages/_ui/frontend/host/standalone.js": 'console.log("</script><!--", "nonsense");\n',
        "pages/_ui/frontend/host/standalone.css": "body { margin: 0; }\n",
        "pages/_ui/frontend/parts/style.css": ".info { color: green; }\n",
        "pages/_ui/frontend/plane/style.css": ".plane { color: blue; }\n",
        "pages/_ui/frontend/pages/latent_map/style.css": ".map { color: red; }\n",
        ".streamlit/config.toml": (PROJECT / ".streamlit/config.toml").read_text(),
    }
    for path in (PROJECT / "pages/_ui/texts/en").glob("*.json"):
        files[str(path.relative_to(PROJECT))] = path.read_text()
    for name, text in files.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "project"


def test_only_the_pages_own_script_and_style_may_run(project: Path, tiny_checkpoint: Path) -> None:
    page = Parts(web_page(read_checkpoint(tiny_checkpoint), "vae", project))
    contents, script = page.found["script"]
    (style,) = page.found["style"]
    assert json.loads(contents)["model"]["id"] == "vae"
    assert page.policy["default-src"] == page.policy["connect-src"] == "'none'"
    assert page.policy["script-src"] == f"{sha256_source(script)} 'wasm-unsafe-eval'"
    assert page.policy["style-src"] == sha256_source(style)
    assert "unsafe-inline" not in str(page.policy)


def test_nothing_closes_the_script_early(project: Path, tiny_checkpoint: Path) -> None:
    page = web_page(read_checkpoint(tiny_checkpoint), "vae", project)
    _, script = Parts(page).found["script"]
    assert "nonsense" in script, "the script goes on behind what looks like its end"
    assert page.count("<script") == page.count("</script") == 2
    assert "<!--" not in page


@pytest.fixture(scope="module")
def shipped_page() -> str:
    """The page of the model that ships, as the command writes it."""
    return web_page(read_checkpoint(SHIPPED / "vae.safetensors"), "vae")


def test_the_shipped_models_page_fits_in_a_mail(shipped_page: str) -> None:
    assert len(shipped_page.encode()) <= 6e6


def test_no_address_but_names_of_formats_stands_in_the_page(shipped_page: str) -> None:
    addresses = re.findall(r"https?://[^\s\"'`<]*", shipped_page)
    assert {address for address in addresses if "www.w3.org/2000/svg" not in address} == set()


def test_the_same_model_gives_the_same_page(shipped_page: str) -> None:
    assert web_page(read_checkpoint(SHIPPED / "vae.safetensors"), "vae") == shipped_page


@pytest.mark.parametrize("name", ["</title><script>alert(1)</script>", '"><img src=x>', "a & <b>"])
def test_a_models_name_is_text_and_never_markup(
    project: Path, tiny_checkpoint: Path, name: str
) -> None:
    page = Parts(web_page(read_checkpoint(tiny_checkpoint), name, project))
    assert page.found["title"] == page.found["h1"] == [name]
    assert json.loads(page.found["script"][0])["model"]["title"] == name
    assert len(page.found["script"]) == 2
    assert "img" not in page.found


def test_the_page_says_what_the_model_is_and_what_it_reached(project: Path) -> None:
    file = read_checkpoint(SHIPPED / "cvae.safetensors")
    about, source = Parts(web_page(file, "cvae", project)).found["p"]
    assert about.startswith("CVAE of MNIST, Bernoulli likelihood, β 1. 10,000 images of MNIST test")
    assert f"−ELBO {-file.evaluation.elbo:.2f} nats per image" in about
    assert file.sha256[:8] in source


def test_an_autoencoder_is_given_no_bound(project: Path, tiny_checkpoint: Path) -> None:
    file = read_checkpoint(tiny_checkpoint)
    plain = replace(
        file,
        training=replace(file.training, objective="autoencoder"),
        evaluation=replace(file.evaluation, elbo=None, kl=None),
    )
    page = Parts(web_page(plain, "ae", project))
    about, _ = page.found["p"]
    assert json.loads(page.found["script"][0])["model"]["objective"] == "autoencoder"
    assert "Autoencoder" in about
    assert "−log p(x|z) 205.00 nats" in about
    assert not any(word in about for word in ("ELBO", "KL", "β"))


def test_the_colors_are_those_of_the_app_in_light_and_dark(
    project: Path, tiny_checkpoint: Path
) -> None:
    (style,) = Parts(web_page(read_checkpoint(tiny_checkpoint), "vae", project)).found["style"]
    light, dark = style.split("@media (prefers-color-scheme: dark)")
    themes = tomllib.loads((PROJECT / ".streamlit/config.toml").read_text())["theme"]
    assert f"--st-text-color: {themes['light']['textColor']};" in light
    assert f"--st-secondary-background-color: {themes['dark']['secondaryBackgroundColor']};" in dark


def test_a_model_without_a_plane_has_no_page(tmp_path: Path) -> None:
    path = write_checkpoint(tmp_path / "vae.safetensors")
    file = read_checkpoint(path)
    deep = replace(file, config=replace(file.config, latent_dim=3))
    with pytest.raises(VaeCoreError, match="two latent dimensions") as caught:
        web_page(deep, "deep")
    assert caught.value.key == "export.no_map"


def test_without_the_apps_files_the_error_names_them(tmp_path: Path, tiny_checkpoint: Path) -> None:
    missing = r"pages/_ui/texts/en/latent_map\.json is not in"
    with pytest.raises(VaeCoreError, match=missing) as caught:
        web_page(read_checkpoint(tiny_checkpoint), "vae", tmp_path)
    assert caught.value.key == "export.no_project"


def test_a_page_that_cannot_be_written_is_one_sentence(
    tiny_checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("a file, no folder")
    out = tmp_path / "taken" / "vae.html"
    assert main(["export", str(tiny_checkpoint), "--out", str(out)]) == 1
    assert "Could not write" in capsys.readouterr().err


# --- the modules as one script -------------------------------------------------------------------


def write(folder: Path, **modules: str) -> Path:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text)
    return folder


def run_in_node(script: Path) -> str:
    return subprocess.run(
        ["node", str(script)], check=True, capture_output=True, text=True, timeout=60
    ).stdout


def run_bundle(folder: Path) -> str:
    """What main.js of the folder prints as one script."""
    script = folder / "bundled.cjs"
    script.write_text(bundle(folder, "main.js"))
    return run_in_node(script)


@needs_node
def test_a_bundle_computes_what_its_modules_compute(tmp_path: Path) -> None:
    shutil.copytree(FRONTEND / "core", tmp_path / "core")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    entry = """
import { MLP } from "./core/network.js";
import {
  along,
  pathLength as length,
} from "./core/path.js";

const weight = Float32Array.from({ length: 6 }, (_, i) => Math.sin(i));
const corners = [[0, 0], [3, 4]];
const mlp = new MLP([{ weight, bias: new Float32Array(3) }], "silu");
console.log(JSON.stringify([...mlp.forward([1, 2]), ...along(corners, 0.25), length(corners)]));
"""
    (tmp_path / "main.js").write_text(entry)
    answer = run_bundle(tmp_path)
    assert answer == run_in_node(tmp_path / "main.js")
    assert json.loads(answer)[-1] == 5


@needs_node
def test_names_pass_from_module_to_module_in_every_style_that_is_understood(
    tmp_path: Path,
) -> None:
    write(
        tmp_path,
        a="export const one = 1;\nexport function two() {\n  return 2 * one;\n}\n"
        "export class Three {}\nexport async function four() {}\n"
        "const local = 5;\nexport { local as five, local };\n",
        b='import { one, two as zwei } from "./a.js";\nexport const sum = one + zwei();\n',
        main='import { sum } from "./b.js";\n'
        'import { Three, five, four, local, } from "./a.js";\n'
        "console.log(sum, five, local, typeof four, new Three() instanceof Three);\n",
    )
    assert run_bundle(tmp_path).strip() == "3 5 5 function true"


def test_a_module_comes_after_those_it_imports_and_only_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        shared="export const x = 1;\n",
        left='import { x } from "./shared.js";\nexport const l = x;\n',
        right='import { x } from "./shared.js";\nexport const r = x;\n',
        main='import { r } from "./right.js";\nimport { l } from "./left.js";\n',
    )
    lines = bundle(tmp_path, "main.js").splitlines()
    order = [line.split()[1] for line in lines if line.endswith("= (() => {")]
    assert order == ["shared", "right", "left", "main"]


@needs_node
def test_a_worker_is_a_script_inside_the_script_that_starts_it(tmp_path: Path) -> None:
    write(
        tmp_path,
        shared="export const x = 6;\n",
        worker='import { x } from "./shared.js";\nself.postMessage(7 * x);\n',
        main="const started = new Worker(new URL("
        '"./worker.js", import.meta.url), { type: "module" });\n',
    )
    script = tmp_path / "bundled.cjs"
    # A stand-in for the browser: it runs the worker's script at once and prints its message.
    script.write_text(
        "class Blob { constructor([text]) { this.text = text; } }\n"
        "const URL = { createObjectURL: (blob) => blob.text };\n"
        "const Worker = class { constructor(text) {\n"
        '  new Function("self", text)({ postMessage: console.log });\n'
        "} };\n" + bundle(tmp_path, "main.js").removeprefix('"use strict";')
    )
    assert run_in_node(script).strip() == "42"


def test_comments_stay_out_and_strings_that_look_like_them_stay_in(tmp_path: Path) -> None:
    text = '// A secret.\n/**\n * Another.\n */\nexport const url = "https://x/*";\n  // a third\n'
    script = bundle(write(tmp_path, main=text), "main.js")
    assert 'const url = "https://x/*";' in script
    assert not any(word in script for word in ("secret", "Another", "third"))


def test_code_between_two_comments_of_types_stays_in(tmp_path: Path) -> None:
    code = "/** @type {any} */ (globalThis).x = 41;"
    text = f"export function f() {{\n  {code}\n  {code}\n}}\n/** At the end of a line. */\n"
    assert bundle(write(tmp_path, main=text), "main.js").count(code) == 2


@pytest.mark.parametrize(
    "text",
    [
        'import x from "./x.js";\n',
        'import * as x from "./x.js";\n',
        'import { x } from "plotly";\n',
        "export default 1;\n",
        "export let x = 1;\n",
        'export { x } from "./x.js";\n',
        'const x = await import("./x.js");\n',
        'new Worker(new URL("./x.js", import.meta.url));\n',
    ],
)
def test_what_is_not_understood_is_refused_by_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(VaeCoreError, match=r"main\.js cannot be put into one file") as caught:
        bundle(write(tmp_path, main=text, x="export const x = 1;\n"), "main.js")
    assert caught.value.key == "export.not_understood"


def test_a_missing_module_is_named_with_the_one_that_wants_it(tmp_path: Path) -> None:
    write(tmp_path, main='import { x } from "./gone.js";\n')
    with pytest.raises(VaeCoreError, match=r"main\.js -> gone\.js") as caught:
        bundle(tmp_path, "main.js")
    assert caught.value.key == "export.no_module"


def test_a_module_outside_the_folder_is_refused(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    write(tmp_path, secret="export const x = 1;\n")
    write(inside, main='import { x } from "../secret.js";\n')
    with pytest.raises(VaeCoreError, match="no module"):
        bundle(inside, "main.js")


def test_a_cycle_is_refused_with_its_modules(tmp_path: Path) -> None:
    write(
        tmp_path,
        main='import { a } from "./a.js";\n',
        a='import { b } from "./b.js";\nexport const a = 1;\n',
        b='import { a } from "./a.js";\nexport const b = 1;\n',
    )
    with pytest.raises(VaeCoreError, match=r"a\.js -> b\.js -> a\.js") as caught:
        bundle(tmp_path, "main.js")
    assert caught.value.key == "export.cycle"


@needs_node
def test_every_module_of_the_frontend_bundles(tmp_path: Path) -> None:
    for module in FRONTEND.rglob("*.js"):
        entry = module.relative_to(FRONTEND).as_posix()
        (tmp_path / entry.replace("/", "_")).write_text(bundle(FRONTEND, entry))
    assert len(list(tmp_path.iterdir())) > 20
    compile_all = (
        'const { readFileSync: read, readdirSync: list } = require("fs");'
        "for (const name of list(process.argv[1]))"
        '  new (require("vm").Script)(read(`${process.argv[1]}/${name}`, "utf8"));'
    )
    subprocess.run(["node", "-e", compile_all, str(tmp_path)], check=True, timeout=60)
