"""Licences by their exact identifiers: what is in none of these tables is not known.

Identifiers of the SPDX list (https://spdx.org/licenses, compared without case, as SPDX wants it),
as far as models are published under them. Beside them stand the identifiers that the Hugging Face
Hub gives to licences which SPDX does not list (its page "Licenses", repositories-licenses): none of
those is permissive.
"""

from __future__ import annotations

PERMISSIVE = frozenset(
    {
        "0bsd", "afl-3.0", "apache-2.0", "artistic-2.0", "blueoak-1.0.0", "bsd-1-clause",
        "bsd-2-clause", "bsd-2-clause-patent", "bsd-3-clause", "bsd-3-clause-clear", "bsl-1.0",
        "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc0-1.0", "cdla-permissive-1.0",
        "cdla-permissive-2.0", "ecl-2.0", "etalab-2.0", "isc", "mit", "mit-0", "ms-pl", "ncsa",
        "odc-by-1.0", "pddl-1.0", "postgresql", "psf-2.0", "python-2.0", "unlicense", "upl-1.0",
        "wtfpl", "zlib",
    }
)  # fmt: skip
COPYLEFT = frozenset(
    {
        "agpl-3.0", "agpl-3.0-only", "agpl-3.0-or-later", "cc-by-sa-2.0", "cc-by-sa-2.5",
        "cc-by-sa-3.0", "cc-by-sa-4.0", "cdla-sharing-1.0", "epl-1.0", "epl-2.0", "eupl-1.1",
        "eupl-1.2", "gfdl-1.3", "gpl-2.0", "gpl-2.0-only", "gpl-2.0-or-later", "gpl-3.0",
        "gpl-3.0-only", "gpl-3.0-or-later", "lgpl-2.1", "lgpl-2.1-only", "lgpl-2.1-or-later",
        "lgpl-3.0", "lgpl-3.0-only", "lgpl-3.0-or-later", "lppl-1.3c", "mpl-2.0", "odbl-1.0",
        "osl-3.0",
    }
)  # fmt: skip
RESTRICTED = frozenset(
    {
        "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-3.0",
        "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "c-uda-1.0",
        # the Hub's own
        "bigcode-openrail-m", "bigscience-bloom-rail-1.0", "bigscience-openrail-m", "c-uda",
        "creativeml-openrail-m", "deepfloyd-if-license", "fair-noncommercial-research-license",
        "h-research", "intel-research", "apple-amlr", "openrail", "openrail++",
    }
)  # fmt: skip
PUBLISHERS_OWN = frozenset(
    {
        "apple-ascl", "gemma", "grok2-community", "llama2", "llama3", "llama3.1", "llama3.2",
        "llama3.3", "llama4",
    }
)  # fmt: skip
