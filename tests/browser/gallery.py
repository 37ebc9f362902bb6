"""One example of every block and every element that the page must be able to draw."""

from __future__ import annotations

from typing import Any

Block = dict[str, Any]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": True}


def mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}


def option(text: str) -> Block:
    return {"text": plain(text), "value": text.lower()}


def button(text: str, action: str, **more: object) -> Block:
    return {"type": "button", "action_id": action, "text": plain(text), "value": "v", **more}


def rich(text: str) -> Block:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def cell(value: str | float) -> Block:
    if isinstance(value, str):
        return {"type": "raw_text", "text": value}
    return {"type": "raw_number", "value": value}


def task(title: str, status: str, **more: object) -> Block:
    return {"type": "task_card", "task_id": title, "title": title, "status": status, **more}


def card(title: str) -> Block:
    return {
        "type": "card",
        "title": mrkdwn(f"*{title}*"),
        "subtitle": mrkdwn("subtitle"),
        "body": mrkdwn("body"),
        "actions": [button("Open card", f"open-{title}")],
    }


def chart(kind: str) -> Block:
    if kind == "pie":
        segments = [{"label": "used", "value": 4}, {"label": "free", "value": 12}]
        drawn: Block = {"type": "pie", "segments": segments}
    else:
        data = [{"label": "cat", "value": 94.1}, {"label": "dog", "value": 5.9}]
        series = [{"name": "first", "data": data}, {"name": "second", "data": data}]
        drawn = {"type": kind, "series": series, "axis_config": {"categories": ["cat", "dog"]}}
    return {"type": "data_visualization", "title": f"A {kind} chart", "chart": drawn}


LONG = (
    "Standard_NC6s_v3 in eastus. Downloading the image took 4 minutes the last three times, "
    "loading 1.7 GB of weights another 2; the endpoint answers nothing before that."
)
SOURCES = [{"type": "url", "url": "https://example.com", "text": "The deployment in Studio"}]
OPTIONS = [option("Cat"), option("Dog")]
CHOICES = {"options": OPTIONS, "placeholder": plain("Choose")}
ACTION_ELEMENTS: dict[str, Block] = {
    "button": button("Deploy", "deploy", style="primary"),
    "overflow": {"type": "overflow", "options": OPTIONS},
    "static_select": {"type": "static_select", **CHOICES, "initial_option": OPTIONS[0]},
    "multi_static_select": {"type": "multi_static_select", **CHOICES},
    "users_select": {"type": "users_select", "placeholder": plain("Who")},
    "multi_users_select": {"type": "multi_users_select", "placeholder": plain("Who")},
    "channels_select": {"type": "channels_select", "placeholder": plain("Where")},
    "multi_channels_select": {"type": "multi_channels_select", "placeholder": plain("Where")},
    "conversations_select": {"type": "conversations_select", "placeholder": plain("Where")},
    "multi_conversations_select": {"type": "multi_conversations_select"},
    "checkboxes": {"type": "checkboxes", "options": OPTIONS},
    "radio_buttons": {"type": "radio_buttons", "options": OPTIONS, "initial_option": OPTIONS[1]},
    "datepicker": {"type": "datepicker", "initial_date": "2026-11-22"},
    "timepicker": {"type": "timepicker", "initial_time": "12:30"},
    "datetimepicker": {"type": "datetimepicker", "initial_date_time": 1_790_000_000},
    "workflow_button": {"type": "workflow_button", "text": plain("Run")},
}
INPUT_ELEMENTS: dict[str, Block] = {
    "plain_text_input": {"type": "plain_text_input", "multiline": True},
    "rich_text_input": {"type": "rich_text_input"},
    "number_input": {"type": "number_input", "is_decimal_allowed": False, "max_value": "10"},
    "email_text_input": {"type": "email_text_input"},
    "url_text_input": {"type": "url_text_input"},
    "file_input": {"type": "file_input", "filetypes": ["png", "jpg"], "max_files": 2},
}


def actions(element: Block) -> Block:
    return {"type": "actions", "elements": [{"action_id": "act", **element}]}


def field(element: Block, block_id: str = "field", label: str = "A field") -> Block:
    typed = {"action_id": "act", **element}
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": typed}


MARKDOWN = """# Model card
CLIP is **good** at _zero-shot_ things, see [the paper](https://arxiv.org/abs/2103.00020).

- does `not` count
  1. flowers

| Benchmark | Top-1 |
|---|--:|
| ImageNet | 63.2 |

> careful

```
code
```
"""

BLOCKS: dict[str, Block] = {
    "section": {
        "type": "section",
        "text": mrkdwn("*bold*"),
        "fields": [mrkdwn("*Task*\nfill-mask"), plain("plain")],
        "accessory": button("Open card", "open"),
    },
    "header": {"type": "header", "text": plain("Three models :mag:")},
    "divider": {"type": "divider"},
    "context": {"type": "context", "elements": [mrkdwn("page 1 of 3"), plain("words")]},
    "actions": actions(button("Deploy", "deploy")),
    "image": {"type": "image", "image_url": "https://example.com/x.png", "alt_text": "elsewhere"},
    "input": field(INPUT_ELEMENTS["plain_text_input"]),
    "rich_text": {
        "type": "rich_text",
        "elements": [
            *rich("section")["elements"],
            {
                "type": "rich_text_list",
                "style": "ordered",
                "elements": rich("one")["elements"],
            },
            {
                "type": "rich_text_preformatted",
                "elements": [{"type": "text", "text": "code"}],
            },
            {
                "type": "rich_text_quote",
                "elements": [
                    {"type": "emoji", "name": "rocket"},
                    {"type": "link", "url": "https://example.com"},
                    {"type": "user", "user_id": "U1"},
                    {"type": "channel", "channel_id": "C1"},
                    {"type": "broadcast", "range": "here"},
                    {"type": "date", "timestamp": 1_790_000_000, "format": "{date_short}"},
                ],
            },
        ],
    },
    "markdown": {"type": "markdown", "text": MARKDOWN},
    "table": {
        "type": "table",
        "rows": [[cell("Model"), cell("Top-1")], [rich("clip"), cell(63.2)]],
    },
    "data_table": {
        "type": "data_table",
        "caption": "Models",
        "page_size": 2,
        "rows": [
            [cell("Model"), cell("Likes")],
            *([cell(n), cell(v)] for n, v in zip("abc", (2, 30, 1), strict=True)),
        ],
    },
    "data_visualization": chart("bar"),
    "plan": {
        "type": "plan",
        "title": "Deploying clip-vit-large-patch14-336 as clip-large-east",
        "tasks": [
            task("Check the quota", "complete", output=rich("6 of 100 cores are free to use")),
            task("Start two instances", "in_progress", details=rich(LONG), sources=SOURCES),
            task("Send all the traffic there", "pending"),
            task(
                "Answer a first picture within the time that was promised for it",
                "error",
                details=rich("azureml://" + "very-long-name-without-a-gap/" * 6),
                output=rich("ModuleNotFoundError: No module named 'transformers'"),
            ),
        ],
    },
    "task_card": task("Register the model", "in_progress", output=rich("3 of 12 GB")),
    "alert": {"type": "alert", "level": "warning", "text": mrkdwn("No quota left")},
    "card": card("clip-5"),
    "carousel": {"type": "carousel", "elements": [card("one"), card("two")]},
    "container": {
        "type": "container",
        "title": plain("Details"),
        "is_collapsible": True,
        "child_blocks": [{"type": "section", "text": mrkdwn("inside")}],
    },
    "context_actions": {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "feedback",
                "positive_button": {"text": plain("Good"), "value": "good"},
                "negative_button": {"text": plain("Bad"), "value": "bad"},
            },
            {"type": "icon_button", "action_id": "icon", "icon": "trash", "text": plain("Delete")},
        ],
    },
    "video": {
        "type": "video",
        "title": plain("A talk"),
        "video_url": "https://example.com/talk",
        "thumbnail_url": "https://example.com/talk.png",
        "alt_text": "somebody talks",
    },
    "file": {"type": "file", "external_id": "remote-1", "source": "remote"},
}
