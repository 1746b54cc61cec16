"""Settings of one process: where its instance lives and how it is served."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read from the environment, every name with the prefix SANLIAN_."""

    model_config = SettingsConfigDict(env_prefix="SANLIAN_", extra="ignore")

    home: Path = Path(".sanlian")
    database: str = ""  # a PostgreSQL address; empty: the SQLite file of `home`
    lang: str = "zh"
    secure_cookies: bool = False  # on behind https
    matters_per_address: int = 20  # new matters from one address in ten minutes without a log-in; 0: any number
    batch_rows: int = 1_000_000
    batch_bytes: int = 200_000_000

    @property
    def store_address(self) -> str:
        """Give the address of the store."""
        return self.database or str(self.home / "sanlian.db")
