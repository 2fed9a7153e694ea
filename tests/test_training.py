import math
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from torch import Generator
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.datasets import Dataset, Split
from vae_core.device import mixed_precision
from vae_core.errors import ConfigError, TrainingDiverged
from vae_core.models import VAE
from vae_core.objective import Elbo, choose_objective, evaluate, posteriors
from vae_core.runs.frames import Observer
from vae_core.schedule import one_cycle
from vae_core.training import Controls, Run, Snapshot, fit

SMALL = ModelConfig(encoder_width=32, encoder_depth=1, decoder_width=32, decoder_depth=1)
FAST = TrainConfig(
    epochs=2, batch_size=32, learning_rate=3e-3, precision="fp32", device="cpu", validation=0
)


def blobs(n: int, seed: int) -> Split:
    """Bright squares at one of ten places: easy to learn, so a short run shows progress."""
    labels = torch.arange(n) % 10
    images = torch.randint(0, 40, (n, 28, 28), generator=Generator().manual_seed(seed))
    for image, label in zip(images, labels.tolist(), strict=True):
        row, column = 14 * (label // 5), 5 * (label % 5)
        image[row : row + 10, column : column + 5] = 255
    return Split(images.byte(), labels)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    names = tuple("0123456789")
    return Dataset("MNIST", "disk", blobs(320, 0), blobs(64, 1), blobs(64, 2), names, "test blobs")


def train(
    dataset: Dataset,
    config: TrainConfig = FAST,
    controls: Controls | None = None,
    every: int = 5,
    model_config: ModelConfig = SMALL,
) -> tuple[VAE, list[Snapshot]]:
    model, objective = VAE(model_config, seed=config.seed), choose_objective(config)
    controls = controls or Controls(config.beta, config.learning_rate, every=every)
    return model, list(fit(model, dataset, objective, config, controls))


def weights(model: VAE) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def test_training_raises_the_elbo(dataset: Dataset) -> None:
    _, snapshots = train(dataset, replace(FAST, epochs=10))
    assert sum(snapshots[-1].terms.values()) < sum(snapshots[0].terms.values()) - 100


def test_snapshots_count_steps_epochs_and_images(dataset: Dataset) -> None:
    _, snapshots = train(dataset, every=4)
    assert [s.step for s in snapshots] == [4, 8, 10, 12, 16, 20]
    assert [s.images for s in snapshots] == [32 * s.step for s in snapshots]
    assert snapshots[-1].epoch == 2.0
    assert [s.validation is not None for s in snapshots] == [s.step % 10 == 0 for s in snapshots]
    assert all(set(s.terms) == {"reconstruction", "kl"} for s in snapshots)


def test_no_snapshot_averages_over_a_few_batches_alone(dataset: Dataset) -> None:
    _, snapshots = train(dataset, every=9)
    assert [s.step for s in snapshots] == [10, 20]  # not 9 and then one batch alone


def test_the_same_seed_gives_the_same_weights_bit_for_bit(dataset: Dataset) -> None:
    assert torch.equal(weights(train(dataset)[0]), weights(train(dataset)[0]))


def test_two_runs_at_the_same_time_do_not_touch_each_other(dataset: Dataset) -> None:
    alone = weights(train(dataset)[0])
    together: list[torch.Tensor] = []
    threads = [
        threading.Thread(target=lambda: together.append(weights(train(dataset)[0])))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    torch.rand(100)  # somebody else draws from the global generator
    for thread in threads:
        thread.join()
    assert all(torch.equal(alone, result) for result in together)


def test_another_seed_gives_other_weights(dataset: Dataset) -> None:
    other = TrainConfig(**{**FAST.__dict__, "seed": 1})
    assert not torch.equal(weights(train(dataset)[0]), weights(train(dataset, other)[0]))


def test_not_asking_for_the_next_snapshot_pauses_the_run(dataset: Dataset) -> None:
    model = VAE(SMALL)
    run = fit(model, dataset, Elbo(), FAST, Controls(1.0, 3e-3, every=5))
    first = next(run)
    paused = weights(model)
    torch.rand(1000).sum()
    assert torch.equal(weights(model), paused)
    assert next(run).step == first.step + 5
    assert not torch.equal(weights(model), paused)


def test_a_pause_does_not_count_as_time(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 0.0
    monkeypatch.setattr("vae_core.training.time.perf_counter", lambda: clock)
    run = fit(VAE(SMALL), dataset, Elbo(), FAST, Controls(1.0, 3e-3, every=5))
    next(run)
    clock = 1000.0
    assert next(run).seconds == 0.0


def test_beta_changed_while_running_takes_effect_at_the_next_batch(dataset: Dataset) -> None:
    controls = Controls(beta=1.0, learning_rate=3e-3, every=1)
    run = fit(VAE(SMALL), dataset, Elbo(), FAST, controls)
    assert next(run).beta == 1.0
    controls.beta = 7.0
    assert next(run).beta == 7.0


def test_a_large_beta_collapses_the_posterior(dataset: Dataset) -> None:
    config = replace(FAST, epochs=10)
    free, _ = train(dataset, TrainConfig(**{**config.__dict__, "beta": 0.0}))
    collapsed, _ = train(dataset, TrainConfig(**{**config.__dict__, "beta": 100.0}))
    x = dataset.test.images.flatten(1).float() / 255
    assert collapsed.encode(x).mean.abs().max() < 0.2
    assert free.encode(x).mean.abs().max() > 1


def test_terms_are_means_over_the_batches_since_the_last_snapshot(dataset: Dataset) -> None:
    _, each = train(dataset, every=1)
    _, fifths = train(dataset, every=5)
    for name in ("reconstruction", "kl"):
        expected = [sum(s.terms[name] for s in each[i : i + 5]) / 5 for i in range(0, 20, 5)]
        assert [s.terms[name] for s in fifths] == pytest.approx(expected, rel=1e-6)


def test_an_autoencoder_trains_without_kl_and_reports_none(dataset: Dataset) -> None:
    config = replace(FAST, objective="autoencoder", epochs=10, validation=64)
    model, snapshots = train(dataset, config)
    assert all(set(s.terms) == {"reconstruction"} for s in snapshots)
    assert snapshots[-1].terms["reconstruction"] < snapshots[0].terms["reconstruction"] - 100
    held = snapshots[-1].validation
    assert held is not None
    assert (held.elbo, held.kl) == (None, None)
    start = VAE(SMALL).encoder.layers[-1].weight
    assert torch.equal(model.encoder.layers[-1].weight[2:], start[2:])  # log σ²: not used


class Distance:
    """An objective of a test's own: the latent means' squared distance from 0, β times."""

    def terms(self, model, x, y=None, *, generator=None, seen=None):  # type: ignore[no-untyped-def]
        return {"distance": model.encode(x, y).mean.square().sum(-1)}

    def loss(self, terms, beta):  # type: ignore[no-untyped-def]
        return beta * terms["distance"]


def test_an_objective_of_ones_own_is_trained_by_the_same_loop(dataset: Dataset) -> None:
    controls = Controls(beta=2.0, learning_rate=3e-3, every=5)
    held_out = Split(dataset.test.images[:0], dataset.test.labels[:0])
    nothing_held_out = replace(dataset, validation=held_out)
    snapshots = list(fit(VAE(SMALL), nothing_held_out, Distance(), FAST, controls))
    assert snapshots[-1].terms["distance"] < 0.5 * snapshots[0].terms["distance"]


LEARNED_PRIOR = replace(SMALL, conditional=True, prior="learned")


@pytest.mark.parametrize(
    ("part", "moved"),
    [
        ("encoder", {"encoder"}),
        ("decoder", {"decoder", "prior_mu"}),
        ("both", {"encoder", "decoder", "prior_mu"}),
    ],
)
def test_each_half_trains_alone_and_the_prior_belongs_to_the_decoders(
    dataset: Dataset, part: str, moved: set[str]
) -> None:
    controls = Controls(beta=1.0, learning_rate=3e-3, part=part)  # type: ignore[arg-type]
    model, _ = train(dataset, controls=controls, model_config=LEARNED_PRIOR)
    start = VAE(LEARNED_PRIOR).state_dict()
    changed = {
        name.split(".")[0]
        for name, tensor in model.state_dict().items()
        if not torch.equal(tensor, start[name])
    }
    assert changed == moved


def test_a_run_that_is_dropped_leaves_a_model_that_can_be_trained(dataset: Dataset) -> None:
    model = VAE(SMALL)
    run = fit(model, dataset, Elbo(), FAST, Controls(1.0, 3e-3, part="encoder", every=1))
    next(run)
    assert not model.decoder.layers[0].weight.requires_grad
    run.close()  # type: ignore[attr-defined]
    assert all(parameter.requires_grad for parameter in model.parameters())
    assert not model.training


class NoFloat64(TorchDispatchMode):
    """A device that refuses double precision, as Apple's MPS does."""

    def __torch_dispatch__(self, function, types, arguments=(), options=None):  # type: ignore[no-untyped-def]
        result = function(*arguments, **(options or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, torch.Tensor) and tensor.dtype == torch.float64:
                raise TypeError(f"{function} makes a float64 tensor")
        return result


def test_neither_training_nor_figures_need_double_precision(dataset: Dataset) -> None:
    model = VAE(LEARNED_PRIOR)
    run = Run(model, dataset, Elbo(), FAST, Controls(1.0, 3e-3, every=5))
    observer = Observer(dataset, run)
    test = dataset.test
    with NoFloat64():
        list(run)
        evaluate(model, test.images, test.labels, dataset="blobs")
        posteriors(model, test.images, test.labels)
        observer.look()
        with pytest.raises(TypeError, match="float64"):
            torch.zeros(1).double()


@pytest.mark.parametrize("device", ["cpu", "mps"])
def test_bf16_is_picked_by_the_flags_of_the_device_that_computes(
    device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cpu.get_capabilities", lambda: {"avx512_bf16": True})
    context = mixed_precision("auto", torch.device(device))
    assert context._enabled is (device == "cpu")  # type: ignore[attr-defined]


@pytest.fixture
def poisoned(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """From the twelfth batch on, pixels are not numbers."""
    import vae_core.training as training

    calls = iter(range(10_000))
    original = training.to_float

    def to_float(images: torch.Tensor) -> torch.Tensor:
        return original(images) * (math.nan if next(calls) >= 12 else 1.0)

    monkeypatch.setattr(training, "to_float", to_float)
    yield


@pytest.mark.usefixtures("poisoned")
def test_a_loss_that_is_not_a_number_stops_at_once_with_good_weights(dataset: Dataset) -> None:
    model = VAE(SMALL)
    config = TrainConfig(**{**FAST.__dict__, "epochs": 3})
    run = fit(model, dataset, Elbo(), config, Controls(1.0, 3e-3, every=5))
    with pytest.raises(TrainingDiverged, match="learning rate") as caught:
        for _ in run:
            pass
    assert caught.value.step == 12
    assert weights(model).isfinite().all()


def test_an_exploding_loss_stops_the_run_with_good_weights(dataset: Dataset) -> None:
    model = VAE(SMALL)
    wild = TrainConfig(
        **{**FAST.__dict__, "learning_rate": 1.0, "beta": 1000.0, "schedule": "constant"}
    )
    with pytest.raises(TrainingDiverged):
        for _ in fit(model, dataset, Elbo(), wild):
            pass
    assert weights(model).isfinite().all()


def test_a_batch_larger_than_the_data_is_refused(dataset: Dataset) -> None:
    config = TrainConfig(**{**FAST.__dict__, "batch_size": 321})
    with pytest.raises(ConfigError, match="larger than the training set"):
        next(fit(VAE(SMALL), dataset, Elbo(), config))


def test_a_device_that_is_not_there_is_refused(dataset: Dataset) -> None:
    missing = "xpu" if not torch.xpu.is_available() else "mps"
    config = TrainConfig(**{**FAST.__dict__, "device": missing})
    with pytest.raises(ConfigError, match="This machine has no"):
        next(fit(VAE(SMALL), dataset, Elbo(), config))


def test_the_learning_rate_rises_to_its_peak_once_and_falls_to_nothing() -> None:
    rates = [one_cycle(i / 1000) for i in range(1001)]
    peak = rates.index(max(rates))
    assert rates[peak] == pytest.approx(1.0)
    assert rates[:peak] == sorted(rates[:peak])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[-1] < 1e-4


@pytest.mark.parametrize("steps", [0, 7, 10])
def test_a_resumed_run_ends_with_the_weights_of_an_uninterrupted_one(
    dataset: Dataset, steps: int
) -> None:
    """Interrupted before it began, within an epoch, and between two."""
    whole, _ = train(dataset)
    controls = Controls(FAST.beta, FAST.learning_rate, every=1)
    interrupted = Run(VAE(SMALL), dataset, Elbo(), FAST, controls)
    for _, snapshot in zip(range(steps), interrupted, strict=False):
        assert snapshot.step <= steps
    resumed = Run(VAE(SMALL, seed=9), dataset, Elbo(), FAST, controls)
    resumed.restore(interrupted.state())
    snapshots = list(resumed)
    assert [s.step for s in snapshots] == list(range(steps + 1, 21))
    assert torch.equal(weights(resumed.model), weights(whole))


WIDER = ModelConfig(encoder_width=64, encoder_depth=1, decoder_width=32, decoder_depth=1)


@pytest.mark.parametrize("damage", ["another network", "no generator", "half an optimiser"])
def test_a_state_of_another_run_is_refused_and_changes_nothing(
    dataset: Dataset, damage: str
) -> None:
    def begun(config: ModelConfig, seed: int) -> Run:
        run = Run(VAE(config, seed), dataset, Elbo(), FAST, Controls(1.0, 3e-3, every=1))
        next(iter(run))
        return run

    state = begun(WIDER if damage == "another network" else SMALL, seed=1).state()
    if damage == "no generator":
        del state["generator"]
    elif damage == "half an optimiser":
        state["adam.0.exp_avg"] = state["adam.0.exp_avg"][:1]
    run = begun(SMALL, seed=0)
    before = run.state()
    with pytest.raises(ConfigError, match="does not belong"):
        run.restore(state)
    assert all(torch.equal(value, before[name]) for name, value in run.state().items())


def test_a_restored_optimiser_follows_its_own_rules_for_types_and_devices(
    dataset: Dataset,
) -> None:
    """A fused Adam wants its count of steps in float32 and, on CUDA, on the device."""
    run = Run(VAE(SMALL), dataset, Elbo(), FAST, Controls(1.0, 3e-3, every=1))
    next(iter(run))
    state = run.state()
    run.restore({k: v.double() if k.endswith(".step") else v for k, v in state.items()})
    counts = [run.optimizer.state[parameter]["step"] for parameter in run.parameters]
    assert {(count.dtype, count.item()) for count in counts} == {(torch.float32, 1.0)}


def test_input_dropout_hides_pixels_from_the_encoder_alone(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded, scored = [], []
    model = VAE(SMALL)
    encode, decode = model.encode, model.decode

    def spy_encode(x: torch.Tensor, y: torch.Tensor | None = None) -> object:
        encoded.append((x > 0).float().mean().item())
        return encode(x, y)

    def spy_decode(z: torch.Tensor, y: torch.Tensor | None = None) -> object:
        likelihood = decode(z, y)
        log_prob = likelihood.log_prob
        likelihood.log_prob = lambda x: (  # type: ignore[method-assign]
            scored.append((x > 0).float().mean().item()) or log_prob(x)
        )
        return likelihood

    monkeypatch.setattr(model, "encode", spy_encode)
    monkeypatch.setattr(model, "decode", spy_decode)
    run = fit(model, dataset, Elbo(), TrainConfig(**{**FAST.__dict__, "input_dropout": 0.5}))
    next(run)
    ratios = [hidden / whole for hidden, whole in zip(encoded, scored, strict=False)]
    assert all(0.45 < ratio < 0.55 for ratio in ratios[:10])
