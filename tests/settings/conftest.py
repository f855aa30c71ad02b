"""A file to write and an environment that is complete."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

APPS = """\
apps:
  - name: demo
    sdk_app_id: "1400006666"
    signature: 腾讯云
"""

APP_KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def apps() -> str:
    """The least an app.yaml can say."""
    return APPS


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Writes an app.yaml and says where it is."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "app.yaml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def environ() -> dict[str, str]:
    """Every secret that HTTP mode and API 3.0 need, and nothing else."""
    return {
        "SMSOPS_SLACK_BOT_TOKEN": "xoxb-local-0123456789abcdef",
        "SMSOPS_SLACK_SIGNING_SECRET": "0123456789abcdef0123456789abcdef",
        "SMSOPS_TENCENT_SECRET_ID": "AKIDEXAMPLEEXAMPLE0001",
        "SMSOPS_TENCENT_SECRET_KEY": "FAKESECRETKEYFAKESECRETKEY000001",
        "SMSOPS_CALLBACK_SECRET": "c" * 40,
        "SMSOPS_DATA_KEY": base64.b64encode(bytes(range(64))).decode(),
    }


@pytest.fixture
def v5_environ(environ: dict[str, str]) -> dict[str, str]:
    """The same with an AppKey in place of the API key."""
    for name in ("SMSOPS_TENCENT_SECRET_ID", "SMSOPS_TENCENT_SECRET_KEY"):
        del environ[name]
    return environ | {"SMSOPS_TENCENT_SDK_APP_KEY": f"1400006666:{APP_KEY}"}
