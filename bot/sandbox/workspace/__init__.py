"""A Slack look-alike on this machine: real HTTP, real signatures, and a page to click in."""

from bot.sandbox.workspace.faults import Fault, FaultKind
from bot.sandbox.workspace.installation import Installation, ManifestError
from bot.sandbox.workspace.people import Standing
from bot.sandbox.workspace.server import Workspace
from bot.sandbox.workspace.world import Pace

__all__ = ["Fault", "FaultKind", "Installation", "ManifestError", "Pace", "Standing", "Workspace"]
