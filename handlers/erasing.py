"""Where one number stands in the file, read beside the writer, a look at a time."""

from collections.abc import Sequence

from handlers.flows.erasures import Keys
from handlers.services import Services
from storage import erasures

#: Tables with rows of a number; opt-outs are by themselves.
OF_NUMBER = (*erasures.DELETED, erasures.MESSAGES)
#: What it says goes by itself once it is answered, and whoever asks about a number names it there.
PASSING = "envelopes"


async def find(services: Services, number: str) -> dict[str, int]:
    """What there is of a number, by table; texts of all tables together. Reads every sealed text
    but those that are on their way through: the question itself is one."""
    found = {table: len(keys) for table, keys in (await rows(services, number)).items()}
    optouts = await services.db.read(erasures.rows_of, erasures.OPTOUTS, number)
    covered = 0
    for table in erasures.TEXTS.keys() - {PASSING}:
        covered += len(await texts(services, table, number))
    counts = {**found, erasures.OPTOUTS: len(optouts), erasures.IN_TEXTS: covered}
    return {table: many for table, many in counts.items() if many}


async def is_left(services: Services, number: str) -> bool:
    """Whether any row has it still, or again."""
    optouts = await services.db.read(erasures.rows_of, erasures.OPTOUTS, number)
    return bool(optouts) or any((await rows(services, number)).values())


async def rows(services: Services, number: str) -> dict[str, Keys]:
    """The keys of all rows with that number of their own, by table."""
    return {table: await services.db.read(erasures.rows_of, table, number) for table in OF_NUMBER}


async def texts(services: Services, table: str, number: str) -> Keys:
    """Rows of a table whose texts name the number, page by page."""
    found: list[tuple[object, ...]] = []
    after: Sequence[object] | None = ()
    while after is not None:
        keys, after = await services.db.read(erasures.texts_with, table, after, number)
        found += keys
    return found
