"""The view and the URL: every view survives the trip, and no URL does harm."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages._ui.view import (
    DEFAULT_LAYERS,
    LAYERS,
    MAX_COORDINATE,
    MAX_PINS,
    View,
    as_pin,
    pin_key,
)

coordinates = st.floats(-MAX_COORDINATE, MAX_COORDINATE)
labels = st.integers(0, 99)
places = (st.tuples(coordinates, coordinates) | st.tuples(coordinates, coordinates, labels)).map(
    as_pin
)
names = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,63}", fullmatch=True)
views = st.builds(
    View,
    model=st.just("") | names,
    layers=st.sets(st.sampled_from(LAYERS)).map(lambda on: tuple(x for x in LAYERS if x in on)),
    pins=st.lists(places, max_size=MAX_PINS, unique=True).map(tuple),
    label=st.none() | labels,
)
# Text that looks like a link's values, and text that looks like nothing.
scraps = st.lists(
    st.sampled_from(
        ["0.5", "-1", "6", "NaN", "inf", "1e999", "1e4", ",", ";", "points", "vae", "../", ""]
    )
    | st.text(max_size=5)
).map("".join)
queries = st.dictionaries(st.sampled_from(["model", "layers", "pins", "label", "page"]), scraps)


@given(views)
def test_every_view_comes_back_from_its_query(view: View) -> None:
    assert View.from_query(view.to_query()) == (view, [])


@given(queries)
def test_any_query_gives_a_view_that_can_be_shared_again(query: dict[str, str]) -> None:
    view, _ = View.from_query(query)

    assert View.from_query(view.to_query()) == (view, [])
    assert set(view.layers) <= set(LAYERS)
    assert len(view.pins) <= MAX_PINS
    assert all(abs(value) <= MAX_COORDINATE for pin in view.pins for value in pin[:2])
    assert all(0 <= label <= 99 for label in (view.label or 0, *map(view.label_of, view.pins)))


@given(views)
def test_the_longest_query_stays_short(view: View) -> None:
    assert sum(len(key) + len(value) + 2 for key, value in view.to_query().items()) <= 400


def test_the_query_is_what_a_person_would_write() -> None:
    view = View("vae", ("points", "manifold"), ((0.42, -1.13), (1.0, 2.0)))

    assert view.to_query() == {
        "model": "vae",
        "layers": "points,manifold",
        "pins": "0.42,-1.13;1,2",
    }


def test_an_empty_query_is_the_default_view_and_says_nothing() -> None:
    assert View.from_query({}) == (View("", DEFAULT_LAYERS, ()), [])


def test_no_layers_at_all_survives_the_trip() -> None:
    view, ignored = View.from_query(View(layers=()).to_query())

    assert view.layers == ()
    assert ignored == []


@pytest.mark.parametrize(
    "query",
    [
        {"model": "../../etc/passwd"},
        {"model": "VAE"},
        {"model": "a" * 65},
        {"model": "x" * 100_000},
        {"layers": "points,secrets"},
        {"layers": "," * 100_000},
        {"pins": "NaN,0"},
        {"pins": "0,inf"},
        {"pins": "1e9,0"},
        {"pins": "1"},
        {"pins": "1,2,3,4"},
        {"pins": "1,2,six"},
        {"pins": "1,2,-1"},
        {"pins": "1,2,3.5"},
        {"pins": "1,2,100"},
        {"label": "six"},
        {"label": "-1"},
        {"label": "100"},
        {"label": "٦"},
        {"label": ""},
        {"label": "6" * 100_000},
        {"pins": "one,two"},
        {"pins": ";".join(f"{i},0" for i in range(MAX_PINS + 1))},
        {"pins": "1,2;" * 25_000},
    ],
    ids=lambda query: f"{next(iter(query))}={next(iter(query.values()))[:20]}",
)
def test_each_thing_left_out_gets_one_sentence(query: dict[str, str]) -> None:
    _, ignored = View.from_query(query)

    assert len(ignored) == 1
    assert ignored[0].endswith(".")
    assert len(ignored[0]) < 200  # and it does not repeat the nonsense at length


def test_good_pins_survive_beside_bad_ones() -> None:
    view, ignored = View.from_query({"pins": "0.5,1;NaN,0;2,3;x"})

    assert view.pins == ((0.5, 1.0), (2.0, 3.0))
    assert ignored[0].startswith("2 pins")


@pytest.mark.parametrize("z", [None, 1.0, "0,0", [1], [1, 2, 3, 4], [True, 0], [None, 0], {"x": 1}])
def test_what_is_not_a_place_cannot_be_pinned(z: object) -> None:
    with pytest.raises(ValueError, match="coordinate"):
        View().with_pin(z)


@given(coordinates, coordinates)
def test_a_pin_keeps_four_decimals_and_no_minus_zero(x: float, y: float) -> None:
    pin = as_pin([x, y])

    assert all(abs(kept - given) <= 0.5e-4 + 1e-9 for kept, given in zip(pin, (x, y), strict=True))
    assert all(math.copysign(1, value) == 1 for value in pin if value == 0)
    assert as_pin(pin_key(pin).split(",")) == pin


def test_a_place_is_pinned_once() -> None:
    with pytest.raises(ValueError, match="already"):
        View().with_pin([1, 2]).with_pin([1.00001, 2.0])


def test_the_strip_refuses_a_thirteenth_pin() -> None:
    view = View()
    for i in range(MAX_PINS):
        view = view.with_pin([i, 0])

    with pytest.raises(ValueError, match="Remove one"):
        view.with_pin([99, 0])


def test_removing_a_pin_twice_removes_one_pin() -> None:
    view = View().with_pin([1, 2]).with_pin([3, 4])
    key = pin_key((1.0, 2.0))

    assert view.without_pin(key).without_pin(key).pins == ((3.0, 4.0),)


@pytest.mark.parametrize("layers", [None, "points", 3, ["points", 7, "points", "no such layer"]])
def test_layers_that_do_not_exist_are_not_shown(layers: object) -> None:
    assert set(View().with_layers(layers).layers) <= {"points"}


# --- labels -------------------------------------------------------------------------------------


def test_pins_carry_their_label_in_the_link() -> None:
    view = View("cvae").with_label(6).with_pin([0.42, -1.13, 6]).with_pin([1, 2, "0"])

    assert view.to_query() == {"model": "cvae", "label": "6", "pins": "0.42,-1.13,6;1,2,0"}


@pytest.mark.parametrize("label", [True, 6.0, -1, 100, "x", None, [6], "6\n"])
def test_what_is_no_label_can_neither_be_chosen_nor_pinned(label: object) -> None:
    with pytest.raises(ValueError, match="label"):
        View().with_label(label)
    with pytest.raises(ValueError, match="label"):
        View().with_pin([1, 2, label])


def test_one_place_can_be_pinned_with_two_labels() -> None:
    view = View().with_pin([1, 2, 3]).with_pin([1, 2, 8])

    assert view.without_pin(pin_key((1.0, 2.0, 3))).pins == ((1.0, 2.0, 8),)
    with pytest.raises(ValueError, match="already"):
        view.with_pin([1, 2, 8])


def test_a_pin_without_a_label_shows_the_links_label_and_keeps_it_when_another_is_chosen() -> None:
    view, _ = View.from_query({"pins": "1,2;3,4,5", "label": "6"})
    later = view.with_label(2)

    assert [view.label_of(pin) for pin in view.pins] == [6, 5]
    assert later.pins == ((1.0, 2.0, 6), (3.0, 4.0, 5))


@given(views, st.integers(0, 12))
def test_a_model_is_never_asked_for_a_label_that_it_has_not(view: View, classes: int) -> None:
    fitting, ignored = view.for_labels(classes)

    shown = {fitting.label or 0, *map(fitting.label_of, fitting.pins)}
    assert not classes or max(shown) < classes
    assert bool(ignored) == (fitting != view)
    assert all(sentence.endswith(".") for sentence in ignored)
    assert {pin[:2] for pin in fitting.pins} == {pin[:2] for pin in view.pins}


def test_a_model_without_labels_suits_every_view_and_keeps_its_labels() -> None:
    view = View("vae", pins=((1.0, 2.0, 42),), label=99)

    assert view.for_labels(0) == (view, [])
