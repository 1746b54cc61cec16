"""What the tests of the congress share: property tests that no busy machine can fail."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
