import pytest

from openstack_hub.units import format_size, format_time, parse_size, parse_time


@pytest.mark.parametrize(
    ("text", "size"),
    [("1.5G", 1610612736), ("512M", 536870912), ("1T", 1 << 40), ("64K", 65536), (4096, 4096), (" 2 G ", 2 << 30)],
)
def test_parse_size(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["7.5X", "1.5GB", "1,5G", "", "G", "-1G", None, True, [1], "1G 2G"])
def test_parse_size_refuses(text):
    with pytest.raises(ValueError, match=r"is not a size: write a number with .*, like 1\.5G"):
        parse_size(text)


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("15m", 900), ("4h", 14400), ("1d", 86400), (0, 0)])
def test_parse_time(text, seconds):
    assert parse_time(text) == seconds


@pytest.mark.parametrize("text", [90, "90", "1w", "1:30", None, False, "4 hours", "-4h"])
def test_parse_time_refuses(text):
    with pytest.raises(ValueError, match=r"is not a time: write a number with .*, like 15m"):
        parse_time(text)


@pytest.mark.parametrize(
    ("size", "text"), [(1610612736, "1.5 GB"), (8053063680, "7.5 GB"), (200 << 20, "200 MB"), (9, "9 bytes")]
)
def test_format_size(size, text):
    assert format_size(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(86400, "1 day"), (14400, "4 hours"), (120, "2 minutes"), (90, "90 seconds")]
)
def test_format_time(seconds, text):
    assert format_time(seconds) == text
