"""Ours: the whole bot as `smsops run` starts it, with the stand-ins beside it for what it asks."""

import asyncio
import sys
from pathlib import Path

from bot.cli.demo import without_proxy
from bot.cli.local import Plan, running_locally
from bot.logs import set_up
from tests.bench.servers import announce, input_ended

APP_YAML = Path(__file__).parents[3] / "app.yaml"
#: What it can do is asked for here, not what it would take.
UNBOUND = {"callbacks.posts_per_s": 100_000}


async def main(folder: Path) -> None:
    async with running_locally(Plan(APP_YAML, folder, overrides=UNBOUND)) as local:
        secrets, app = local.settings.secrets, local.settings.apps[0]
        signing_secret = secrets.slack_signing_secret
        assert signing_secret is not None
        announce(
            port=int(local.bot.url.rpartition(":")[2]),
            signing_secret=signing_secret.get_secret_value(),
            callback_path=f"/callbacks/{secrets.callback_secrets[0].get_secret_value()}/{app.name}",
        )
        await input_ended()


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    without_proxy()
    with (folder / "bot.log").open("w", encoding="utf-8") as log:
        set_up(log)
        asyncio.run(main(folder))
