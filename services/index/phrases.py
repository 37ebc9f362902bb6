"""List names for the catalog's tasks, languages and owners, in English and Chinese: data only.

Task names are those of the catalog (`services.tasks` brings the other vocabularies to them).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# One word for the forms of it that mean the same in a request; names are never changed by it.
SAME: Mapping[str, str] = MappingProxyType(
    {
        form: word
        for word, forms in {
            "answer": "answers answering answered qa",
            "asr": "stt",
            "audio": "speech voice spoken sound audios recordings recording",
            "caption": "captions captioning captioner describe describes describing description",
            "chat": "chats chatting chatbot chatbots conversation conversational assistant",
            "classification": "classifier classifiers classify classifies classifying classified "
            "classifications classificator categorise categorize categorising categorizing "
            "categorisation categorization recognise recognize recognising recognizing",
            "detection": "detect detects detecting detector detectors detected find locate",
            "document": "documents article articles",
            "embedding": "embeddings embed embeds vector vectors vectorise vectorize embedder",
            "emotion": "emotions emotional",
            "entity": "entities",
            "extraction": "extract extracts extracting extractor",
            "feature": "features",
            "forecasting": "forecast forecasts forecaster predict prediction",
            "generation": "generate generates generating generator generative create creates "
            "creating make makes making draw draws drawing paint write writes writing complete",
            "image": "images picture pictures photo photos pic pics photograph photographs img",
            "mask": "masked masks masking",
            "object": "objects things",
            "question": "questions",
            "recognition": "recogniser recognizer",
            "review": "reviews",
            "segmentation": "segment segments segmenting segmenter",
            "sentence": "sentences",
            "sentiment": "sentiments",
            "similarity": "similar",
            "summarization": "summarisation summarise summarize summarises summarizes summarising "
            "summarizing summariser summarizer summarizers summary summaries summarizations",
            "text": "texts txt",
            "token": "tokens",
            "tracking": "track tracks tracker trackers",
            "transcription": "transcribe transcribes transcribing transcriber transcript "
            "transcripts transcriptions dictation",
            "translation": "translate translates translating translator translators translations",
            "video": "videos",
            "zero": "0",
        }.items()
        for form in forms.split()
    }
)

CLASSIFYING = (
    "text-classification",
    "image-classification",
    "zero-shot-image-classification",
    "token-classification",
    "multimodal-classification",
)
GENERATING = ("text-generation", "chat-completion")
_RECOGNISING = ("automatic-speech-recognition",)

# Words of a phrase in any order, with nothing but small words between them.
PHRASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "text classification": ("text-classification",),
        "document classification": ("text-classification",),
        "sentence classification": ("text-classification",),
        "sequence classification": ("text-classification",),
        "topic classification": ("text-classification",),
        "intent classification": ("text-classification",),
        "spam detection": ("text-classification",),
        "toxicity": ("text-classification",),
        "sentiment": ("text-classification",),
        "sentiment analysis": ("text-classification",),
        "sentiment classification": ("text-classification",),
        "text sentiment": ("text-classification",),
        "review sentiment": ("text-classification",),
        "emotion": ("text-classification",),
        "emotion detection": ("text-classification",),
        "emotion classification": ("text-classification",),
        "natural language inference": ("text-classification",),
        "nli": ("text-classification",),
        "entailment": ("text-classification",),
        "classification": CLASSIFYING,
        "token classification": ("token-classification",),
        "ner": ("token-classification",),
        "named entity recognition": ("token-classification",),
        "text named entity recognition": ("token-classification",),
        "named entity": ("token-classification",),
        "names people": ("token-classification",),
        "names persons": ("token-classification",),
        "names places": ("token-classification",),
        "people places": ("token-classification",),
        "entity recognition": ("token-classification",),
        "entity extraction": ("token-classification",),
        "pos tagging": ("token-classification",),
        "question answer": ("question-answering",),
        "answer": ("question-answering", "visual-question-answering"),
        "text question answer": ("question-answering",),
        "document question answer": ("question-answering",),
        "extractive question answer": ("question-answering",),
        "question answer context": ("question-answering",),
        "visual question answer": ("visual-question-answering",),
        "image question answer": ("visual-question-answering",),
        "image answer": ("visual-question-answering",),
        "image question": ("visual-question-answering",),
        "visual answer": ("visual-question-answering",),
        "vqa": ("visual-question-answering",),
        "mask fill": ("fill-mask",),
        "mask language": ("fill-mask",),
        "mlm": ("fill-mask",),
        "fill blank": ("fill-mask",),
        "fill gap": ("fill-mask",),
        "mask word": ("fill-mask",),
        "missing word": ("fill-mask",),
        "summarization": ("text-summarization",),
        "text summarization": ("text-summarization",),
        "document summarization": ("text-summarization",),
        "news summarization": ("text-summarization",),
        "tldr": ("text-summarization",),
        "tl dr": ("text-summarization",),
        "shorten text": ("text-summarization",),
        "translation": ("text-translation",),
        "text translation": ("text-translation",),
        "language translation": ("text-translation",),
        "machine translation": ("text-translation",),
        "text generation": GENERATING,
        "story generation": GENERATING,
        "code generation": GENERATING,
        "language generation": GENERATING,
        "text2text generation": ("text-translation", "text-summarization"),
        "llm": GENERATING,
        "llms": GENERATING,
        "language": GENERATING,
        "language large": GENERATING,
        "slm": GENERATING,
        "causal language": ("text-generation",),
        "chat": ("chat-completion",),
        "chat completion": ("chat-completion",),
        "chat completions": ("chat-completion",),
        "chat bot": ("chat-completion",),
        "image classification": ("image-classification",),
        "image recognition": ("image-classification",),
        "image tagging": ("image-classification",),
        "image labelling": ("image-classification",),
        "image classification multilabel": ("image-classification",),
        "zero shot": ("zero-shot-image-classification",),
        "zeroshot": ("zero-shot-image-classification",),
        "zero shot classification": ("zero-shot-image-classification",),
        "zero shot image": ("zero-shot-image-classification",),
        "zero shot image classification": ("zero-shot-image-classification",),
        "image classification training without": ("zero-shot-image-classification",),
        "detection": ("object-detection",),
        "object detection": ("object-detection",),
        "object recognition": ("object-detection",),
        "object detection image": ("object-detection",),
        "object image": ("object-detection",),
        "segmentation": ("image-segmentation",),
        "image segmentation": ("image-segmentation",),
        "instance segmentation": ("image-segmentation",),
        "image instance segmentation": ("image-segmentation",),
        "semantic segmentation": ("image-segmentation",),
        "object segmentation": ("image-segmentation",),
        "object image segmentation": ("image-segmentation",),
        "medical segmentation": ("image-segmentation",),
        "mask generation": ("image-segmentation", "mask-generation"),
        "cut out object": ("image-segmentation",),
        "tracking": ("multi-object-tracking",),
        "object tracking": ("multi-object-tracking",),
        "multi object tracking": ("multi-object-tracking",),
        "video tracking": ("multi-object-tracking",),
        "video object tracking": ("multi-object-tracking",),
        "video multi object tracking": ("multi-object-tracking",),
        "people tracking": ("multi-object-tracking",),
        "image generation": ("text-to-image",),
        "image generation text": ("text-to-image",),
        "image generation prompt": ("text-to-image",),
        "image generation description": ("text-to-image",),
        "image prompt": ("text-to-image",),
        "text2image": ("text-to-image",),
        "text2img": ("text-to-image",),
        "txt2img": ("text-to-image",),
        "t2i": ("text-to-image",),
        "inpainting": ("text-to-image",),
        "img2img": ("image-to-image",),
        "image2image": ("image-to-image",),
        "image editing": ("image-to-image",),
        "image refine": ("image-to-image",),
        "img2txt": ("image-to-text",),
        "image2text": ("image-to-text",),
        "caption": ("image-to-text",),
        "image caption": ("image-to-text",),
        "image caption generation": ("image-to-text",),
        "image feature": ("image-feature-extraction", "embeddings"),
        "image feature extraction": ("image-feature-extraction", "embeddings"),
        "feature extraction": ("image-feature-extraction", "embeddings"),
        "image embedding": ("embeddings", "image-feature-extraction"),
        "embedding": ("embeddings",),
        "text embedding": ("embeddings",),
        "sentence embedding": ("embeddings",),
        "image text embedding": ("embeddings",),
        "sentence similarity": ("embeddings",),
        "text similarity": ("embeddings",),
        "image similarity": ("embeddings",),
        "semantic search": ("embeddings",),
        "multimodal": ("multimodal-classification", "image-text-to-text", "embeddings"),
        "multimodal classification": ("multimodal-classification",),
        "vision language": ("image-text-to-text", "visual-question-answering"),
        "vlm": ("image-text-to-text",),
        "asr": _RECOGNISING,
        "audio recognition": _RECOGNISING,
        "automatic audio recognition": _RECOGNISING,
        "transcription": _RECOGNISING,
        "audio transcription": _RECOGNISING,
        "audio transcription text": _RECOGNISING,
        "audio text": _RECOGNISING,
        "speech2text": _RECOGNISING,
        "audio": _RECOGNISING,
        "protein": ("protein-design",),
        "protein generation": ("protein-design",),
        "protein design": ("protein-design",),
        "drug discovery": ("protein-design",),
        "weather": ("environmental-forecasting",),
        "weather forecasting": ("environmental-forecasting",),
        "climate": ("environmental-forecasting",),
        "environmental forecasting": ("environmental-forecasting",),
        "forecasting": ("environmental-forecasting",),
        "materials": ("materials-design",),
        "materials design": ("materials-design",),
        "material design": ("materials-design",),
        "crystal": ("materials-design",),
    }
)

# The same where the order tells what is meant; small words count here.
IN_ORDER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "text to image": ("text-to-image",),
        "text into image": ("text-to-image",),
        "text to picture": ("text-to-image",),
        "image from text": ("text-to-image",),
        "image from prompt": ("text-to-image",),
        "image from a prompt": ("text-to-image",),
        "image to text": ("image-to-text",),
        "image into text": ("image-to-text",),
        "text from image": ("image-to-text",),
        "image to image": ("image-to-image",),
        "image text to text": ("image-text-to-text",),
        "text to audio": ("text-to-speech",),
        "text into audio": ("text-to-speech",),
    }
)

CHINESE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "文本分类": ("text-classification",),
        "文字分类": ("text-classification",),
        "文档分类": ("text-classification",),
        "情感分析": ("text-classification",),
        "情感分类": ("text-classification",),
        "情绪分析": ("text-classification",),
        "情感": ("text-classification",),
        "分类": CLASSIFYING,
        "词元分类": ("token-classification",),
        "命名实体识别": ("token-classification",),
        "命名实体": ("token-classification",),
        "实体识别": ("token-classification",),
        "问答": ("question-answering",),
        "阅读理解": ("question-answering",),
        "视觉问答": ("visual-question-answering",),
        "图像问答": ("visual-question-answering",),
        "看图问答": ("visual-question-answering",),
        "完形填空": ("fill-mask",),
        "填空": ("fill-mask",),
        "掩码": ("fill-mask",),
        "摘要": ("text-summarization",),
        "文本摘要": ("text-summarization",),
        "总结": ("text-summarization",),
        "翻译": ("text-translation",),
        "机器翻译": ("text-translation",),
        "文本翻译": ("text-translation",),
        "文本生成": GENERATING,
        "生成文本": GENERATING,
        "写作": GENERATING,
        "语言模型": GENERATING,
        "大模型": GENERATING,
        "大语言模型": GENERATING,
        "聊天": ("chat-completion",),
        "对话": ("chat-completion",),
        "图像分类": ("image-classification",),
        "图片分类": ("image-classification",),
        "图像识别": ("image-classification",),
        "图片识别": ("image-classification",),
        "零样本": ("zero-shot-image-classification",),
        "零样本分类": ("zero-shot-image-classification",),
        "零样本图像分类": ("zero-shot-image-classification",),
        "目标检测": ("object-detection",),
        "物体检测": ("object-detection",),
        "对象检测": ("object-detection",),
        "检测": ("object-detection",),
        "图像分割": ("image-segmentation",),
        "图片分割": ("image-segmentation",),
        "实例分割": ("image-segmentation",),
        "语义分割": ("image-segmentation",),
        "分割": ("image-segmentation",),
        "目标跟踪": ("multi-object-tracking",),
        "多目标跟踪": ("multi-object-tracking",),
        "跟踪": ("multi-object-tracking",),
        "追踪": ("multi-object-tracking",),
        "文生图": ("text-to-image",),
        "文本生成图像": ("text-to-image",),
        "文字生成图片": ("text-to-image",),
        "图像生成": ("text-to-image",),
        "图片生成": ("text-to-image",),
        "生成图像": ("text-to-image",),
        "生成图片": ("text-to-image",),
        "画图": ("text-to-image",),
        "图生图": ("image-to-image",),
        "图像描述": ("image-to-text",),
        "看图说话": ("image-to-text",),
        "图像字幕": ("image-to-text",),
        "图生文": ("image-to-text",),
        "特征提取": ("image-feature-extraction", "embeddings"),
        "嵌入": ("embeddings",),
        "向量": ("embeddings",),
        "文本嵌入": ("embeddings",),
        "语音识别": ("automatic-speech-recognition",),
        "语音转文字": ("automatic-speech-recognition",),
        "语音转文本": ("automatic-speech-recognition",),
        "转写": ("automatic-speech-recognition",),
        "语音": ("automatic-speech-recognition",),
        "语音合成": ("text-to-speech",),
        "多模态": ("multimodal-classification", "image-text-to-text", "embeddings"),
        "蛋白质": ("protein-design",),
        "蛋白质设计": ("protein-design",),
        "材料设计": ("materials-design",),
        "天气预报": ("environmental-forecasting",),
        "天气": ("environmental-forecasting",),
        "气象": ("environmental-forecasting",),
    }
)

# Words that stand in the names of models made for the phrase.
ALSO: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sentiment": ("sentiment", "sst"),
        "情感": ("sentiment", "sst"),
        "情绪": ("sentiment", "sst"),
        "emotion": ("emotion", "sentiment"),
        "nli": ("mnli", "nli"),
        "natural language inference": ("mnli", "nli"),
        "entailment": ("mnli", "nli"),
        "inpainting": ("inpainting",),
        "命名实体": ("ner",),
        "ner": ("ner",),
        "named entity": ("ner",),
        "entity recognition": ("ner",),
        "entity extraction": ("ner",),
        "vqa": ("vqa",),
        "visual question answer": ("vqa",),
        "视觉问答": ("vqa",),
        "caption": ("captioning",),
        "image caption": ("captioning",),
    }
)

# Tasks whose models learn each other's work easily: what is fine-tuned starts from its own kind.
KINDS: tuple[frozenset[str], ...] = (
    frozenset(
        (
            "fill-mask",
            "text-classification",
            "token-classification",
            "question-answering",
        )
    ),
    frozenset(
        (
            "text-generation",
            "chat-completion",
            "text-summarization",
            "text-translation",
        )
    ),
    frozenset(("image-classification", "zero-shot-image-classification")),
    frozenset(("object-detection", "image-segmentation", "multi-object-tracking")),
)

LANGUAGES: Mapping[str, str] = MappingProxyType(
    {
        "arabic": "ar",
        "bulgarian": "bg",
        "catalan": "ca",
        "chinese": "zh",
        "mandarin": "zh",
        "czech": "cs",
        "danish": "da",
        "dutch": "nl",
        "english": "en",
        "finnish": "fi",
        "french": "fr",
        "german": "de",
        "greek": "el",
        "hebrew": "he",
        "hindi": "hi",
        "hungarian": "hu",
        "indonesian": "id",
        "italian": "it",
        "japanese": "ja",
        "korean": "ko",
        "norwegian": "no",
        "persian": "fa",
        "polish": "pl",
        "portuguese": "pt",
        "romanian": "ro",
        "russian": "ru",
        "spanish": "es",
        "swedish": "sv",
        "thai": "th",
        "turkish": "tr",
        "ukrainian": "uk",
        "vietnamese": "vi",
        "阿拉伯语": "ar",
        "中文": "zh",
        "汉语": "zh",
        "德语": "de",
        "英语": "en",
        "英文": "en",
        "法语": "fr",
        "日语": "ja",
        "韩语": "ko",
        "俄语": "ru",
        "西班牙语": "es",
    }
)

# First words of names that are owners, for models whose source names no publisher.
OWNERS = frozenset(
    (
        "databricks",
        "deci",
        "deepset",
        "facebook",
        "google",
        "huggingface",
        "meta",
        "microsoft",
        "mistralai",
        "nvidia",
        "openai",
        "runwayml",
        "salesforce",
        "snowflake",
        "stabilityai",
        "tiiuae",
    )
)
# An owner's name on the Hub and the publisher's that people know.
PUBLISHERS: Mapping[str, str] = MappingProxyType(
    {"facebook": "meta", "mistralai": "mistral ai", "stabilityai": "stability ai"}
)

# Words of a request that say nothing of a model.
_SMALL = (
    "a about am an and any are as at be best by can could do does for from get give good great "
    "has have help how i if in into is it its licence license licensed like list lookup looking"
    " me model models my need needs of on or our out please pretrained recommend run running "
    "runs search should show so some something suitable suggest task tasks tell than that the "
    "their them then there these this to turn turns under us use used uses useful using want "
    "wants we what where which will with within work works would you your available azure "
    "catalog exists exist machine without read reads who when not "
    "no new newest latest top popular cheap cheapest price"
)
SMALL = frozenset(_SMALL.split())
SMALL_CHINESE = (
    "模型的我想要找一个能可以用于在上做请有什么哪些帮支持运行适合和与或是给把将进行推荐任务"
)
# Beside the name of a task these say nothing more: what it works on, and what people do.
_ASIDE = (
    "text texts sentence sentences paragraph paragraphs document documents article articles word "
    "words photo photos picture pictures image images video videos "
    "find finds finding guess guesses guessing spot spots"
)
ASIDE = frozenset(_ASIDE.split())
_SMALLER = (
    "small smaller smallest tiny tiniest little light lighter lightest lightweight lite fast "
    "faster quick compact "
    "小 小型 轻量 轻量级 快速"
)
_LARGER = "large larger largest big bigger biggest huge powerful strong 大 大型"
SMALLER, LARGER = frozenset(_SMALLER.split()), frozenset(_LARGER.split())
