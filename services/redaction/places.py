"""Places for secrets: headers, options, addresses; and the beginnings of tokens.

Whatever stands there is hidden where it is shown; it is too little to refuse a text for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from services.redaction import values

_OPTION = (
    r"--?(?:[a-z]{1,20}-){0,3}"
    r"(?:password|passwd|pass|token|secret|api[_-]key|key|client[_-]secret|sas|auth)"
)
_VALUE = r"(?P<secret>[^\s\"'`<>&;,\\){}\]]++)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A place for secrets; what stands there is one if `is_secret` says so of it."""

    pattern: re.Pattern[str]
    is_secret: Callable[[str], bool] = values.anything


PLACES = (
    Shape(pattern=re.compile(r"(?P<secret>(?:xox[a-z]|xapp)-[\w%-]++)"), is_secret=values.suspect),
    Shape(pattern=re.compile(r"(?P<secret>hf_[A-Za-z0-9]{8,}+)(?!_[a-z])")),
    Shape(pattern=re.compile(r"(?<![A-Za-z])(?P<secret>gh[a-z]_\w{6,}+|github_pat_\w++)")),
    Shape(
        pattern=re.compile(
            r"(?<![\w-])(?P<secret>(?:sk|pk|rk)[-_][\w-]{8,}+|(?:nvapi|glpat|dapi|pypi|npm|dop_v1"
            r"|shpat|lin_api|key|r8|api_org|AccessKey|whsec|tvly|gsk|xai)[-_][\w-]{8,}+)"
        ),
        is_secret=values.certain,
    ),
    Shape(pattern=re.compile(r"(?<!\w)(?P<secret>SG\.[\w-]{8,}+\.[\w-]{8,}+|dapi[0-9a-f]{32})")),
    Shape(pattern=re.compile(r"(?<=://)hooks\.[\w.-]{1,80}/(?P<secret>[^\s\"'<>|`]{16,}+)")),
    Shape(pattern=re.compile(r"(?<!\d)(?P<secret>\d{6,12}:[A-Za-z0-9_-]{30,}+)")),  # Telegram
    Shape(
        pattern=re.compile(
            r"(?:webhook\.office\.com|discord(?:app)?\.com/api/webhooks)/(?P<secret>[^\s\"'<>|`]++)"
        )
    ),
    Shape(
        pattern=re.compile(
            r"(?i:authorization)(?:\\{0,4}[\"'`]|&quot;|%22)?[^\S\n]{0,4}(?:[=:,]|%3[AaDd])[^\S\n]{0,4}"
            r"(?:\\{0,4}[\"'`]|&quot;|%22)?"
            r"(?:(?i:basic|bearer|digest|token|apikey|api-key|negotiate|ntlm|sharedkey(?:lite)?"
            r"|sharedaccesssignature|aws4-hmac-sha256)[^\S\n]{1,4})?"
            r"(?P<secret>[^\s\"'`<>\\]++)"
        ),
        is_secret=values.firm,
    ),
    Shape(
        pattern=re.compile(r"(?:Bearer|BEARER)(?:\s|%20|\+){1,4}(?P<secret>[^\s\"'`,;<>\\]++)"),
        is_secret=values.bearer,
    ),
    Shape(
        pattern=re.compile(r"bearer(?:\s|%20|\+){1,4}(?P<secret>[^\s\"'`,;<>\\]++)"),
        is_secret=values.suspect,
    ),
    Shape(
        pattern=re.compile(r"(?i:basic)(?:\s|%20){1,4}(?P<secret>[A-Za-z0-9+/_=-]{6,}+)"),
        is_secret=values.basic,
    ),
    # `--token abc`, `login me password abc`, `curl -u me:abc`
    Shape(
        pattern=re.compile(rf"(?<![\w-])(?i:{_OPTION})[^\S\n]{{1,4}}{_VALUE}"),
        is_secret=values.firm,
    ),
    Shape(
        pattern=re.compile(rf"(?<!\w)login \S{{1,80}}+ password {_VALUE}"),
        is_secret=values.anything,
    ),
    Shape(pattern=re.compile(r"(?<![\w-])(?:-u|--user)[ =](?P<secret>[^\s:]{1,80}:[^\s\"']++)")),
    Shape(pattern=re.compile(r"(?i:cookie):[^\S\n]{0,4}(?P<secret>[^\n\"']++)")),
    Shape(pattern=re.compile(r"[?&](?:code|key|st|auth|apikey)=(?P<secret>[^\s&\"'<>]{16,}+)")),
    # an address: a name and a password, or a token in place of the name
    Shape(
        pattern=re.compile(
            r"(?<=://)(?P<secret>[^/\s:@\"'<>]*+:[^/\s@\"'<>]*+(?:@[^/\s@\"'<>]*+(?=@))*+)(?=@)"
        )
    ),
    Shape(
        pattern=re.compile(
            r"%3[Aa]%2[Ff]%2[Ff](?P<secret>[^\s/@%\"'<>]{0,80}+%3[Aa]"
            r"(?:[^\s/@%\"'<>]|%(?!40)){0,200}+)(?=%40)"
        )
    ),
    Shape(
        pattern=re.compile(r"(?<=://)(?P<secret>[^/\s:@\"'<>.]{16,}+)(?=@)"),
        is_secret=values.suspect,
    ),
)
