"""List what people work on, and the words in names of models made for it: data only.

Names seldom say it: a catalog has MedImageInsight, Prov-GigaPath and Virchow, and people ask for
medical, pathology or x-ray. Only whole words of names count, so `med` is not in Phi-3-medium.
Source: what these models are commonly known for; their model cards were not read one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

RADIOLOGY = ("cxr", "rad", "radiology", "xray")
PATHOLOGY = ("gigapath", "virchow", "virchow2", "prism", "hibou", "pathology")
MEDICINE = ("med", "biomed", "biogpt", "medical", "clinical", "health", *RADIOLOGY, *PATHOLOGY)
CHEMISTRY = ("tamgen", "atomica", "mattersim", "mattergen", "chem", "chemberta", "molecule")
BIOLOGY = ("cell", "cell2sentence", "esm", "evodiff", "bioemu", "tamgen", "atomica")
CODE = ("code", "coder", "codegen", "codellama", "starcoder", "codebert")
TWEETS = ("bertweet", "tweet", "twitter")
MULTILINGUAL = ("multilingual", "xlm", "mbart", "mt5", "nllb", "m2m")
FINANCE = ("financial", "finance", "finbert")

TOPICS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        word: names
        for names, words in (
            (MEDICINE, "medical medicine clinical biomedical healthcare health 医疗 医学 医药"),
            (RADIOLOGY, "radiology radiological radiograph xray chest 放射 胸片"),
            (PATHOLOGY, "pathology histology histopathology cancer tumor tumour 病理"),
            (CHEMISTRY, "chemistry chemical molecule molecules molecular 化学 分子"),
            (BIOLOGY, "biology biological genomics 生物"),
            (CODE, "code coding programming 代码 编程"),
            (TWEETS, "tweet tweets twitter"),
            (MULTILINGUAL, "multilingual multilanguage crosslingual 多语言 多语种"),
            (FINANCE, "finance financial 金融 财务"),
        )
        for word in words.split()
    }
)
