"""Work that would keep the loop waiting is done by a process of its own: order in, answer out.

The child reads its order from standard input, writes its answer to standard output, and is gone.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence

#: What the names of our secrets begin with. A child is told what it needs in its order.
OWN = "SMSOPS_"


class NoAnswer(Exception):  # noqa: N818 - the name says what happened
    """A child came to no end, or broke; `str()` of it says which, and its last words."""


async def answer_of(
    program: Sequence[str],
    order: bytes,
    *,
    patience_s: float,
    environ: Mapping[str, str] | None = None,
) -> bytes:
    """What a child makes of `order`; `environ` takes the place of our own environment. Of neither
    does it get the secrets.

    Raises NoAnswer; whatever happens, the child is gone afterwards.
    """
    passed = {k: v for k, v in (environ or os.environ).items() if not k.startswith(OWN)}
    child = await asyncio.create_subprocess_exec(
        *program,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=passed,
    )
    try:
        async with asyncio.timeout(patience_s):
            found, said = await child.communicate(order)
    except TimeoutError as error:
        raise NoAnswer("came to no end") from error
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        why = said.decode(errors="replace").strip().splitlines()[-1:]
        raise NoAnswer(f"broke: {child.returncode} {''.join(why)}")
    return found
