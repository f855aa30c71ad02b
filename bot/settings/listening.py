"""An address to listen on, and the one it is reached under from outside."""

from pydantic import Field

from bot.settings.section import Section
from bot.settings.shapes import Url


class Listener(Section):
    """Where callbacks are listened for, and nothing else."""

    host: str = Field(
        default="127.0.0.1",
        pattern=r"^[0-9A-Za-z.:_-]{1,253}$",
        description="Address to listen on. 127.0.0.1 is reachable from this machine only.",
    )
    port: int = Field(
        default=3001, ge=0, le=65535, description="Port to listen on. 0 lets the system choose."
    )
    public_url: Url | None = Field(
        default=None,
        description="Address under which Tencent reaches it from outside: "
        "/callbacks/<secret>/<app> and /callbacks/<secret>/account/replies are added to it. "
        "Left out: the address it listens on.",
    )

    @property
    def base_url(self) -> str:
        """The address others reach it under, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")
