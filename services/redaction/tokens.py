"""Secrets that show by themselves what they are: what nobody writes by accident."""

from __future__ import annotations

import re

# The secret is the group of that name; a match without it is a run
# of characters that turned out to be none.
TOKENS = (
    # Slack: of bots, people and refreshing (`xoxb-`, `xoxp-`, `xoxe-`, …), and of apps (`xapp-`)
    re.compile(r"(?<!\w)(?P<secret>(?:xox[a-z]|xapp)-[\w%-]{8,}+)"),
    # the Hub; a path may hold a name that begins like a token, but none of such a length
    re.compile(r"(?P<secret>(?<![\w/])hf_[A-Za-z0-9]{8,}+(?!_[a-z])|hf_[A-Za-z0-9]{30,}+)"),
    # a JSON Web Token: header, payload, signature
    re.compile(r"(?P<secret>eyJ[\w-]++\.[\w-]++\.[\w-]*+)|eyJ[\w-]*+"),
    # a key of an endpoint of Azure ML, as Azure marks its keys since 2024
    re.compile(r"(?P<secret>[A-Za-z0-9]{52}JQQJ9[A-Za-z0-9]{26,31})"),
    # GitHub, GitLab, AWS, Google, Entra ID's client secrets, Azure's storage keys
    re.compile(r"(?P<secret>(?<!\w)gh[a-z]_[A-Za-z0-9]{20,}+|(?<!\w)github_pat_\w{16,}+)"),
    re.compile(r"(?<!\w)(?P<secret>glpat-[\w-]{16,}+|(?:AKIA|ASIA)[0-9A-Z]{16}(?!\w))"),
    re.compile(r"(?<![\w-])(?P<secret>AIza[\w-]{30,}+|ya29\.[\w.-]{16,}+)"),
    re.compile(r"(?<![\w~.-])(?P<secret>[\w~.-]{3}\dQ~[\w~.-]{30,}+)"),
    re.compile(r"(?<![A-Za-z0-9+/])(?P<secret>[A-Za-z0-9+/]{86}==)"),
    # what a webhook's address gives away
    re.compile(r"hooks\.slack(?:-gov)?\.com(?:\\{0,4}/|%2[Ff])(?P<secret>[^\s\"'<>|`]{8,}+)"),
    # private keys; what is cut off has no end
    re.compile(
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----(?P<secret>(?:[^-]|-(?!----))++)"
    ),
)
