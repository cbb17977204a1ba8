"""The size of a home by groups, and how make-home learns it on one machine."""

import pytest

from hubkit.hub import homes

GB = 2**30


@pytest.fixture
def sized(model):
    model["home"] |= {"group_sizes": [{"group": "a", "size": 5 * GB}, {"group": "b", "size": 2 * GB}]}
    return model


@pytest.mark.parametrize(("groups", "size"), [({"c"}, 1), ({"b"}, 2), ({"a", "b"}, 5), (set(), 1)])
def test_the_largest_size_applies(sized, groups, size):
    assert homes.size(sized, groups) == size * GB


def test_a_size_is_left_for_make_home_while_it_applies(sized, tmp_path, monkeypatch):
    monkeypatch.setattr(homes, "SIZES", tmp_path / "sizes")
    for _ in range(2):
        homes.write_size("ada-2", sized, {"b"})
        assert (tmp_path / "sizes/ada-2").read_text() == f"{2 * GB}\n"
    assert (tmp_path / "sizes").stat().st_mode & 0o777 == 0o700
    for _ in range(2):
        homes.write_size("ada-2", sized, {"c"})
        assert list((tmp_path / "sizes").iterdir()) == []
