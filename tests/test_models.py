import pytest
import torch
from torch.distributions import Independent, Normal

from vae_core.config import Activation, ModelConfig
from vae_core.models import DECODER_BITS, MAX_LOG_VAR, MIN_LOG_VAR, VAE, round_to_half

SMALL = ModelConfig(encoder_width=16, encoder_depth=2, decoder_width=16, decoder_depth=2)


def test_the_three_distributions_have_the_shapes_of_the_notation() -> None:
    model = VAE(SMALL)
    posterior = model.encode(torch.rand(5, 784))
    likelihood = model.decode(torch.randn(5, 2))
    assert (posterior.batch_shape, posterior.event_shape) == ((5,), (2,))
    assert (model.prior().batch_shape, model.prior().event_shape) == ((), (2,))
    assert (likelihood.batch_shape, likelihood.event_shape) == ((5,), (784,))


def test_the_prior_is_the_standard_normal() -> None:
    z = torch.randn(7, 2)
    expected = Independent(Normal(torch.zeros(2), torch.ones(2)), 1).log_prob(z)
    torch.testing.assert_close(VAE(SMALL).prior().log_prob(z), expected)


def test_the_same_seed_gives_the_same_weights_and_leaves_global_randomness_alone() -> None:
    before = torch.random.get_rng_state()
    first, second, other = VAE(SMALL, seed=3), VAE(SMALL, seed=3), VAE(SMALL, seed=4)
    assert torch.equal(before, torch.random.get_rng_state())
    pairs = list(zip(first.parameters(), second.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in pairs)
    assert not torch.equal(first.encoder.layers[0].weight, other.encoder.layers[0].weight)


def test_the_posterior_stays_finite_for_absurd_activations() -> None:
    model = VAE(SMALL)
    with torch.no_grad():
        model.encoder.layers[-1].bias.copy_(torch.tensor([0.0, 0.0, 1e9, -1e9]))
    log_var = model.encode(torch.rand(1, 784)).variance.log()
    torch.testing.assert_close(log_var, torch.tensor([[MAX_LOG_VAR, MIN_LOG_VAR]]))


@pytest.mark.parametrize("activation", ["relu", "silu", "gelu", "tanh"])
def test_an_untrained_network_neither_vanishes_nor_explodes(activation: Activation) -> None:
    model = VAE(ModelConfig(activation=activation))
    outputs = model.decoder(torch.randn(256, 2))
    assert 0.05 < outputs.std() < 5


def test_the_posterior_can_be_the_prior_and_still_learn() -> None:
    model = VAE(SMALL)
    raw = torch.tensor([0.0, 0.0, 0.4587, 0.4587])  # softplus(1 - 0.4587) = 1: log σ² = 0
    with torch.no_grad():
        model.encoder.layers[-1].weight.zero_()
        model.encoder.layers[-1].bias.copy_(raw)
    variance = model.encode(torch.rand(1, 784)).variance
    torch.testing.assert_close(variance, torch.ones(1, 2), atol=1e-3, rtol=0)
    variance.sum().backward()
    gradient = model.encoder.layers[-1].bias.grad
    assert gradient is not None
    assert (gradient[2:] > 0.1).all()


def test_rounding_to_half_keeps_seven_significant_bits_of_the_decoder_eleven_elsewhere() -> None:
    model = VAE(ModelConfig(encoder_width=16, decoder_width=16))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    round_to_half(model)
    for name, value in model.state_dict().items():
        assert torch.equal(value, value.half().float())
        bits = DECODER_BITS if name.startswith("decoder.") else 11
        scaled = torch.frexp(value).mantissa * 2**bits
        assert torch.equal(scaled, scaled.round())
        exact = before[name]
        assert ((value - exact).abs() <= 2.0**-bits * exact.abs() * 1.01 + 2**-25).all()
