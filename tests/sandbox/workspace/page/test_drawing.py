"""Everything an app may send is drawn; nothing it sends becomes markup."""

import json

import pytest
from playwright.async_api import Page, expect

from bot.slack import blocks
from tests.sandbox.workspace.page.stage import (
    Json,
    OpenPage,
    Stage,
    field,
    option,
    plain,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="session"),
]

MARKUP = "<img src=x onerror=window.struck=1>"
ESCAPED = MARKUP.replace("<", "&lt;").replace(">", "&gt;")


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


OPTIONS = {"options": [option(f"One {MARKUP}", "1"), option("Two", "2")]}
PICKERS: list[Json] = [
    {"type": "datepicker", "initial_date": "2026-11-22"},
    {"type": "timepicker", "initial_time": "08:30"},
    {"type": "datetimepicker", "initial_date_time": 1_800_000_000},
    {"type": "checkboxes", **OPTIONS},
    {"type": "radio_buttons", **OPTIONS},
    {"type": "static_select", **OPTIONS},
    {"type": "multi_static_select", **OPTIONS},
    {"type": "external_select"},
    {"type": "multi_external_select"},
    {"type": "users_select", "initial_user": "U0BO"},
    {"type": "multi_users_select", "initial_users": ["U0BO"]},
    {"type": "channels_select", "initial_channel": "C0SMS"},
    {"type": "multi_channels_select"},
    {"type": "conversations_select"},
    {"type": "multi_conversations_select"},
]
BUTTONS: list[Json] = [
    {"type": "button", "text": plain(f"Go {MARKUP}"), "style": "primary"},
    {"type": "button", "text": plain("Delete"), "style": "danger", "url": "https://example.com"},
    {"type": "overflow", **OPTIONS},
]
TYPED: list[Json] = [
    {"type": "plain_text_input", "initial_value": MARKUP},
    {"type": "plain_text_input", "multiline": True, "initial_value": MARKUP},
    {"type": "email_text_input"},
    {"type": "url_text_input"},
    {"type": "number_input", "is_decimal_allowed": False},
    {"type": "rich_text_input"},
]
RICH: Json = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": MARKUP, "style": {"bold": True, "code": True}},
                {"type": "link", "url": "https://example.com", "text": MARKUP},
                {"type": "emoji", "name": "tada"},
                {"type": "user", "user_id": "U0BO"},
                {"type": "usergroup", "usergroup_id": "S0SENDERS"},
                {"type": "channel", "channel_id": "C0SMS"},
                {"type": "broadcast", "range": "here"},
                {"type": "date", "timestamp": 1_800_000_000, "format": "{date} {time}"},
                {"type": "color", "value": "#ff0000"},
            ],
        },
        {
            "type": "rich_text_list",
            "style": "ordered",
            "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "first"}]}
            ],
        },
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": MARKUP}]},
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": MARKUP}]},
    ],
}
TABLE: Json = {
    "type": "table",
    "column_settings": [{"align": "center"}, {"is_wrapped": True}],
    "rows": [
        [{"type": "raw_text", "text": "Name"}, {"type": "raw_text", "text": "Sent"}],
        [{"type": "raw_text", "text": MARKUP}, {"type": "raw_number", "value": 3, "text": "3"}],
        [RICH, {"type": "raw_text", "text": "-"}],
    ],
}
COMMON: list[Json] = [
    {"type": "header", "text": plain(f"Head {MARKUP}")},
    {
        "type": "section",
        "text": mrkdwn(f"{ESCAPED} *bold* &lt;!channel&gt;"),
        "fields": [mrkdwn(f"*A*\n{ESCAPED}"), plain(MARKUP)],
        "accessory": {
            "type": "image",
            "image_url": "https://example.com/a.png",
            "alt_text": MARKUP,
        },
    },
    {"type": "divider"},
    {"type": "context", "elements": [mrkdwn("small"), plain(MARKUP)]},
    {"type": "image", "image_url": "https://example.com/b.png", "alt_text": MARKUP},
    {"type": "actions", "elements": [*BUTTONS, *PICKERS]},
    RICH,
]
MESSAGE: list[Json] = [*COMMON, {"type": "markdown", "text": f"# Hi\n- **b** {MARKUP}"}, TABLE]
MODAL: list[Json] = [
    *COMMON,
    {"type": "alert", "text": mrkdwn(f"Careful {ESCAPED}"), "level": "warning"},
    *(field(f"field-{at}", f"Field {MARKUP}", each) for at, each in enumerate([*TYPED, *PICKERS])),
]


async def expect_no_markup(page: Page) -> None:
    await expect(page.locator("[data-unsupported]")).to_have_count(0)
    await expect(page.locator("img[src=x]")).to_have_count(0)
    assert await page.evaluate("window.struck") is None


async def test_every_block_and_element_of_a_message_is_drawn_and_none_as_markup(
    open_page: OpenPage, stage: Stage
) -> None:
    page = await open_page("U0MAYA")
    await stage.post(text=ESCAPED, blocks=MESSAGE)
    attachment = {"color": "#2e8b57", "title": MARKUP, "text": ESCAPED}
    await stage.post(text=ESCAPED, attachments=[attachment])
    await expect(page.locator(".message")).to_have_count(2)
    first = page.locator(".message").first
    await expect(first.locator(".block")).to_have_count(len(MESSAGE) + 1)
    await expect(first.locator(".actions > *")).to_have_count(len(BUTTONS) + len(PICKERS))
    await expect(first.locator(".section strong").first).to_have_text("bold")
    await expect(first).to_contain_text("<!channel>")
    await expect(page.locator(".message").last).to_contain_text(MARKUP)
    await expect_no_markup(page)


async def test_every_block_and_element_of_a_form_is_drawn_and_submitted_as_filled_in(
    open_page: OpenPage, stage: Stage
) -> None:
    page = await open_page("U0MAYA")
    view = {"type": "modal", "title": plain("All"), "submit": plain("Send"), "blocks": MODAL}
    drawn = f"""async (view) => {{
        const {{ drawBlocks }} = await import("/blocks.js");
        {SURFACE}
        document.body.replaceChildren(...drawBlocks(view.blocks, surface));
        return surface.state.values;
    }}"""
    values = await page.evaluate(drawn, view)
    await expect_no_markup(page)
    await expect(page.locator(".block.input")).to_have_count(len(TYPED) + len(PICKERS))
    assert [values[f"field-{at}"]["undefined"] for at in range(2)] == [
        {"type": "plain_text_input", "value": MARKUP}
    ] * 2


SURFACE = """
    const { Surface } = await import("/surface.js");
    const names = { user: (id) => id, channel: (id) => id, group: (id) => id, isMe: () => false };
    const directory = { users: [], channels: [], direct: [] };
    const surface = new Surface({ api: {}, me: { id: "U0MAYA" }, where: {}, names, directory });
"""


async def test_what_is_unknown_or_broken_is_marked_and_the_rest_is_drawn(
    open_page: OpenPage,
) -> None:
    page = await open_page("U0MAYA")
    blocks = [
        {"type": "hologram"},
        {"type": "actions", "elements": [{"type": "lever"}, BUTTONS[0]]},
        {"type": "section", "text": 7, "fields": "not a list"},
        None,
        {"type": "header", "text": plain("Still here")},
    ]
    script = f"""async (blocks) => {{
        const {{ drawBlocks }} = await import("/blocks.js");
        {SURFACE}
        document.body.replaceChildren(...drawBlocks(blocks, surface));
    }}"""
    await page.evaluate(script, blocks)
    marks = page.locator("[data-unsupported]")
    assert await marks.evaluate_all("all => all.map((one) => one.dataset.unsupported)") == [
        "hologram",
        "lever",
        "section",
        "?",
    ]
    await expect(marks.first).to_contain_text("hologram")
    await expect(page.get_by_role("heading", name="Still here")).to_be_visible()
    await expect(page.get_by_role("button")).to_have_count(1)


# What is typed on the left shows as on the right: Slack's own reading (docs.slack.dev,
# "Formatting message text", 2026-08).
TEXTS = {
    "*bold* _it_ ~no~ `c *x*`": "<strong>bold</strong> <em>it</em> <s>no</s> <code>c *x*</code>",
    "* not * 2*3*4 snake_case_name": "* not * 2*3*4 snake_case_name",
    "*a _b ~c~_*": "<strong>a <em>b <s>c</s></em></strong>",
    "中*文*字 *文*": "中*文*字 <strong>文</strong>",
    "a &amp; b &lt;b&gt; &amp;lt;": "a &amp; b &lt;b&gt; &amp;lt;",
    "&gt; one\n&gt; two\nafter": "<blockquote>one<br>two</blockquote>after",
    "```\na *b*\n```\nend": "<pre>a *b*</pre>end",
    "``` open": "``` open",
    "<javascript:alert(1)|x>": "&lt;javascript:alert(1)|x&gt;",
    "<data:text/html,x>": "&lt;data:text/html,x&gt;",
    "<@U0BO> <#C0SMS|sms> <!here> <!subteam^S1|@ops>": "@U0BO #C0SMS @here @ops",
    "<!date^notatime^{date}|then>": "&lt;!date^notatime^{date}|then&gt;",
    "<!date^99999999999999^{date}|then>": "then",
    ":tada: :no_such_thing: 10:30:20": "🎉 :no_such_thing: 10:30:20",
    ":flag-cn: :+1::skin-tone-3:": "🇨🇳 👍",
}


async def test_text_reads_as_slack_reads_it_and_only_harmless_addresses_become_links(
    open_page: OpenPage, stage: Stage
) -> None:
    page = await open_page("U0MAYA")
    script = """async (texts) => {
        const { mrkdwn } = await import("/mrkdwn.js");
        const same = (id) => id;
        const names = { user: same, channel: same, group: () => null, isMe: () => false };
        return Object.fromEntries(texts.map((text) => {
            const line = document.createElement("p");
            line.append(...mrkdwn(text, names));
            const plain = line.querySelectorAll("span, time");
            for (const node of plain) node.replaceWith(...node.childNodes);
            return [text, line.innerHTML];
        }));
    }"""
    assert await page.evaluate(script, list(TEXTS)) == TEXTS
    good = "<https://example.com/?a=1&amp;b=2|site> <mailto:a@example.com> <tel:+8613800000001>"
    await stage.post(text=f"{good} <ftp://example.com|no> https://example.com/bare, and on")
    links = page.locator(".message a")
    await expect(links).to_have_count(4)
    hrefs = await links.evaluate_all("all => all.map((one) => one.href)")
    assert hrefs == [
        "https://example.com/?a=1&b=2",
        "mailto:a@example.com",
        "tel:+8613800000001",
        "https://example.com/bare",
    ]
    rel = await links.first.get_attribute("rel")
    assert rel == "noopener noreferrer"


async def test_times_are_the_readers_own(open_page: OpenPage, stage: Stage) -> None:
    lin, omar = await open_page("U0LIN"), await open_page("U0OMAR")
    await stage.post(text="at <!date^1784529000^{date_num} {time}|never>")
    await expect(lin.locator(".message .text")).to_have_text("at 2026-07-20 14:30")
    await expect(omar.locator(".message .text")).to_have_text("at 2026-07-20 07:30")


async def test_the_page_breaks_no_rule_of_its_own_policy(open_page: OpenPage) -> None:
    page = await open_page("U0MAYA")
    broken: list[str] = []
    page.on("console", lambda said: broken.append(said.text) if said.type == "error" else None)
    await page.reload()
    await page.locator("[data-role=composer]").wait_for()
    assert json.dumps(broken) == "[]"


async def test_text_from_outside_shows_its_marks_and_an_address_ends_where_chinese_begins(
    open_page: OpenPage, stage: Stage
) -> None:
    page = await open_page("U0MAYA")
    outside = "*x* _x_ ~x~ `x` x*y* *x*: （*模板*） **x** ```x``` a_b"
    linked = "打开：https://example.com/a，谢谢 https://example.com/b谢谢"
    sections = [
        blocks.section(f"*ours* {blocks.inert(outside)}\n{blocks.quote('请用*模板*')}"),
        blocks.section(f"*{linked}* <https://example.com/c|c>"),
        {"type": "section", "text": mrkdwn(linked)},
    ]
    await stage.post(text="outside", blocks=sections)
    shown = page.locator(".message").last
    await expect(shown.locator(".block")).to_have_count(len(sections))
    ours, verbatim, parsed = (shown.locator(".block").nth(at) for at in range(3))
    await expect(ours.locator("strong")).to_have_text(["ours"])
    await expect(ours.locator("em, s, code, pre")).to_have_count(0)
    words = await ours.text_content() or ""
    plain_marks = str.maketrans({alike: mark for mark, alike in blocks.LOOK_ALIKES.items()})
    assert words.translate(plain_marks) == f"ours {outside}请用*模板*"
    await expect(verbatim.locator("a")).to_have_text(["c"])
    await expect(parsed.locator("a")).to_have_text(
        ["https://example.com/a", "https://example.com/b"]
    )
