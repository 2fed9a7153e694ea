import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_core.config import Evaluation, ModelConfig, TrainConfig
from vae_core.errors import ConfigError
from vae_core.models import VAE

configs = st.builds(
    ModelConfig,
    latent_dim=st.integers(1, 64),
    encoder_width=st.integers(1, 2048),
    encoder_depth=st.integers(1, 8),
    decoder_width=st.integers(1, 2048),
    decoder_depth=st.integers(1, 8),
    activation=st.sampled_from(["relu", "silu", "gelu", "tanh"]),
)


@given(configs)
def test_a_config_survives_json(config: ModelConfig) -> None:
    assert ModelConfig.from_json(config.to_json()) == config


@given(st.text(max_size=200) | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(str))
def test_arbitrary_text_is_a_config_error_or_a_config(text: str) -> None:
    for record in (ModelConfig, TrainConfig, Evaluation):
        try:
            record.from_json(text)
        except ConfigError:
            continue


@pytest.mark.parametrize("depths", [(1, 1), (3, 2)])
def test_declared_shapes_are_those_of_the_network(depths: tuple[int, int]) -> None:
    config = ModelConfig(
        encoder_width=5, encoder_depth=depths[0], decoder_width=7, decoder_depth=depths[1]
    )
    actual = {name: tuple(tensor.shape) for name, tensor in VAE(config).state_dict().items()}
    assert actual == config.tensor_shapes()


@pytest.mark.parametrize(
    "wrong",
    [
        {"beta": -1},
        {"beta": math.nan},
        {"beta": math.inf},
        {"learning_rate": 0},
        {"learning_rate": "fast"},
        {"epochs": 0},
        {"epochs": 1.5},
        {"epochs": True},
        {"batch_size": 0},
        {"beta_on": "both"},
        {"dataset": "../../etc"},
        {"device": "tpu9000"},
        {"seed": -1},
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(wrong: dict[str, object]) -> None:
    (name,) = wrong
    with pytest.raises(ConfigError, match="β|beta" if name == "beta" else name):
        TrainConfig(**wrong)  # type: ignore[arg-type]


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ConfigError, match="momentum"):
        TrainConfig.from_json('{"momentum": 0.9}')


def test_a_missing_setting_takes_its_default() -> None:
    assert TrainConfig.from_json('{"epochs": 3}') == TrainConfig(epochs=3)
