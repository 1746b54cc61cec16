"""The process books of the practices, as text; a practice is configuration on the one engine."""

from importlib.resources import files


class UnknownPracticeError(LookupError):
    """No process book of this name is shipped."""


def names() -> tuple[str, ...]:
    """Name the shipped process books, in plain string order."""
    return tuple(
        sorted(entry.name.removesuffix(".yaml") for entry in files(__name__).iterdir() if entry.name.endswith(".yaml"))
    )


def text(name: str) -> str:
    """Give a shipped process book's text. Raises UnknownPracticeError, which lists the known names."""
    if name not in names():
        raise UnknownPracticeError(f"no process book {name!r} is shipped; known: {', '.join(names())}")
    return files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
