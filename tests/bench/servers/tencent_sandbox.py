"""The Tencent stand-in alone, with every check it makes and no rule that would stop a number."""

import asyncio

from bot.sandbox.tencent import SandboxConfig, TencentSandbox
from bot.sandbox.tencent.config import FrequencyRules
from tests.bench.servers import announce, input_ended

NO_RULES = FrequencyRules(day=None, same_content=None)


async def main() -> None:
    # The vendor takes 3,000 calls a second and no more; what the process can do is asked for here.
    sandbox = TencentSandbox(
        config=SandboxConfig(limits=NO_RULES, api_rates=False, package_segments=100_000_000)
    )
    url = await sandbox.start()
    announce(port=int(url.rpartition(":")[2]))
    await input_ended()
    await sandbox.stop()


if __name__ == "__main__":
    asyncio.run(main())
