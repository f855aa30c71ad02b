"""A stand-in for Tencent Cloud SMS over real HTTP: API 3.0, legacy v5, callbacks, an admin API."""

from bot.sandbox.tencent.config import LIMIT_PROFILES, FrequencyRules, SandboxConfig
from bot.sandbox.tencent.server import TencentSandbox

__all__ = ["LIMIT_PROFILES", "FrequencyRules", "SandboxConfig", "TencentSandbox"]
