"""Is the process alive, is the instance ready."""

from typing import Any


def test_a_living_server_says_so_without_a_log_in(heshan: Any) -> None:
    assert heshan.client().get("/healthz").json() == {"status": "ok"}


def test_a_ready_instance_names_the_version_of_its_atlas(heshan: Any) -> None:
    answer = heshan.client().get("/readyz").json()
    assert answer["status"] == "ready"
    assert answer["atlas"] > 0
