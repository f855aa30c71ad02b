"""What every part of app.yaml is."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A part of app.yaml: read once, never changed, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
