"""The command line: `python -m vae_core train | sweep | evaluate | decode | ...`.

Options come from the configuration's dataclasses; figures are in nats per image. People get a
progress bar and a table, `--json` prints one JSON object per line instead. Errors are one sentence
on stderr and exit status 1.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - read by the Python that there is
    sys.exit(f"vae_core needs Python 3.11 or newer; this is {sys.version.split()[0]}.")

import io
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import tyro
from rich.console import Console
from rich.table import Table

from vae_core.config import IMAGE_SIDE, ModelConfig, TrainConfig
from vae_core.console import (
    load_with_progress,
    messages,
    print_figures,
    print_json,
    show_sweep,
    show_training,
)
from vae_core.data.datasets import DEFAULT_DATA_DIR
from vae_core.errors import CheckpointError, ConfigError, VaeCoreError
from vae_core.storage.checkpoints import (
    check_can_save,
    list_checkpoints,
    load_checkpoint,
    read_checkpoint,
    save_checkpoint,
)
from vae_core.storage.files import write_output

CHECKPOINTS = Path(__file__).parent.parent / "checkpoints"

_T = TypeVar("_T")
NoOption = tyro.conf.SuppressFixed[tyro.conf.Fixed[_T]]
"""Of a setting that the command line does not offer."""


def train(
    out: Annotated[Path, tyro.conf.Positional],
    model: tyro.conf.OmitArgPrefixes[ModelConfig] = ModelConfig(),  # noqa: B008
    training: tyro.conf.OmitArgPrefixes[TrainConfig] = TrainConfig(),  # noqa: B008
    data: Path = DEFAULT_DATA_DIR,
    half: bool = False,
    json: bool = False,
) -> None:
    """Train a model and save it with its test figures.

    Args:
        out: the file to write, NAME.safetensors.
        model: the architecture.
        training: the run.
        data: folder of the data sets; what is missing is downloaded.
        half: store weights as float16, half the size (figures are of the stored weights).
        json: one JSON object per snapshot and a last one for the figures, no progress bar.
    """
    from vae_core.models import VAE, round_to_half
    from vae_core.objective import choose_objective, evaluate, posteriors
    from vae_core.training import fit

    check_can_save(out, model, half=half)
    dataset = load_with_progress(data, training)
    network, objective = VAE(model, seed=training.seed), choose_objective(training)
    show_training(fit(network, dataset, objective, training), training.epochs, json)
    network.cpu()
    if half:
        round_to_half(network)
    test = dataset.test
    figures = evaluate(
        network, test.images, test.labels, dataset=dataset.test_name, objective=objective
    )
    latents = posteriors(network, test.images, test.labels, objective=objective)
    save_checkpoint(out, network, training, figures, latents, half=half)
    print_figures({"file": str(out), **asdict(figures)}, json)


@dataclass(frozen=True)
class HeldModel(ModelConfig):
    """What all models of a sweep have in common; checked for each of them, not here."""

    __doc__ = ModelConfig.__doc__
    likelihood: NoOption[str] = "bernoulli"

    def __post_init__(self) -> None:
        pass


@dataclass(frozen=True)
class HeldTraining(TrainConfig):
    """What all trainings of a sweep have in common; checked for each of them, not here."""

    __doc__ = TrainConfig.__doc__
    beta: NoOption[float] = 1.0
    seed: NoOption[int] = 0

    def __post_init__(self) -> None:
        pass


def sweep(
    out: Path,
    beta: tuple[float, ...] = (1.0,),
    seeds: int = 1,
    likelihood: tuple[str, ...] = ("bernoulli",),
    model: tyro.conf.OmitArgPrefixes[HeldModel] = HeldModel(),
    training: tyro.conf.OmitArgPrefixes[HeldTraining] = HeldTraining(),
    data: Path = DEFAULT_DATA_DIR,
    half: bool = False,
    processes: int | None = None,
    dask: str | None = None,
    json: bool = False,
) -> None:
    """Train every combination of likelihood, β and seed: a checkpoint for each, and one table.

    The same command goes on where an earlier one was interrupted: what is finished is not trained
    again. A combination that fails has its error in the table (sweep.csv and sweep.json).

    Args:
        out: the folder of the checkpoints and the table.
        beta: the values of β.
        seeds: how many, from 0.
        likelihood: the families of p(x|z). A setting that only some of them have is theirs alone.
        model: the architecture, but for the likelihood.
        training: the run, but for β and the seed.
        data: folder of the data sets; what is missing is downloaded.
        half: store weights as float16, half the size (figures are of the stored weights).
        processes: trainings at once on this machine; without it, one for each processor.
        dask: address of a Dask scheduler whose workers train instead: tcp://HOST:8786.
        json: one JSON object for each cell and a last one for the sweep, no progress bar.
    """
    from vae_core.sweeps.grid import grid
    from vae_core.sweeps.pools import Cluster, Processes, processors
    from vae_core.sweeps.sweep import Sweep

    if processes is not None and processes < 1:
        raise ConfigError("--processes must be at least 1.", key="cli.processes")
    cells = grid(
        asdict(model),
        asdict(training),
        betas=beta,
        seeds=seeds,
        likelihoods=likelihood,
        half=half,
    )
    run = Sweep(out, cells)
    run.check_folder()
    dataset = load_with_progress(data, next(iter(run.jobs.values())).training)
    run.find(dataset.test_name)
    with Cluster(dask) if dask and run.left else Processes(processes or processors()) as pool:
        try:
            show_sweep(run, run.run(dataset, pool), json)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f"Stopped; {len(run.finished)} of {len(run.cells)} are finished and kept. "
                "The same command goes on from there."
            ) from None
    if failed := len(run.cells) - len(run.finished):
        raise VaeCoreError(
            "{failed} of {cells} failed; the table says why.",
            key="sweep.failed",
            failed=failed,
            cells=len(run.cells),
        )


def evaluate(
    file: Annotated[Path, tyro.conf.Positional],
    data: Path = DEFAULT_DATA_DIR,
    json: bool = False,
) -> None:
    """Measure a checkpoint on its data set's test images: ELBO at β = 1 and its terms.

    Args:
        file: the checkpoint.
        data: folder of the data sets; what is missing is downloaded.
        json: print one JSON object.
    """
    from vae_core import objective

    checkpoint = load_checkpoint(file)
    dataset = load_with_progress(data, checkpoint.file.training)
    test = dataset.test
    figures = objective.evaluate(
        checkpoint.model,
        test.images,
        test.labels,
        dataset=dataset.test_name,
        objective=objective.choose_objective(checkpoint.file.training),
    )
    print_figures(asdict(figures), json)


def decode(
    file: Annotated[Path, tyro.conf.Positional],
    z: tuple[float, ...],
    out: Path,
    label: int | None = None,
    scale: int = 1,
) -> None:
    """Draw the pixel means that the decoder gives for one point of the latent space.

    Args:
        file: the checkpoint.
        z: coordinates, as many as the latent space has.
        out: the PNG to write.
        label: which class, for a conditional model.
        scale: pixels of the PNG per pixel of the digit, along each side.
    """
    import torch
    from PIL import Image

    model = load_checkpoint(file).model
    point = torch.tensor(z, dtype=torch.float32)
    if len(point) != model.config.latent_dim or not point.isfinite().all():
        raise ConfigError(
            "--z takes {dimensions} finite numbers.",
            key="cli.z",
            dimensions=model.config.latent_dim,
        )
    if model.config.conditional and label not in range(model.config.classes):
        raise ConfigError(
            "This model is conditional: give --label 0 to {last}.",
            key="cli.label",
            last=model.config.classes - 1,
        )
    y = None if label is None else torch.tensor([label])
    if not 1 <= scale <= 100:
        raise ConfigError("--scale must be between 1 and 100.", key="cli.scale")
    with torch.no_grad():
        pixels = model.decode(point[None], y).mean.view(IMAGE_SIDE, IMAGE_SIDE)
    image = Image.fromarray(pixels.mul(255).round().byte().numpy())
    side, png = IMAGE_SIDE * scale, io.BytesIO()
    image.resize((side, side), Image.Resampling.NEAREST).save(png, format="PNG")
    write_output(out, png.getvalue())


def train_classifier(
    out: Path = CHECKPOINTS / "classifier" / "mnist.safetensors",
    epochs: int = 8,
    data: Path = DEFAULT_DATA_DIR,
    json: bool = False,
) -> None:
    """Train the reader of digits that counts how many samples show their label.

    Args:
        out: the file to write.
        epochs: passes over the training images.
        data: folder of the data sets; what is missing is downloaded.
        json: print one JSON object.
    """
    from vae_core import classifier

    model = classifier.train_classifier(
        load_with_progress(data, TrainConfig(validation=0)), epochs=epochs
    )
    classifier.save_classifier(out, model)
    print_figures({"file": str(out), "accuracy": model.accuracy}, json)


def read_samples(file: Annotated[Path, tyro.conf.Positional], json: bool = False) -> None:
    """Of 1,000 pixel means, and samples, per label of a conditional model: how many read as it?

    Args:
        file: the checkpoint.
        json: print one JSON object.
    """
    from vae_core.classifier import load_classifier, shares_read_as_label

    model = load_checkpoint(file).model
    if not model.config.conditional:
        raise ConfigError(
            "{file} is not conditional: its samples have no label.",
            key="cli.not_conditional",
            file=file.name,
        )
    reader = load_classifier()
    means, samples = shares_read_as_label(model, reader)
    figures = {
        "means_read_as_label": means,
        "samples_read_as_label": samples,
        "classifier_accuracy": reader.accuracy,
    }
    print_figures(figures, json)


def export(file: Annotated[Path, tyro.conf.Positional], out: Path, language: str = "en") -> None:
    """Write the latent map of a model as one HTML file, which needs no server and no network.

    Args:
        file: the checkpoint.
        out: the file to write, NAME.html.
        language: of the page, en or zh.
    """
    from vae_core.export.web_page import web_page

    page = web_page(read_checkpoint(file), file.stem, language=language).encode()
    write_output(out, page)
    messages.print(f"{out}: {len(page) / 1e6:.1f} MB. Open it in a browser.", markup=False)


def list_(folder: Path = CHECKPOINTS, json: bool = False) -> None:
    """Show the checkpoints of a folder with their figures.

    Args:
        folder: where to look.
        json: print one JSON object per file.
    """
    table = Table("name", "β", "−ELBO", "−log p(x|z)", "KL", "images", "data")
    for name, path in list_checkpoints(folder).items():
        try:
            file = read_checkpoint(path)
        except CheckpointError as error:
            messages.print(f"{path.name}: {error}", markup=False)
            continue
        figures = file.evaluation
        if json:
            print_json({"name": name, **asdict(figures), "sha256": file.sha256})
        beta, bound, kl = "–", "–", "–"  # of a plain autoencoder
        if figures.elbo is not None:
            beta, bound, kl = f"{file.training.beta:g}", f"{-figures.elbo:.2f}", f"{figures.kl:.2f}"
        reconstruction = f"{-figures.log_likelihood:.2f}"
        table.add_row(name, beta, bound, reconstruction, kl, f"{figures.images:,}", figures.dataset)
    if not json:
        Console().print(table)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit status is 0, or 1 after an error in one sentence."""
    commands: dict[str, Callable[..., None]] = {
        "train": train,
        "sweep": sweep,
        "evaluate": evaluate,
        "decode": decode,
        "list": list_,
        "export": export,
        "train-classifier": train_classifier,
        "read-samples": read_samples,
    }
    try:
        tyro.extras.subcommand_cli_from_dict(commands, prog="vae_core", args=arguments)
    except VaeCoreError as error:
        messages.print(str(error), markup=False)
        return 1
    except KeyboardInterrupt as stop:
        messages.print(str(stop) or "Stopped; nothing was saved.", markup=False)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
