"""What the official SDK is made to try, action by action and version by version."""

from collections.abc import Mapping

from tests.sandbox.tencent.judging import Failure, Trial
from tests.sandbox.tencent.trials_2019 import OLDER
from tests.sandbox.tencent.trials_content import CONTENT
from tests.sandbox.tencent.trials_read import READING
from tests.sandbox.tencent.trials_send import SENDING
from tests.sandbox.tencent.tried import NEW, OLD, SMS_SDK, Tried, successes

ALL: Mapping[tuple[str, str], Trial] = {
    **{(NEW, name): trial for name, trial in {**SENDING, **CONTENT, **READING}.items()},
    **{(OLD, name): trial for name, trial in OLDER.items()},
}
SUCCESSES: tuple[Tried, ...] = (
    *(cell for key in ALL for cell in successes(*key, SMS_SDK, "POST", "GET")),
    *successes(NEW, "SendSms", SMS_SDK, "multipart"),
)
FAILURES: Mapping[Tried, Failure] = {
    Tried(version, action, SMS_SDK, code=failure.code): failure
    for (version, action), trial in ALL.items()
    for failure in trial.failures
}
CELLS = (*SUCCESSES, *FAILURES)
