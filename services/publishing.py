"""Publishing maps: a map that the public sees carries its review number (审图号), or it is not published."""

from sqlalchemy.orm import Session

from services.errors import ConflictError
from services.instance import setting


def review_number(unit: Session) -> str:
    """Give the review number that public maps print, or nothing."""
    return str(setting(unit, "map.review_number")).strip()


def refuse_unreviewed(unit: Session) -> None:
    """Refuse to serve public maps without a review number (地图管理条例). Raises ConflictError."""
    if setting(unit, "map.public") and not review_number(unit):
        raise ConflictError("error.map_unreviewed")
