"""Every number on every page: recomputed here by other means, or the reason why it is not.

The models that ship are loaded in PyTorch, the embedded digits go through them, and what the pages
say of them has to follow. A number that nobody accounts for fails and names itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect
from torch.distributions import Bernoulli, Normal, kl_divergence
from torch.nn.functional import binary_cross_entropy_with_logits

from pages._ui.server.grid_noise import noise
from tests.browser.claims import Claim, numbers, problems
from tests.browser.conftest import PROJECT, wait_for_map
from tests.browser.test_live_training_page import open_page as open_training
from tests.browser.test_live_training_page import press, run_live_server, wait_for_steps
from vae_core.classifier import load_classifier
from vae_core.data.embedded import embedded_digits, split_embedded
from vae_core.models import VAE
from vae_core.runs.record import RunFolder
from vae_core.storage.checkpoints import load_checkpoint

TEXTS = PROJECT / "pages/_ui/texts"
DIGITS = list(range(10))

# Why some numbers are not computed.
AXES = "coordinates along an axis, tested in plane.test.js, and names of classes"
SETTINGS = "what a person has set, or may set"
SYMBOLS = "part of a formula"
KEYS = "names of keys"
LINES = "quoted code and its lines: test_one_digit.py compares them with the file"


@dataclass(frozen=True)
class Known:
    """A model that ships, in PyTorch, and the embedded digits."""

    name: str

    @cached_property
    def checkpoint(self) -> Any:
        return load_checkpoint(PROJECT / "checkpoints" / f"{self.name}.safetensors")

    @property
    def model(self) -> VAE:
        return self.checkpoint.model

    @property
    def conditional(self) -> bool:
        return self.model.config.conditional

    @cached_property
    def title(self) -> list[float]:
        """β and −ELBO, which is −log p(x|z) + KL. Measured on 10,000 images that are not here:
        `python -m vae_core evaluate` does it again."""
        evaluation = self.checkpoint.file.evaluation
        return [self.checkpoint.file.training.beta, evaluation.kl - evaluation.log_likelihood]

    @cached_property
    def real(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """μ and σ of each embedded digit, and its label."""
        images, labels = embedded_digits()
        posterior = self.encode(range(len(images)))
        return posterior.mean.numpy(), posterior.stddev.numpy(), labels

    @torch.no_grad()
    def encode(self, chosen: Sequence[int]) -> Normal:
        images, labels = embedded_digits()
        chosen = list(chosen)
        x = torch.from_numpy(images[chosen]).reshape(-1, 784) / 255
        return self.model.encode(x, torch.from_numpy(labels[chosen]).long()).base_dist

    def prior(self, label: int) -> Normal:
        mean = self.model.prior_mu[label].detach() if self.conditional else torch.zeros(2)
        return Normal(mean, torch.ones(2))

    def mean(self, label: int) -> np.ndarray:
        return self.prior(label).mean.numpy().astype(float)

    @torch.no_grad()
    def means(self, z: np.ndarray, labels: list[int]) -> torch.Tensor:
        y = torch.tensor(labels) if self.conditional else None
        return self.model.decode(torch.as_tensor(z, dtype=torch.float32), y).mean

    def closest(self, z: np.ndarray, label: int | None) -> tuple[int, float]:
        """The real digit closest to z, and its distance."""
        mu, _, labels = self.real
        distance = np.linalg.norm(mu - z, axis=1)
        if label is not None:
            distance[labels != label] = np.inf
        return int(distance.argmin()), float(distance.min())


VAE_MODEL, CVAE_MODEL = Known("vae"), Known("cvae")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server keeps what it trains; it has no data but the embedded digits."""
    return tmp_path_factory.mktemp("numbers")


@pytest.fixture(scope="module")
def url(runs: Path) -> Iterator[str]:
    with run_live_server(PROJECT / "checkpoints", runs) as address:
        yield address


def model_menu(known: Known) -> Claim:
    return Claim(".react-aria-ComboBox input", known.title)


def within(shown: list[float]) -> list[float]:
    """Of a normal distribution on a plane, so many % lie within r deviations: 1 − exp(−r²/2)."""
    radii = np.array(shown[::2])
    return np.stack([radii, 100 * (1 - np.exp(-(radii**2) / 2))], axis=1).ravel().tolist()


PLANE = [
    Claim(".plane :is(.axes, .names, .stars, .segments) text", AXES),
    Claim(".plane .prior text", within, slack=0),
]


def test_a_number_that_nobody_accounts_for_is_named(page: Page) -> None:
    page.set_content(
        """<p class="kl">KL −1.25 nats</p><p>4 of 1,000</p><p hidden>7</p><input value="8">
        <svg><g style="display: none"><text class="none">9</text></g></svg>"""
    )
    right = Claim(".kl", [-1.2549])
    assert numbers("KL −1.25 of 1,000 (0.5)") == [(-1.25, 0.005), (1000, 0.5), (0.5, 0.05)]
    assert [each.split(" in ")[0] for each in problems(page, [right])] == [
        "nobody accounts for '4 of 1,000'",
        "nobody accounts for '8'",
    ]
    page.set_content('<p class="kl">KL −1.25 nats</p>')
    assert problems(page, [right]) == []
    for wrong in ([-1.256], [], [-1.25, 0.0], [1.25]):
        assert problems(page, [Claim(".kl", wrong)]) == [
            f"'.kl' says ['KL −1.25 nats'], but it is {wrong}"
        ]
    assert problems(page, [right, Claim(".none", [9])]) == ["nothing on screen is '.none'"]


# Sentences that name amounts of their own, wherever they are shown.
SIDE, EMBEDDED, MNIST = 28, len(embedded_digits().labels), 70_000
AMOUNTS = {
    "info.x.text": [SIDE, SIDE, SIDE**2, 0, 1],
    "info.layers.text": [100 * (1 - np.exp(-(r**2) / 2)) for r in (1, 2, 3)],
    "one_digit.reconstruction.most": [SIDE**2],
    "live_training.findings.nearly.text": [np.log(10)],  # nats that tell one of ten
    "live_training.data.embedded": [EMBEDDED, MNIST - EMBEDDED, 12],  # MB: what is downloaded
    "server.digits.embedded": [EMBEDDED],
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("key", AMOUNTS)
def test_a_sentence_names_the_right_amounts(language: str, key: str) -> None:
    section, *names = key.split(".")
    sentence: Any = json.loads((TEXTS / language / f"{section}.json").read_text())
    for name in names:
        sentence = sentence[name]
    found = numbers(sentence)
    assert len(found) == len(AMOUNTS[key]), sentence
    for (value, rounding), amount in zip(found, AMOUNTS[key], strict=True):
        assert abs(value - amount) <= rounding, sentence


# --- the latent map -----------------------------------------------------------------------------


def lens(page: Page, known: Known, label: int | None) -> list[Claim]:
    """What is said of the place in the lens."""
    place = page.locator(".glass .digit").get_attribute("data-z") or ""
    z = np.array([float(each) for each in place.split(",")])
    index, distance = known.closest(z, label)
    mu, sigma, labels = known.real
    log_prior = known.prior(label or 0).log_prob(torch.tensor(z)).sum()
    return [
        Claim(".chain .way .z", z.tolist()),
        Claim(".chain .nearest", [labels[index], distance]),
        Claim(".chain .number.q", [*mu[index], *sigma[index]]),
        Claim(".readout dl", [float(log_prior)]),
        *(around(known, z) if label is None else every_label(label)),
    ]


def every_label(chosen: int) -> list[Claim]:
    return [Claim(".readout .soft", [chosen]), Claim(".readout .labels", DIGITS)]


def around(known: Known, z: np.ndarray) -> list[Claim]:
    """The test images near z: how many, and which share of them each class has."""
    latents = known.checkpoint.file.latents
    distance = np.linalg.norm(latents.mu.astype(float) - z, axis=1)
    nearest = np.argsort(distance)[:25]
    chosen = nearest[distance[nearest] <= RADIUS]
    said = [len(chosen)] if len(chosen) > 1 else []  # "one test image" and "no data" have no digits
    if not len(chosen):
        return [Claim(".readout .soft", [RADIUS])]
    counts = np.bincount(latents.labels[chosen], minlength=10)
    most = sorted(DIGITS, key=lambda label: (-counts[label], label))[:3]
    rows = [n for c in most if counts[c] for n in (c, round(100 * counts[c] / len(chosen)))]
    return [
        Claim(".readout .soft", [*said, RADIUS]),
        Claim(".readout .around", rows),
    ]


RADIUS = 0.2  # of the circle in which classes are counted, as the page has chosen it


def cards(known: Known, pins: list[tuple[float, ...]]) -> list[Claim]:
    """What is said of pins, after PyTorch's answers have come."""
    closest = [known.closest(np.array(pin[:2]), int(pin[2]) if pin[2:] else None) for pin in pins]
    return [
        Claim(".pins header", [len(pins), 12]),
        Claim(".cards .number", range(1, len(pins) + 1)),
        Claim(".cards .z", [coordinate for pin in pins for coordinate in pin[:2]]),
        Claim(".cards .far", [distance for _, distance in closest]),
        Claim(".plane .markers text", range(1, len(pins) + 1)),
    ]


def open_map(page: Page, url: str, query: str) -> None:
    page.goto(f"{url}/?{query}")
    wait_for_map(page)
    expect(page.locator(".card.pending")).to_have_count(0)
    expect(page.locator(".chain .nearest .value")).to_have_text(re.compile(r"\d"))


def point(page: Page, right: float, down: float) -> None:
    """Move the pointer to a place of the map, in fractions of its sides."""
    box = page.locator(".map .plane").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + right * box["width"], box["y"] + down * box["height"])


def test_every_number_on_the_map_of_a_vae(page: Page, url: str) -> None:
    known, pins, digit = VAE_MODEL, [(0.42, -1.13), (1.2, 0.8)], 2026
    open_map(page, url, f"model=vae&pins=0.42,-1.13;1.2,0.8&digit={digit}")
    expect(page.locator(".inset")).to_be_visible()
    drawn = page.locator(".inset [aria-label^='Decoded samples']").evaluate_all(
        "all => all.reduce((sum, { width, height }) => sum + (width * height) / 784, 0)"
    )
    label = int(known.real[2][digit])
    here = [
        *PLANE,
        Claim(".legend", DIGITS),
        Claim(".inset", [label, drawn]),
        *cards(known, pins),
        Claim(".for-ears", KEYS),
    ]
    found = problems(page, [model_menu(known), *lens(page, known, None), *here])
    seen = set()
    for right, down in [(0.5, 0.5), (0.3, 0.6), (0.1, 0.1), (0.8, 0.35)]:
        point(page, right, down)
        claims = lens(page, known, None)
        seen.add(len(claims))
        found += problems(page, [model_menu(known), *claims, *here])
    assert seen == {5, 6}  # with data around, and without
    assert not found, "\n".join(found)


def test_every_number_on_the_map_of_a_cvae(page: Page, url: str) -> None:
    known, pins = CVAE_MODEL, [(0.5, -1.0, 4.0)]
    open_map(page, url, "model=cvae&label=4&pins=0.5,-1,4")
    claims = [
        model_menu(known),
        *PLANE,
        Claim(".legend", DIGITS),
        *lens(page, known, 4),
        *cards(known, pins),
        Claim(".for-ears", KEYS),
    ]
    found = problems(page, claims)
    assert not found, "\n".join(found)


# --- one digit ----------------------------------------------------------------------------------


@torch.no_grad()
def way(page: Page, known: Known, digit: int, epsilon: list[float], samples: int) -> dict[str, Any]:
    """A digit's way through the network, in PyTorch."""
    images, labels = embedded_digits()
    label = int(labels[digit])
    x = torch.from_numpy(images[digit]).reshape(1, -1) / 255
    y = torch.tensor([label])
    q = known.encode([digit])
    draws = torch.tensor(np.array([epsilon, *noise(24, range(1, samples + 1))])).float()
    z = q.mean + q.stddev * draws
    logits = known.model.outputs(z, y.expand(len(z)) if known.conditional else None)
    nats = binary_cross_entropy_with_logits(logits, x.expand_as(logits), reduction="none")
    told = torch.eye(10)[y] if known.conditional else torch.zeros(1, 0)
    return {
        "label": label,
        "q": q,
        "z": z[0],
        "pixels": nats[0],
        "draws": nats[1:].double().sum(-1),
        "kl": kl_divergence(q, known.prior(label))[0],
        "away": (q.mean[0] - known.prior(label).mean),
        "encoder": layers(known.model.encoder, torch.cat([x, told], 1)),
        "decoder": layers(known.model.decoder, torch.cat([z[:1], told], 1)),
    }


def layers(network: Any, values: torch.Tensor) -> tuple[list[int], float]:
    """Inputs, hidden layers, units of each, outputs; and the largest that a hidden unit gives."""
    sizes, most = [values.shape[1]], 0.0
    for layer in network.layers:
        values = values @ layer.weight.T + layer.bias
        sizes.append(values.shape[1])
        if layer is not network.layers[-1]:
            values = network.activation(values)
            most = max(most, float(values.abs().max()))
    inputs, *hidden, outputs = sizes
    (width,) = set(hidden)
    return [inputs, len(hidden), width, outputs], most


def enlarged(page: Page) -> float:
    """How much larger the ellipse of q(z|x) is drawn in the picture from near by."""
    widths = page.locator(".latent .small-plane .ellipses ellipse:first-child").evaluate_all(
        "all => all.map((ellipse) => ellipse.rx.baseVal.value * ellipse.getScreenCTM().a)"
    )
    sides = page.locator(".latent .small-plane").evaluate_all(
        "all => all.map((plane) => plane.getBoundingClientRect().width)"
    )
    return widths[1] / sides[1] / (widths[0] / sides[0])


def one_digit(
    page: Page, known: Known, digit: int, epsilon: list[float], samples: int, beta: float
) -> list[Claim]:
    way_ = way(page, known, digit, epsilon, samples)
    q, kl, draws = way_["q"], way_["kl"], way_["draws"]
    mu, sigma = q.mean[0], q.stddev[0]
    reconstruction = float(way_["pixels"].double().sum())
    spread = float(draws.std())
    terms = torch.stack(
        [
            way_["away"] ** 2 / 2,
            sigma**2 / 2,
            -sigma.log(),
            torch.full((2,), -0.5),
            kl,
        ],
        dim=1,
    )
    total = float(kl.sum())
    chosen = [
        Claim(".labels .chip", DIGITS),
        Claim(".label-in", [way_["label"]] * 3),
    ]
    return [
        model_menu(known),
        Claim(".real .caption", [way_["label"]]),
        Claim(".real input", [digit]),
        *(chosen if known.conditional else []),
        *(
            claim
            for name, of in (("encode", "encoder"), ("decode", "decoder"))
            for claim in (
                Claim(f".column.{name} .network .unit", [way_[of][1]]),
                Claim(f".column.{name} .network .caption", way_[of][0]),
            )
        ),
        Claim("table.moments", [1, 2, *mu, *(2 * sigma.log()), *sigma]),
        Claim(".noise output", epsilon),
        Claim(".noise button", SETTINGS),
        Claim(".latent output", way_["z"].tolist()),
        Claim(".latent .near", [enlarged(page)], slack=0.02 * enlarged(page)),
        Claim(".latent select", [samples]),
        Claim(".reconstruction .large", [reconstruction]),
        Claim(".reconstruction .words .caption", [784, float(way_["pixels"].max())]),
        Claim(
            ".reconstruction .spread",
            [samples, float(draws.mean()), spread / samples**0.5, spread],
        ),
        Claim(".terms .large", [total]),
        Claim(".kl-terms tr:first-child", SYMBOLS),
        Claim(".kl-terms th", [1, 2]),
        Claim(".kl-terms td", terms.flatten().tolist()),
        Claim(
            ".objective output",
            [reconstruction, beta, total, reconstruction + beta * total],
        ),
        Claim(".weight input", [beta]),
        Claim(".weight .chip", SETTINGS),
    ]


def open_digit(page: Page, url: str, query: str, samples: int) -> None:
    page.goto(f"{url}/one_digit?{query}&samples={samples}")
    page.locator(".one-digit[data-ready='true']").wait_for(timeout=30_000)
    expect(page.locator(".reconstruction .spread")).to_contain_text(f"L = {samples}:")


@pytest.mark.parametrize(
    ("known", "beta"), [(VAE_MODEL, 1), (CVAE_MODEL, 4)], ids=lambda value: str(value)
)
def test_every_number_of_one_digits_way(page: Page, url: str, known: Known, beta: float) -> None:
    query = f"model={known.name}&digit=2026&epsilon=0.5,-1&beta={beta}&part=kl"
    open_digit(page, url, query, 100)
    claims = [
        *one_digit(page, known, 2026, [0.5, -1], 100, beta),
        Claim(".panel .formula", SYMBOLS),
        Claim(".panel .code", LINES),
    ]
    found = problems(page, claims)
    assert not found, "\n".join(found)


@torch.no_grad()
def descents(known: Known, digit: int, rate: float) -> list[list[float]]:
    """Gradient descent on σ₁ of a digit, and on log σ₁²: the steps, σ₁ and, where there is one, the
    loss: −log p(x|z) averaged over ε in the first dimension, and the KL."""
    images, _ = embedded_digits()
    x = torch.from_numpy(images[digit]).reshape(1, -1) / 255
    q = known.encode([digit])
    offsets = np.linspace(-6, 6, 4001)
    z = q.mean.repeat(len(offsets), 1)
    z[:, 0] += torch.from_numpy(offsets).float()
    logits = known.model.outputs(z)
    nats = binary_cross_entropy_with_logits(logits, x.expand_as(logits), reduction="none")
    line = nats.double().sum(-1).numpy()
    slopes = np.gradient(line, offsets)
    epsilon = np.linspace(-6, 6, 4001)
    weights = np.exp(Normal(0.0, 1.0).log_prob(torch.from_numpy(epsilon)).numpy())
    weights /= weights.sum()

    def kl(sigma: float) -> float:
        moved = Normal(q.mean[0], torch.stack([torch.tensor(sigma), q.stddev[0, 1]]))
        return float(kl_divergence(moved, Normal(0.0, 1.0)).sum())

    def descent(parameter: float, sigma_of: Any, chain: Any) -> list[float]:
        for step in range(101):
            sigma = float(sigma_of(parameter))
            if sigma <= 0:
                return [step, sigma]
            reached = [step, sigma, weights @ np.interp(sigma * epsilon, offsets, line) + kl(sigma)]
            slope = weights @ (epsilon * np.interp(sigma * epsilon, offsets, slopes))
            parameter -= rate * (slope + sigma - 1 / sigma) * chain(sigma)
        return reached

    on_sigma = descent(1.0, lambda sigma: sigma, lambda _: 1)
    return [on_sigma, descent(0.0, lambda log_var: np.exp(log_var / 2), lambda sigma: sigma / 2)]


def test_every_number_where_sigma_itself_is_trained(page: Page, url: str) -> None:
    known, rate = VAE_MODEL, 0.01
    open_digit(page, url, f"model=vae&digit=2026&epsilon=0.5,-1&part=direct&rate={rate}", 10)
    expect(page.locator(".descent figure:last-child .caption")).to_contain_text("100 steps")
    on_sigma, on_log_var = descents(known, 2026, rate)
    claims = [
        *one_digit(page, known, 2026, [0.5, -1], 10, 1),
        Claim(".panel .explained p", "a definition, and what it starts from"),
        Claim(".panel select", SETTINGS),
        Claim(".descent .tick", AXES),
        Claim(".descent .said", SYMBOLS),
        Claim(".descent figure:first-child .caption", on_sigma, slack=0.005),
        Claim(".descent figure:last-child .caption", on_log_var, slack=0.005),
    ]
    found = problems(page, claims)
    assert not found, "\n".join(found)


# --- the label grid -----------------------------------------------------------------------------


def grid(known: Known, *claims: Claim) -> list[Claim]:
    """What each part has."""
    return [model_menu(known), Claim(".bar input, .bar output", SETTINGS), *claims]


@pytest.mark.parametrize("part", ["grid", "write", "hand", "why"])
def test_every_number_on_the_label_grid(page: Page, url: str, part: str) -> None:
    known, seed = CVAE_MODEL, 27
    label, style, spread, columns = 6, 4, 0.8, 7
    page.goto(
        f"{url}/label_grid?model=cvae&part={part}&cell={label},{style}&spread={spread}&seed={seed}"
        f"&columns={columns}&image=2026&label={label}&styles=several"
    )
    wait_for_map(page)
    found = problems(page, grid(known, *PARTS[part](page, known, label, style, spread, columns)))
    assert not found, "\n".join(found)


def cells(
    page: Page, known: Known, label: int, style: int, spread: float, columns: int
) -> list[Claim]:
    epsilon = noise(27, [style])[0]
    mean = known.mean(label)
    return [
        Claim(".takeaway", [columns]),
        Claim(".tops", range(1, columns + 1)),
        Claim(".heads", DIGITS),
        *PLANE,
        Claim(".aside h3", [label, style]),
        Claim(".facts dt", [label]),
        Claim(".facts .hint", [style]),
        Claim(".facts .value", [*(mean + spread * epsilon), *mean, *epsilon, spread]),
    ]


def written(page: Page, *rest: Any) -> list[Claim]:
    columns = rest[-1]
    drawn = page.locator(".part.write .line [role=img]").count()
    assert drawn == columns * len("2026")
    return [Claim(".takeaway", [columns, columns, drawn])]


def hand(page: Page, known: Known, *_: Any) -> list[Claim]:
    expect(page.locator(".transfer .arrow .value")).to_have_text(re.compile("ε"))
    mu, _, labels = known.real
    z, label = mu[2026], int(labels[2026])
    epsilon = z - known.mean(label)
    length = float(np.hypot(*epsilon))
    beyond = 100 * np.exp(-(length**2) / 2)
    return [
        Claim(".takeaway", [length, label, *([beyond] if beyond >= 1 else [1]), 10]),
        Claim(".cause h3", [label]),
        Claim(".cause .hint", [2026]),
        Claim(".arrow .value", epsilon.tolist()),
        *PLANE,
        Claim(".facts dt", [label]),
        Claim(".facts .value", [*z, *known.mean(label), *epsilon]),
    ]


def why(page: Page, known: Known, label: int, *_: Any) -> list[Claim]:
    expect(page.locator(".why .count b")).to_have_count(2)
    epsilon = noise(27, range(1, 101))
    read = load_classifier().read
    asked = int((read(known.means(known.mean(label) + epsilon, [label] * 100)) == label).sum())
    plain = int((read(VAE_MODEL.means(epsilon, [])) == label).sum())
    assert asked > plain  # or the page makes no point
    return [
        Claim(".question h2", [label]),
        Claim(".takeaway", [plain, 100, label, asked, 100]),
        Claim(".samples h3", [*VAE_MODEL.title, *known.title, label]),
        Claim(".samples .hint", [0, label]),
        Claim(".samples .count", [plain, 100, label, asked, 100, label]),
        Claim(".aside .labels", DIGITS),
    ]


PARTS = {"grid": cells, "write": written, "hand": hand, "why": why}


# --- live training ------------------------------------------------------------------------------


def test_every_number_of_a_live_training(page: Page, url: str, runs: Path) -> None:
    """Before it begins, and paused: the figures follow from the saved weights."""
    open_training(page, url, "?width=64")
    train, validation, _ = split_embedded(validation=True)
    here = [
        Claim(".beta .number", SETTINGS),
        Claim(".beta .chip", SETTINGS),
        *PLANE,
        Claim(".unit sub", [1, 2]),
        Claim(".objective", [1]),
        Claim(".curves", AXES),
        Claim(".phases b", [1, 2, 3]),
    ]
    expect(page.locator(".curves .ytick").first).to_be_visible()
    begun = [Claim(".invitation", lambda shown: [len(train.labels), 0, 20]), *here]
    found = problems(page, begun)

    press(page, "Train")
    wait_for_steps(page, 0)
    press(page, "Pause")
    expect(page.get_by_role("status").first).to_have_text(re.compile("^Paused after"))
    (folder,) = (runs / "runs").iterdir()
    step, accuracy, terms = paused(page, folder)
    reconstruction, *kl = terms
    batch = json.loads((folder / "run.json").read_text())["training"]["batch_size"]
    epoch = len(train.labels) // batch  # batches, all of them full
    claims = [
        Claim("[role=status]", [step]),
        Claim(".means-box .value", [accuracy]),
        Claim(".term.reconstruction", [reconstruction], slack=0.01),
        Claim(".term.kl", [sum(kl)], slack=0.001),
        Claim(".unit .value", kl, slack=0.001),
        Claim(".bound .value", [reconstruction + sum(kl)], slack=0.01),
        Claim(".minimised .value", [reconstruction + sum(kl)], slack=0.01),
        Claim(".figures .key", [len(validation.labels)]),
        Claim(".classes", DIGITS),
        Claim(".replay output", [step / epoch, 1]),
        *here,
    ]
    found += problems(page, claims)
    press(page, "Reset")
    assert not found, "\n".join(found)


def paused(page: Page, folder: Path) -> tuple[int, float, list[float]]:
    """The last batch; how recognisable the digits are where they are drawn, in percent; of the
    saved weights, the terms of the bound on the validation images: the reconstruction, and each
    dimension's KL."""

    def events(kind: str) -> list[dict[str, Any]]:
        lines = (folder / "events.jsonl").read_text().splitlines()
        return [event for event in map(json.loads, lines) if event["type"] == kind]

    for _ in range(100):
        saved, step = events("checkpoint"), events("frame")[-1]["step"]
        if saved and saved[-1]["step"] == step:
            break
        page.wait_for_timeout(50)
    model = load_checkpoint(folder / "model.safetensors").model
    _, validation, test = split_embedded(validation=True)
    with torch.no_grad():
        x = torch.from_numpy(validation.images).reshape(-1, 784) / 255
        q = model.encode(x).base_dist
        noise_ = torch.randn(q.mean.shape, generator=torch.Generator().manual_seed(0))
        decoded = Bernoulli(logits=model.outputs(q.mean + q.stddev * noise_), validate_args=False)
        reconstruction = -decoded.log_prob(x).sum(-1).mean()
        kl = kl_divergence(q, Normal(0.0, 1.0)).mean(0)
        places = model.encode(torch.from_numpy(test.images).reshape(-1, 784) / 255).mean.numpy()
    record = RunFolder(folder).frame(events("frame")[-1]["index"])
    drawn = np.frombuffer(record, "<f4", places.size).reshape(places.shape)
    # Frames may be computed in bfloat16: too far away for the order of neighbours to be the same.
    np.testing.assert_allclose(drawn, places, atol=0.05 * float(places.std()))
    found = accuracy(drawn.astype(float), test.labels)
    return step, found, [float(reconstruction), *kl.tolist()]


def accuracy(places: np.ndarray, labels: np.ndarray) -> float:
    """Whose ten nearest others are of its own class, by majority; a tie goes to the nearer, and
    where two are equally far, as early in bfloat16, to the first."""
    right = 0
    for index, (place, label) in enumerate(zip(places, labels, strict=True)):
        distances = np.square(places - place).sum(1)
        distances[index] = np.inf
        nearest = labels[np.argsort(distances, kind="stable")[:10]].tolist()
        right += max(nearest, key=nearest.count) == label  # the first of several
    return 100 * right / len(labels)
