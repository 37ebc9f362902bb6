"""Read any refusal of a foreign service into one value, whatever form it came in.

Azure says why in many places: beneath `error`, `details`, `innererror` or `errors`, as JSON inside
a message, with `code: null` and the code before a colon, as the text of an exception, as a web page
of a gateway, or nowhere. Reading one never fails.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from services import http

LONGEST_BODY = 65_536  # characters of an answer that are looked at
LONGEST_MESSAGE = 2_000  # of one message
MOST_WORDS = 8_000  # of all messages together
MOST_SAID, DEEPEST, MOST_SIBLINGS = 24, 12, 20
BROKEN_JSON = 4  # places in a text at which JSON may begin, before it counts as text

# Names of a document's parts, in small letters: Azure writes them both ways.
CODE_KEYS = ("code", "errorcode", "error")
MESSAGE_KEYS = (
    "message",
    "error_description",
    "errormessage",
    "messageformat",
    "detail",
    "title",
)
INNER_KEYS = ("error", "error_details", "innererror", "details", "errors", "statusmessage")
POLICY_KEYS = ("policyassignmentdisplayname", "policydefinitiondisplayname")
REQUEST_IDS = ("x-ms-request-id", "x-ms-correlation-request-id", "x-request-id")
NO_CODES = frozenset({"", "none", "null", "error"})
# Codes that say no more than a status does, or only which part of Azure passes it on.
EMPTY_CODES = frozenset(
    {
        "badrequest",
        "conflict",
        "forbidden",
        "notfound",
        "usererror",
        "unknown",
        "inferencingclientcallfailed",
        "inferencingclientcreatedeploymentfailed",
    }
)
# What is said where the reason stands elsewhere.
EMPTY_WORDS = frozenset(
    {
        "the request is invalid",
        "one or more validation errors occurred",
        "bad request",
        "not found",
        "conflict",
        "forbidden",
        "the specified resource was not found",
        "inferencingclient httprequest error, error detail",
        "the resource operation completed with terminal provisioning state 'failed'",
        "operation failed or canceled",
        "user error",
    }
)
ID = re.compile(r"[\w.:-]{1,100}")
TITLE = re.compile(r"<title[^<>]{0,80}>([^<>]{0,200})", re.IGNORECASE)
LEADING_CODE = re.compile(r"\(([A-Za-z]\w{1,79})\)\s?")
CODE_AND_COLON = re.compile(r"((?:[A-Z][a-z0-9]{1,24}){2,8}|AADSTS\d{3,9}):\s")
AADSTS = re.compile(r"AADSTS\d{3,9}")
LABEL = re.compile(r"[ \t]{0,8}(?:Exception Details:|(Code|Message):)[ \t]{0,8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One level of an answer: its code ("" for none) and its words, cut where they are long."""

    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a foreign service answered.

    Attributes:
        said: from the outermost level to the innermost.
        innermost: the words that tell most: of the deepest level that says anything.
        status: of HTTP; 0 where there was none.
        requests: ids by which its support finds the request again.
        policies: names of the policies that forbid it, where it names them.
        wait: seconds that it asks to wait; 0.0 where it does not say.
        page: whether it is a web page for people, by something between us and the service.
    """

    said: tuple[Said, ...] = ()
    innermost: str = ""
    status: int = 0
    requests: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    wait: float = 0.0
    page: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the codes from the outermost to the innermost, each once."""
        return tuple(dict.fromkeys(said.code for said in self.said if said.code))

    @property
    def code(self) -> str:
        """Return the code that tells most: the innermost that says more than a status does."""
        telling = [code for code in self.codes if code.lower() not in EMPTY_CODES]
        return (telling or list(self.codes) or [""])[-1]

    @property
    def tells(self) -> bool:
        """Tell whether its words say more than the status does."""
        return _tells(self.innermost)

    @property
    def words(self) -> str:
        """Return everything it says, for patterns, cut where it is long."""
        said = dict.fromkeys(said.message for said in self.said if said.message)
        return "\n".join(said)[:MOST_WORDS]


def read(body: object, *, status: int = 0, headers: Mapping[str, object] | None = None) -> Answer:
    """Return what an answer says.

    Args:
        body: bytes, text, a JSON value, or an exception, whose text is read.
        status: of HTTP.
        headers: of the answer.
    """
    reader = _Reader()
    reader.look(_readable(body), 0)
    given = {name.lower(): str(value) for name, value in (headers or {}).items()}
    ids = [given[name] for name in REQUEST_IDS if name in given] or reader.requests
    return Answer(
        said=tuple(said for _, said in reader.found),
        innermost=reader.innermost(),
        status=status,
        requests=tuple(dict.fromkeys(one for one in ids if ID.fullmatch(one))),
        policies=tuple(dict.fromkeys(reader.policies)),
        wait=http.retry_after(headers or {}),
        page=reader.page,
    )


def _readable(body: object) -> object:
    if isinstance(body, bytes):
        return body[: 4 * LONGEST_BODY].decode("utf-8", "replace").lstrip("\ufeff")
    return str(body) if isinstance(body, BaseException) else body


@dataclass(slots=True)
class _Reader:
    """Collects what is said, each with how deep it stood."""

    found: list[tuple[int, Said]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    policies: list[str] = field(default_factory=list)
    page: bool = False

    def look(self, value: object, depth: int) -> None:
        if depth > DEEPEST or len(self.found) >= MOST_SAID:
            return
        if isinstance(value, str):
            self._text(value[:LONGEST_BODY].strip(), depth)
        elif isinstance(value, list):
            for item in value[:MOST_SIBLINGS]:
                self.look(item, depth)
        elif isinstance(value, dict):
            self._document({str(key).lower(): item for key, item in value.items()}, depth)

    def innermost(self) -> str:
        worded = [row for row in self.found if row[1].message]
        rows = [row for row in worded if _tells(row[1].message)] or worded
        return max(rows, key=lambda row: row[0], default=(0, Said()))[1].message

    def _document(self, document: Mapping[str, object], depth: int) -> None:
        named = (_word(document.get(key)) for key in CODE_KEYS)
        code = next((text for text in named if text and " " not in text), "")
        message = next((text for key in MESSAGE_KEYS if (text := _word(document.get(key)))), "")
        self._level(code, message, depth)
        self._names(document)
        for key in INNER_KEYS:
            inner = document.get(key)
            if key == "errors" and isinstance(inner, dict):
                inner = list(inner.values())
            wordy = isinstance(inner, str) and (key != "error" or " " in inner)
            if isinstance(inner, (dict, list)) or wordy:
                self.look(inner, depth + 1)

    def _names(self, document: Mapping[str, object]) -> None:
        """Note the names of policies, and the ids of the request."""
        assignment = document.get("policyassignment")
        if isinstance(assignment, dict):
            self.policies += filter(None, [_word(assignment.get("name"))])
        more = document.get("additionalinfo")
        for item in more[:MOST_SIBLINGS] if isinstance(more, list) else ():
            info = item.get("info") if isinstance(item, dict) else None
            if isinstance(info, dict):
                named = {str(key).lower(): value for key, value in info.items()}
                names = (_word(named.get(key)) for key in POLICY_KEYS)
                self.policies += [name for name in names if name][:1]
        correlation = document.get("correlation")
        if isinstance(correlation, dict):
            self.requests += filter(None, map(_word, correlation.values()))

    def _text(self, text: str, depth: int) -> None:
        if text.startswith("<"):
            self.page = True
            title = TITLE.search(text[:LONGEST_MESSAGE])
            self._level("", title[1] if title else "", depth)
            return
        document = _json(text) if text[:1] in {"{", "[", '"'} else None
        if document is not None and document != text:
            self.look(document, depth)
        else:
            self._exception(text, depth)

    def _exception(self, text: str, depth: int) -> None:
        """Read the text of an exception of the SDK: levels one under the other, with labels."""
        labels, code = 0, ""
        for line in text.splitlines()[: 4 * MOST_SAID]:
            label = LABEL.match(line)
            if label is None:
                continue
            labels += 1
            rest = line[label.end() :].strip()
            if label[1] == "Code":
                code = rest
            else:
                self._level(code if label[1] else "", rest, depth + labels)
        if not labels:
            self._level("", text, depth)

    def _level(self, code: str, message: str, depth: int) -> None:
        """Note a level; JSON inside its message is a deeper one."""
        code = "" if code.lower() in NO_CODES or code.isdecimal() else code
        leading = LEADING_CODE.match(message)
        if leading:
            message = message[leading.end() :]
            code = code or ("" if leading[1].lower() in NO_CODES else leading[1])
        before, document = _embedded(message)
        plain = before[:LONGEST_MESSAGE].strip()
        named = CODE_AND_COLON.match(plain) or AADSTS.search(plain)
        if named and (not code or named[0].startswith("AADSTS")):
            code = named[0].rstrip(": ") if named.re is AADSTS else named[1]
        if (code or plain) and len(self.found) < MOST_SAID:
            self.found.append((depth, Said(code=code[:80], message=plain)))
        if document is not None:
            self.look(document, depth + 1)


def _tells(message: str) -> bool:
    plain = message.strip(" .:()0123456789").lower()
    return " " in plain and plain not in EMPTY_WORDS


def _word(value: object) -> str:
    return value[:LONGEST_BODY].strip() if isinstance(value, str) else ""


def _embedded(message: str) -> tuple[str, object]:
    """Return the words before JSON in a message, and the JSON; all of it and None without any."""
    at = -1
    for _ in range(BROKEN_JSON):
        at = min((place for sign in "{[" if (place := message.find(sign, at + 1)) >= 0), default=-1)
        if at < 0:
            break
        document = _json(message[at:])
        if isinstance(document, dict) or (document and isinstance(document, list)):
            return message[:at].rstrip(" :'\"\n"), document
    return message, None


def _json(text: str) -> object:
    """Return the JSON that a text begins with, or None; Azure also doubles the braces of some."""
    for candidate in (text, text.replace("{{", "{").replace("}}", "}")):
        try:
            return json.JSONDecoder().raw_decode(candidate)[0]
        except (ValueError, RecursionError):
            continue
    return None
