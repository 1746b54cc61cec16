"""What can go wrong in an act: leaf classes that carry a message key and facts, never a sentence."""

from typing import Any

from data.flaws import Flaw


class ActError(Exception):
    """An act that was not done: why, as a message key with facts."""

    status = 400

    def __init__(self, key: str, **facts: Any) -> None:
        super().__init__(f"{key} {facts}" if facts else key)
        self.key = key
        self.facts = facts


class NotFoundError(ActError):
    """What was asked for is not here."""

    status = 404


class RefusedError(ActError):
    """The actor may not do this; the answer of the permission question is the reason."""

    status = 403


class UnknownActorError(ActError):
    """Nobody is logged in, or the log-in failed."""

    status = 401


class ConflictError(ActError):
    """The state of things forbids this now: somebody else was faster, or a step is missing."""

    status = 409


class BadRequestError(ActError):
    """What was asked is not understood."""

    status = 400


class TooLargeError(ActError):
    """More was sent than is taken at once."""

    status = 413


class FlawedError(ActError):
    """A paper with fatal flaws: nothing of it was taken."""

    status = 422

    def __init__(self, flaws: tuple[Flaw, ...], **facts: Any) -> None:
        super().__init__("error.flawed", fatal=sum(flaw.fatal for flaw in flaws), all=len(flaws), **facts)
        self.flaws = flaws
