import itertools
import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Generator
from torch.distributions import Independent, Normal, kl_divergence

from vae_core.config import BetaOn, ModelConfig, TrainConfig
from vae_core.errors import ConfigError
from vae_core.evidence import log_evidence
from vae_core.models import MIN_LOG_VAR, VAE, diagonal_normal
from vae_core.objective import (
    Autoencoder,
    Elbo,
    bits_per_dimension,
    choose_objective,
    evaluate,
    importance_weighted,
    posteriors,
    sample,
)

SMALL = ModelConfig(encoder_width=16, encoder_depth=2, decoder_width=16, decoder_depth=2)


CVAE = replace(SMALL, conditional=True, prior="learned")


@pytest.fixture
def model() -> VAE:
    return VAE(SMALL, seed=1).double()


@pytest.fixture
def x() -> torch.Tensor:
    return torch.rand(6, 784, generator=Generator().manual_seed(0)).double()


def test_kl_is_the_closed_form_of_the_paper(model: VAE, x: torch.Tensor) -> None:
    """Kingma & Welling 2014, appendix B."""
    mu, log_var = model.encode(x).mean, model.encode(x).variance.log()
    closed_form = 0.5 * (mu**2 + log_var.exp() - log_var - 1).sum(-1)
    torch.testing.assert_close(Elbo().terms(model, x)["kl"], closed_form)


def test_kl_agrees_with_quadrature() -> None:
    mu, log_var = torch.tensor([0.7, -1.1]).double(), torch.tensor([-1.0, 0.3]).double()
    q, p = diagonal_normal(mu, log_var), diagonal_normal(mu * 0, mu * 0)
    axis = torch.linspace(-12, 12, 1201, dtype=torch.float64)
    grid = torch.cartesian_prod(axis, axis)
    cell = float(axis[1] - axis[0]) ** 2
    integral = (q.log_prob(grid).exp() * (q.log_prob(grid) - p.log_prob(grid))).sum() * cell
    assert kl_divergence(q, p).item() == pytest.approx(integral.item(), abs=1e-8)


def test_kl_is_zero_at_the_prior() -> None:
    zeros = torch.zeros(3, 2)
    assert torch.equal(
        kl_divergence(diagonal_normal(zeros, zeros), diagonal_normal(zeros, zeros)), torch.zeros(3)
    )


def test_bernoulli_log_likelihood_is_minus_the_cross_entropy(model: VAE, x: torch.Tensor) -> None:
    z = torch.randn(6, 2).double()
    p = torch.sigmoid(model.decoder(z))
    by_hand = (x * p.log() + (1 - x) * (1 - p).log()).sum(-1)
    torch.testing.assert_close(model.decode(z).log_prob(x), by_hand)


def test_grey_log_likelihood_is_its_expectation_over_binarisations() -> None:
    model = VAE(SMALL)
    z = torch.randn(1, 2)
    grey = torch.tensor([0.2, 0.9, 0.5] + [0.0] * 781)
    expected = 0.0
    for bits in itertools.product([0.0, 1.0], repeat=3):
        weight = math.prod(p if b else 1 - p for b, p in zip(bits, (0.2, 0.9, 0.5), strict=True))
        binary = torch.tensor([*bits] + [0.0] * 781)
        expected += weight * model.decode(z).log_prob(binary).item()
    assert model.decode(z).log_prob(grey).item() == pytest.approx(expected, abs=1e-3)


def test_both_beta_conventions_differ_by_an_overall_factor(model: VAE, x: torch.Tensor) -> None:
    def weighted(beta: float, beta_on: BetaOn) -> torch.Tensor:
        objective = Elbo(beta_on)
        return objective.loss(objective.terms(model, x, generator=Generator().manual_seed(7)), beta)

    torch.testing.assert_close(weighted(4.0, "kl"), 4.0 * weighted(0.25, "reconstruction"))


def test_beta_zero_leaves_the_reconstruction_alone(model: VAE, x: torch.Tensor) -> None:
    terms = Elbo().terms(model, x)
    assert torch.equal(Elbo().loss(terms, 0.0), terms["reconstruction"])
    assert torch.equal(Elbo("reconstruction").loss(terms, 0.0), terms["kl"])


def test_with_beta_one_the_loss_is_minus_the_bound(model: VAE, x: torch.Tensor) -> None:
    posterior = model.encode(x)
    (z,) = sample(posterior, Generator().manual_seed(4))
    bound = model.decode(z).log_prob(x) - kl_divergence(posterior, model.prior())
    terms = Elbo().terms(model, x, generator=Generator().manual_seed(4))
    torch.testing.assert_close(Elbo().loss(terms, 1.0), -bound)


def test_the_estimate_from_more_samples_is_the_mean_of_those_from_one(x: torch.Tensor) -> None:
    model, y = VAE(CVAE, seed=1).double(), torch.arange(6)
    several = Elbo(samples=4).terms(model, x, y, generator=Generator().manual_seed(6))
    places = sample(model.encode(x, y), Generator().manual_seed(6), 4)
    single = [-model.decode(z, y).log_prob(x) for z in places]
    torch.testing.assert_close(several["reconstruction"], torch.stack(single).mean(0))
    assert several["kl"].shape == (6,)


def test_its_spread_falls_as_one_over_the_root_of_the_samples(model: VAE, x: torch.Tensor) -> None:
    spread = {}
    for samples in (1, 16):
        noise = Generator().manual_seed(0)
        each = [Elbo(samples=samples).terms(model, x, generator=noise) for _ in range(300)]
        spread[samples] = torch.stack([t["reconstruction"] for t in each]).std(0).mean().item()
    assert spread[1] / spread[16] == pytest.approx(4, rel=0.15)


def test_the_importance_weighted_bound_is_a_mean_of_weights(model: VAE, x: torch.Tensor) -> None:
    """Burda et al. 2016, eq. 8, with each weight written out."""
    bound = importance_weighted(model, x, samples=3, generator=Generator().manual_seed(2))
    q, p = model.encode(x), model.prior()
    z = sample(q, Generator().manual_seed(2), 3)
    weights = [
        (model.decode(place).log_prob(x) + p.log_prob(place) - q.log_prob(place)).exp()
        for place in z
    ]
    torch.testing.assert_close(bound, torch.stack(weights).mean(0).log())


def test_with_more_samples_the_bound_rises_from_the_elbo_towards_the_evidence(
    model: VAE, x: torch.Tensor
) -> None:
    binary = x.round()
    noise = Generator().manual_seed(0)
    with torch.no_grad():
        for weights in model.decoder.parameters():  # so that few samples tell a mean
            weights.mul_(0.5)
        elbo = -Elbo(samples=2000).loss(Elbo(samples=2000).terms(model, binary), 1.0)
        bounds = {
            samples: torch.stack(
                [
                    importance_weighted(model, binary, samples=samples, generator=noise)
                    for _ in range(draws)
                ]
            ).mean(0)
            for samples, draws in ((1, 2000), (10, 200), (1000, 2))
        }
        exact = torch.from_numpy(log_evidence(model.float().decode, binary.float()))
    torch.testing.assert_close(bounds[1], elbo, atol=0.5, rtol=0)
    assert (bounds[1] < bounds[10]).all()
    assert (bounds[10] < bounds[1000]).all()
    torch.testing.assert_close(bounds[1000], exact, atol=0.2, rtol=0)


def with_decoder(likelihood: dict[str, Any], outputs: list[float]) -> VAE:
    """A model that decodes every z as these numbers of each pixel, and encodes as the prior."""
    model = VAE(replace(SMALL, **likelihood))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.decoder.layers[-1].bias.copy_(torch.tensor(outputs).repeat_interleave(784))
        model.encoder.layers[-1].bias.fill_(0)
    return model


def test_even_greys_cost_eight_bits_each() -> None:
    """By the families that can say so exactly: 256 even levels, and an even density on [0, 1]."""
    images = torch.randint(0, 256, (5, 28, 28), generator=Generator().manual_seed(0)).byte()
    labels = torch.zeros(5, dtype=torch.long)
    levels = {"likelihood": "categorical", "levels": 256}
    for likelihood, outputs in (
        (levels, [0.0] * 256),
        ({"likelihood": "continuous-bernoulli"}, [0.0]),
    ):
        model = with_decoder(likelihood, outputs)
        kl = Elbo().terms(model, torch.zeros(1, 784))["kl"].item() / 784 / math.log(2)
        assert bits_per_dimension(model, images, labels) == pytest.approx(8 + kl, abs=1e-4)


def test_a_densitys_bits_are_at_least_those_of_the_mass_on_each_byte() -> None:
    model = with_decoder({"likelihood": "gaussian"}, [0.4])
    images = torch.randint(0, 256, (40, 28, 28), generator=Generator().manual_seed(1)).byte()
    mean = torch.tensor(0.4).sigmoid()
    below = Normal(mean, 0.2).cdf(torch.arange(257) / 256)
    mass = (below[1:] - below[:-1]).log2()[images.long()].mean().item()
    kl = Elbo().terms(model, torch.zeros(1, 784))["kl"].item() / 784 / math.log(2)
    bits = bits_per_dimension(model, images, torch.zeros(40, dtype=torch.long))
    assert -mass + kl < bits + 1e-3
    assert bits == pytest.approx(-mass + kl, abs=2e-3)  # the cells are narrow: the bound is tight


@pytest.mark.parametrize("likelihood", [{}, {"likelihood": "categorical", "levels": 16}])
def test_a_family_of_other_values_has_no_bits_of_256_levels(likelihood: dict[str, Any]) -> None:
    model = VAE(replace(SMALL, **likelihood))
    images, labels = torch.zeros(2, 28, 28, dtype=torch.uint8), torch.zeros(2, dtype=torch.long)
    assert evaluate(model, images, labels, dataset="none").bits is None
    with pytest.raises(ConfigError, match="does not model 256 grey levels"):
        bits_per_dimension(model, images, labels)


def test_samples_have_the_moments_of_the_posterior() -> None:
    q = diagonal_normal(torch.tensor([1.0, -2.0]), torch.tensor([0.0, -2.0]))
    draws = sample(q.expand((200_000,)), Generator().manual_seed(0))[0]
    torch.testing.assert_close(draws.mean(0), q.mean, atol=0.01, rtol=0)
    torch.testing.assert_close(draws.std(0), q.stddev, atol=0.01, rtol=0)


def test_gradients_of_the_elbo_agree_with_finite_differences(model: VAE, x: torch.Tensor) -> None:
    """In float64 through both networks, with the noise held fixed."""

    def objective() -> torch.Tensor:
        terms = Elbo().terms(model, x, generator=Generator().manual_seed(5))
        return Elbo().loss(terms, 2.0).mean()

    objective().backward()
    for layer in (model.encoder.layers[0], model.encoder.layers[-1], model.decoder.layers[0]):
        weight = layer.weight
        assert weight.grad is not None
        with torch.no_grad():
            step, place = 1e-5, (0, int(weight.grad.abs()[0].argmax()))
            weight[place] += step
            above = objective()
            weight[place] -= 2 * step
            below = objective()
            weight[place] += step
        slope = ((above - below) / (2 * step)).item()
        assert weight.grad[place].item() == pytest.approx(slope, rel=1e-6)


def test_the_elbo_is_below_the_evidence() -> None:
    """log p(x) by quadrature over z, for binary images, is an upper bound of the mean ELBO."""
    model = VAE(SMALL, seed=2)
    x = torch.bernoulli(torch.rand(3, 784, generator=Generator().manual_seed(1)))
    axis = torch.linspace(-6, 6, 121)
    grid = torch.cartesian_prod(axis, axis)
    cell = 2 * math.log(float(axis[1] - axis[0]))
    prior = Independent(Normal(torch.zeros(2), torch.ones(2)), 1)
    with torch.no_grad():
        evidence = torch.stack(
            [
                (model.decode(grid).log_prob(image) + prior.log_prob(grid) + cell).logsumexp(0)
                for image in x
            ]
        )
        bounds = -torch.stack([Elbo().loss(Elbo().terms(model, x), 1.0) for _ in range(200)]).mean(
            0
        )
    assert (bounds < evidence + 0.05).all()


def test_evaluate_averages_over_images_and_repeats_itself() -> None:
    model = VAE(SMALL)
    images = torch.randint(0, 256, (230, 28, 28), dtype=torch.uint8)
    labels = torch.zeros(230, dtype=torch.int64)
    figures = evaluate(model, images, labels, dataset="noise", batch=100)
    assert figures == evaluate(model, images, labels, dataset="noise", batch=100)
    assert figures.images == 230
    assert figures.elbo == pytest.approx(figures.log_likelihood - figures.kl)
    exact_kl = Elbo().terms(model, images.flatten(1).float() / 255)["kl"].mean().item()
    assert figures.kl == pytest.approx(exact_kl, rel=1e-5)


def test_posteriors_are_those_of_the_encoder_in_order() -> None:
    model = VAE(SMALL)
    images = torch.randint(0, 256, (25, 28, 28), dtype=torch.uint8)
    latents = posteriors(model, images, torch.arange(25) % 10, batch=10)
    q = model.encode(images.flatten(1).float() / 255)
    torch.testing.assert_close(torch.from_numpy(latents.mu), q.mean.detach())
    torch.testing.assert_close(torch.from_numpy(latents.log_var), q.variance.log().detach())
    assert latents.labels.tolist() == [i % 10 for i in range(25)]


# --- the plain autoencoder


def test_an_autoencoder_has_a_reconstruction_at_the_mean_and_no_other_term(
    model: VAE, x: torch.Tensor
) -> None:
    terms = Autoencoder().terms(model, x)
    expected = -model.decode(model.encode(x).mean).log_prob(x)
    torch.testing.assert_close(terms, {"reconstruction": expected})
    torch.testing.assert_close(Autoencoder().loss(terms, 7.0), expected)


def test_an_autoencoder_does_not_train_the_variance(model: VAE, x: torch.Tensor) -> None:
    Autoencoder().loss(Autoencoder().terms(model, x), 1.0).sum().backward()
    gradient = model.encoder.layers[-1].bias.grad
    assert gradient is not None
    assert gradient[:2].abs().min() > 0
    assert gradient[2:].abs().max() == 0


def test_the_figures_of_an_autoencoder_are_its_reconstruction_alone() -> None:
    model, images = VAE(SMALL), torch.randint(0, 256, (30, 28, 28), dtype=torch.uint8)
    labels = torch.zeros(30, dtype=torch.int64)
    figures = evaluate(model, images, labels, dataset="noise", objective=Autoencoder())
    x = images.flatten(1).float() / 255
    expected = model.decode(model.encode(x).mean).log_prob(x).mean().item()
    assert figures.log_likelihood == pytest.approx(expected, rel=1e-5)
    assert figures.elbo is None
    assert figures.kl is None
    latents = posteriors(model, images, labels, objective=Autoencoder())
    assert (latents.log_var == MIN_LOG_VAR).all()  # a point: nothing trained the encoder's σ


def test_the_objective_is_the_one_that_the_settings_name() -> None:
    assert choose_objective(TrainConfig(beta_on="reconstruction")) == Elbo("reconstruction")
    assert choose_objective(TrainConfig(objective="autoencoder")) == Autoencoder()


@pytest.fixture
def cvae() -> VAE:
    model = VAE(CVAE, seed=1)
    with torch.no_grad():
        model.prior_mu.copy_(torch.randn(10, 2, generator=Generator().manual_seed(3)))
    return model


def total(model: VAE, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return Elbo().loss(Elbo().terms(model, x, y), 1.0).sum()


def test_the_conditional_kl_is_that_of_torch_distributions(cvae: VAE) -> None:
    x, y = torch.rand(10, 784), torch.arange(10)
    q = cvae.encode(x, y)
    p = Independent(Normal(cvae.prior_mu[y], torch.ones(10, 2)), 1)
    torch.testing.assert_close(Elbo().terms(cvae, x, y)["kl"], kl_divergence(q, p))


def test_only_the_prior_means_of_labels_seen_get_gradients(cvae: VAE) -> None:
    y = torch.tensor([3, 3, 7])
    total(cvae, torch.rand(3, 784), y).backward()
    assert cvae.prior_mu.grad is not None
    moved = cvae.prior_mu.grad.abs().sum(-1) > 0
    assert moved.nonzero().flatten().tolist() == [3, 7]


def test_the_gradient_of_a_prior_mean_is_that_of_the_closed_form(cvae: VAE) -> None:
    """dKL/dμ(y) = μ(y) − mean of q."""
    x, y = torch.rand(4, 784), torch.full((4,), 5)
    total(cvae, x, y).backward()
    expected = (cvae.prior_mu[5] - cvae.encode(x, y).mean).sum(0).detach()
    assert cvae.prior_mu.grad is not None
    torch.testing.assert_close(cvae.prior_mu.grad[5], expected)


def test_the_label_enters_encoder_and_decoder(cvae: VAE) -> None:
    x, z = torch.rand(1, 784), torch.zeros(1, 2)
    one, two = torch.tensor([1]), torch.tensor([2])
    assert not torch.equal(cvae.encode(x, one).mean, cvae.encode(x, two).mean)
    assert not torch.equal(cvae.decode(z, one).mean, cvae.decode(z, two).mean)


def test_a_conditional_model_asks_for_labels(cvae: VAE) -> None:
    with pytest.raises(ConfigError, match="labels"):
        Elbo().terms(cvae, torch.rand(1, 784))
    with pytest.raises(ConfigError, match="conditional"):
        replace(SMALL, prior="learned")
