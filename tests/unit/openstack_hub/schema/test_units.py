import pytest

from openstack_hub.schema.units import format_size, format_time, parse_size, parse_time

SIZE = " is not a size: write a number with one of the units K, M, G, T, such as 1.5G"
TIME = " is not a time: write a number with one of the units s, m, h, d, such as 15m"


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1.5G", 1610612736),
        ("512M", 536870912),
        ("1T", 1 << 40),
        ("64K", 65536),
        (" 2 G ", 2 << 30),
        ("0.3K", 307),
        (1 << 20, 1 << 20),
        (1e9, 10**9),
        (0, 0),
        (0.0, 0),
    ],
)
def test_parse_size(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("7.5X", f"'7.5X'{SIZE}"),
        ("", f"''{SIZE}"),
        ("G", f"'G'{SIZE}"),
        ("-1G", f"'-1G'{SIZE}"),
        ("1G 2G", f"'1G 2G'{SIZE}"),
        ("0", f"'0'{SIZE}"),
        (None, f"null{SIZE}"),
        (True, f"true{SIZE}"),
        ([1], f"[1]{SIZE}"),
        (-1, f"-1{SIZE}"),
        (float("inf"), f".inf{SIZE}"),
        (float("nan"), f".nan{SIZE}"),
        (1.5, "1.5 has no unit: append one of K, M, G, T, such as 1.5G"),
        (1048575, "1048575 has no unit: append one of K, M, G, T, such as 1.5G"),
    ],
)
def test_parse_size_refuses(value, sentence):
    with pytest.raises(ValueError) as raised:
        parse_size(value)
    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("4h", 14400), ("1d", 86400), ("1.5h", 5400), ("0s", 0), (0, 0)]
)
def test_parse_time(text, seconds):
    assert parse_time(text) == seconds


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (90, "90"),
        ("90", "'90'"),
        ("0", "'0'"),
        ("1:30", "'1:30'"),
        ("-4h", "'-4h'"),
        ("1.000,5h", "'1.000,5h'"),
        ("500ms", "'500ms'"),
        ("1 month", "'1 month'"),
        (None, "null"),
        (False, "false"),
        ({"h": 4}, "{h: 4}"),
    ],
)
def test_parse_time_refuses(value, shown):
    with pytest.raises(ValueError) as raised:
        parse_time(value)
    assert str(raised.value) == f"{shown}{TIME}"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1.5GB", "1.5G"), ("1,5G", "1.5G"), ("1.5g", "1.5G"), ("10Gi", "10G"), ("1 GB", "1G"), ("1024MB", "1024M"),
        ("2 GiB", "2G"), ("1.5 gigabytes", "1.5G"), ("64kB", "64K"), ("2TB", "2T"),
    ],
)  # fmt: skip
def test_sizes_with_other_units_are_translated(text, meant):
    assert_translated(parse_size, text, f"{text!r} is not a size: write {meant}", meant)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("4 hours", "4h"), ("4H", "4h"), ("1w", "7d"), ("2 weeks", "14d"), ("1h30m", "90m"), ("1h 30min", "90m"),
        ("90 sec", "90s"), ("1 day", "1d"), ("1,5 hours", "1.5h"), ("1d12h", "36h"), ("2 hrs", "2h"),
    ],
)  # fmt: skip
def test_times_with_other_units_are_translated(text, meant):
    assert_translated(parse_time, text, f"{text!r} is not a time: write {meant}", meant)


def assert_translated(parse, text, sentence, meant):
    with pytest.raises(ValueError) as raised:
        parse(text)
    assert str(raised.value) == sentence
    assert parse(meant)


@pytest.mark.parametrize(
    ("value", "shown"), [("never", "'never'"), (False, "false"), ("Off", "'Off'"), (-1, "-1"), ("0", "'0'")]
)
def test_never_is_0_where_it_is_allowed(value, shown):
    with pytest.raises(ValueError) as raised:
        parse_time(value, "never")
    assert str(raised.value) == f"{shown} is not a time: write 0 (never)"
    with pytest.raises(ValueError) as raised:
        parse_time(value)
    assert str(raised.value) == f"{shown}{TIME}"


@pytest.mark.parametrize(
    ("size", "text"),
    [(1610612736, "1.5G"), (8053063680, "7.5G"), (200 << 20, "200M"), (1 << 40, "1T"), (64 << 10, "64K"), (0, "0")],
)
def test_format_size(size, text):
    assert format_size(size) == text
    assert parse_size(text if size else 0) == size


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(86400, "1 day"), (14400, "4 hours"), (120, "2 minutes"), (90, "90 seconds"), (1, "1 second"), (0, "0 seconds")],
)
def test_format_time(seconds, text):
    assert format_time(seconds) == text
