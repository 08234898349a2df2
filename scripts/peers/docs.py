"""Writes text between two markers of docs/performance.md; everything else of the page stays as it is."""

from environments import ROOT

PAGE = ROOT / "docs" / "performance.md"


class MarkerMissing(Exception):
    pass


def markers(name: str) -> tuple[str, str]:
    return f"<!-- bench-peers: {name} -->", f"<!-- end of {name} -->"


def replaced(page: str, name: str, text: str) -> str:
    begin, end = markers(name)
    if page.count(begin) != 1 or page.count(end) != 1 or page.index(end) < page.index(begin):
        raise MarkerMissing(f"{PAGE.name} needs the line {begin} once and after it {end} once")
    head, rest = page.split(begin)
    return f"{head}{begin}\n{text.strip()}\n{end}{rest.split(end)[1]}"


def write(name: str, text: str) -> None:
    PAGE.write_text(replaced(PAGE.read_text(), name, text))
