"""Deputies' cards: the public page behind a QR code, and the same cards on paper."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.assets import font_folders
from api.door import ACaller, AnAtlas, AReading
from api.pages.furniture import Option
from api.pages.shell import page
from data.messages import say
from data.qrcodes import on_screen
from services.cards import address_of, print_cards, public_card, town_cards

router = APIRouter()
PER_SHEET = 8


@router.get("/q/{code}")
def card_page(request: Request, code: str, who: ACaller, atlas: AnAtlas, unit: AReading) -> Response:
    """Show a deputy's public card: name, level, district, station and reception times, and the way to a message."""
    who.must("deputy.card")
    card = public_card(atlas, code, who.act.today)
    address = address_of(unit, str(request.base_url))
    return page(
        request, "card.html", who=who, name="deputies", atlas=atlas, card=card, town=atlas.names.get(card.town, ""),
        today=who.act.today, initial=card.name.removeprefix("示例·")[:1], qr=on_screen(f"{address}/q/{card.person}"),
        levels=[say(f"level.{seat.level}", who.lang) for seat in card.seats], may_print=who.may("card.print"),
        message="/matters/new?" + urlencode({"deputy": card.person}), address=f"{address}/q/{card.person}",
    )  # fmt: skip


@router.get("/q/{code}/card.pdf")
def one_card(request: Request, code: str, who: ACaller, atlas: AnAtlas, unit: AReading) -> Response:
    """Print one deputy's card."""
    who.must("card.print")
    card = public_card(atlas, code, who.act.today)
    made = print_cards(
        unit, atlas, [card], who.lang, address=address_of(unit, str(request.base_url)), today=who.act.today,
        fonts=font_folders(),
    )  # fmt: skip
    return as_file(made, "pdf", f"card-{card.person}")


@router.get("/cards")
def cards_page(request: Request, who: ACaller, atlas: AnAtlas, town: str = "") -> Response:
    """Choose the town whose cards are printed."""
    who.must("card.print")
    chosen = town or (who.viewer.scope if who.viewer and who.viewer.role == "town" else "")
    cards = town_cards(atlas, chosen, who.act.today) if chosen else ()
    return page(
        request, "cards.html", who=who, name="deputies", atlas=atlas, cards=cards, pages=-(-len(cards) // PER_SHEET),
        towns=[
            Option(value=code, label=name, selected=code == chosen)
            for code, name in zip(atlas.layers.towns["code"], atlas.layers.towns["name"], strict=True)
        ],
        levels={card.person: "、".join(dict.fromkeys(say(f"level.{seat.level}", who.lang) for seat in card.seats))
                for card in cards},
        file=f"/cards.pdf?town={chosen}" if cards else "",
    )  # fmt: skip


@router.get("/cards.pdf")
def cards_file(request: Request, who: ACaller, atlas: AnAtlas, unit: AReading, town: str = "") -> Response:
    """Print the cards of a town's deputies, eight to an A4 sheet."""
    who.must("card.print")
    made = print_cards(
        unit, atlas, town_cards(atlas, town, who.act.today), who.lang, today=who.act.today, fonts=font_folders(),
        address=address_of(unit, str(request.base_url)),
    )  # fmt: skip
    return as_file(made, "pdf", f"cards-{town}")


MEDIA = {"pdf": "application/pdf", "png": "image/png"}


def as_file(content: bytes, form: str, name: str) -> Response:
    """Answer with a paper to keep."""
    return Response(
        content, media_type=MEDIA[form], headers={"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    )
