"""The picture of the house is that of the arrows in pyproject.toml."""

from tools.house import PICTURE, ROOT, picture, read_arrows


def test_the_picture_is_up_to_date() -> None:
    made = picture(read_arrows((ROOT / "pyproject.toml").read_text()))
    assert PICTURE.read_text() == made, "run: python -m tools.house"


def test_the_page_says_what_every_room_is_for() -> None:
    told = (ROOT / "docs" / "architecture.md").read_text()
    arrows = read_arrows((ROOT / "pyproject.toml").read_text())
    assert not [
        r for r in arrows if r[0] != "_" and "." not in r and f"`{r}`" not in told
    ]


def test_the_picture_has_every_room_below_those_that_import_it() -> None:
    text = """
        [[tool.importlinter.contracts]]
        id = "house"
        leaves = ["errors"]
        arrows = ["api -> front, rules", "front -> rules, errors", "rules ->",
                  "errors ->"]
    """
    made = picture(read_arrows(text))
    places = [made.index(f">{room}</text>") for room in ("api", "front", "rules")]
    assert places == sorted(places)
    assert made.count("<path d=") == 3  # the tip of arrows, and two arrows
    assert ">errors<" not in made
