"""The pulse of a store beats when somebody writes, and only then."""

from data.pulse import Pulse
from data.store import Store
from data.tables import Setting


def test_a_commit_changes_the_beat_and_a_look_does_not(store: Store) -> None:
    pulse = Pulse(store.engine)
    before = pulse.beat()
    with store.reading() as unit:
        unit.get(Setting, "any")
    assert pulse.beat() == before
    with store.unit() as unit:
        unit.add(Setting(key="any", value=1))
    if store.engine.dialect.name == "sqlite":
        assert pulse.beat() != before
    else:
        assert pulse.beat() is None
