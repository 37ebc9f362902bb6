"""What the files of a Hub repository are, by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from huggingface_hub import ModelInfo

from services.huggingface.contents import FORMATS, code_in, doubtful_in
from services.huggingface.repository import model_in
from services.models import Contents, HubModel

INDEX = "model.safetensors.index.json"
SHARDS = tuple(f"model-{n:05}-of-00003.safetensors" for n in (1, 2, 3))


def told(**more: Any) -> ModelInfo:  # noqa: ANN401 - fields of the answer
    return ModelInfo(id="org/model", sha="1" * 40, **more)  # type: ignore[no-untyped-call] # the SDK's


def hub_model(
    *names: str,
    texts: Mapping[str, dict[str, Any]] | None = None,
    **more: Any,  # noqa: ANN401 - fields of the answer
) -> HubModel:
    """The Hub's answer for these files, read as the client does."""
    info = told(siblings=[{"rfilename": name} for name in names], **more)
    return model_in(info, "https://hub/org/model", access=True, read=(texts or {}).get)


def contents(*names: str, **more: Any) -> Contents:  # noqa: ANN401 - as above
    found = hub_model(*names, **{"config": {"model_type": "bert"}, **more}).contents
    assert found is not None
    return found


# --- safe or not ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "model.bin", "MODEL.PT", "model.pt", "model.pth", "model.joblib", "model.npz", "m.npy",
        "model.pth.tar", "model.keras", "model.h5", "shard-1.dat", "data.pkl", "DATA.PICKLE",
        "flax_model.msgpack", "saved_model.pb", "x.ckpt", "x.nemo", "archive.zip", "x.7z", "x.dill",
        "pytorch_model-00001-of-00002.bin", "training_args.bin", "pytorch_model.bin.index.json",
        "weights", "run.sh", "x.ipynb", "x.html", "model", "x.safetensors.bin", "custom.model",
        "LICENSE.pkl", "a/README.bin",
    ],
)  # fmt: skip
def test_what_is_not_known_to_be_safe_is_named(name: str) -> None:
    assert (name,) == doubtful_in([name], {})


@pytest.mark.parametrize(
    "name",
    [
        "model.safetensors", "MODEL.SAFETENSORS", "model.onnx", "config.json", "vocab.txt",
        "README.md", "model.Q4_K_M.gguf", ".gitattributes", "LICENSE", "NOTICE", "spiece.model",
        "tokenizer.model", INDEX, "merges.txt", "train.parquet", "a/b/model.safetensors",
    ],
)  # fmt: skip
def test_what_runs_no_code_when_it_is_opened_is_safe(name: str) -> None:
    assert () == doubtful_in([name], {})


def test_a_shard_is_unpickled_whatever_it_is_called() -> None:
    index = {INDEX: ["shard-1.txt", "model-1.safetensors"]}
    names = [INDEX, "shard-1.txt", "model-1.safetensors"]
    assert ("shard-1.txt",) == doubtful_in(names, index)


@pytest.mark.parametrize(
    "name", ["modeling.py", "modeling.PY", "ext.so", "handler.pyc", "x.pyd", "a/b.whl", "x.PyX"]
)
def test_code_is_known_without_case(name: str) -> None:
    assert (name,) == code_in([name])
    assert (name,) == hub_model(name).custom_code


@pytest.mark.parametrize(
    ("names", "safe"),
    [
        (("config.json", "model.safetensors", "pytorch_model.bin"), True),
        (("config.json", "pytorch_model.bin"), False),
        (("config.json", "x.safetensors", "pytorch_model.bin"), False),
    ],
)
def test_safe_is_what_would_be_loaded(names: tuple[str, ...], *, safe: bool) -> None:
    assert safe is hub_model(*names).safe_weights


# --- loaded or not -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "loaded"),
    [
        (("config.json", "model.safetensors"), ("model.safetensors",)),
        (("config.json", "pytorch_model.bin"), ("pytorch_model.bin",)),
        (("config.json", "pytorch_model.bin", "model.safetensors"), ("model.safetensors",)),
        (("config.json", INDEX, "pytorch_model.bin", *SHARDS), (INDEX,)),
        (("config.json", *SHARDS), ()),
        (("config.json", "sub/model.safetensors"), ()),
        (("config.json", "tf_model.h5"), ()),
        (("config.json", "consolidated.00.pth"), ()),
        (
            ("model_index.json", "unet/diffusion_pytorch_model.bin", "vae/model.safetensors"),
            ("unet/diffusion_pytorch_model.bin", "vae/model.safetensors"),
        ),
        (("model_index.json", "v1-5.safetensors"), ()),
    ],
)
def test_what_would_be_loaded(names: tuple[str, ...], loaded: tuple[str, ...]) -> None:
    assert loaded == contents(*names).loaded


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("model.Q8_0.gguf",), "GGUF"),
        (("config.json", "onnx/model.onnx"), "ONNX"),
        (("config.json", "tf_model.h5"), "TensorFlow"),
        (("saved_model.pb",), "TensorFlow"),
        (("config.json", "flax_model.msgpack"), "Flax"),
        (("model.keras",), "Keras"),
        (("parakeet.NEMO",), "NeMo"),
        (("v1-5-pruned.ckpt",), "checkpoint"),
        (("Model.mlpackage/Data/weights/weight.bin",), "Core ML"),
        (("config.json", "openvino_model.bin"), "OpenVINO"),
        (("model.joblib",), "scikit-learn"),
        (("weights.npz",), "MLX"),
        (("open_clip_pytorch_model.bin",), "other names"),
    ],
)
def test_other_formats_are_told_by_name(names: tuple[str, ...], words: str) -> None:
    found = contents(*names)
    assert () == found.loaded
    assert words in found.formats[0]


def test_a_tokenizer_alone_has_no_weights() -> None:
    found = contents("tokenizer.json", "tokenizer_config.json", "vocab.txt")
    assert ("", (), ()) == (found.description, found.loaded, found.formats)


def test_data_alone_has_no_weights() -> None:
    assert () == contents("README.md", "data/train.parquet", "a.csv", "b.jsonl").formats


def test_every_format_is_told_in_words() -> None:
    assert all(words and suffixes for words, suffixes in FORMATS)


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        ((INDEX, *SHARDS), ()),
        ((INDEX, *SHARDS[:2]), SHARDS[2:]),
        ((INDEX,), ("model-00001-of-….safetensors",)),
    ],
)
def test_missing_shards_are_told_by_name_where_the_index_is_not_read(
    names: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    found = contents("config.json", *names)
    assert (missing, (INDEX,)) == (found.missing, found.unread)


def test_missing_shards_are_told_by_the_index() -> None:
    texts = {INDEX: {"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}}
    found = contents("config.json", INDEX, "one.safetensors", texts=texts)
    assert (("two.safetensors",), ()) == (found.missing, found.unread)


def test_shards_of_a_part_lie_beside_their_index() -> None:
    index = "unet/diffusion_pytorch_model.safetensors.index.json"
    texts = {index: {"weight_map": {"a": "one.safetensors"}}}
    found = contents("model_index.json", index, "unet/one.safetensors", texts=texts)
    assert ((), ()) == (found.missing, found.unread)


@pytest.mark.parametrize(
    ("names", "more"),
    [
        (("adapter_config.json", "adapter_model.safetensors"), {}),
        (("adapter_model.bin",), {}),
        (("pytorch_lora_weights.safetensors",), {}),
        (("my-lora.safetensors",), {}),
        (("x.safetensors",), {"tags": ["lora"]}),
    ],
)
def test_adapters_are_known(names: tuple[str, ...], more: dict[str, Any]) -> None:
    assert contents(*names, **more).adapter


@pytest.mark.parametrize(
    "names", [("config.json", "model.safetensors", "adapter_config.json"), ("explorations.bin",)]
)
def test_a_whole_model_is_no_adapter(names: tuple[str, ...]) -> None:
    assert not contents(*names).adapter


@pytest.mark.parametrize(
    "more",
    [
        {"card_data": {"base_model": "a/b"}},
        {"card_data": {"base_model": ["a/b", "c/d"]}},
        {"tags": ["base_model:quantized:a/b"]},
        {"tags": ["base_model:a/b"]},
        {"config": {"peft": {"base_model_name_or_path": "a/b"}}},
        {"texts": {"adapter_config.json": {"base_model_name_or_path": "a/b"}}},
    ],
)
def test_the_model_that_it_was_made_from(more: dict[str, Any]) -> None:
    assert "a/b" == contents("adapter_config.json", **more).base


@pytest.mark.parametrize("name", ["/models/mine", "org/model", "../b", "a/b;id", "a/b/c", ""])
def test_what_is_no_other_repository_is_no_base(name: str) -> None:
    texts = {"adapter_config.json": {"base_model_name_or_path": name}}
    assert "" == contents("adapter_config.json", texts=texts).base


@pytest.mark.parametrize(
    "more",
    [
        {"config": {"model_type": "llama", "quantization_config": {"quant_method": "awq"}}},
        {"tags": ["awq"]},
        {"config": {}, "texts": {"config.json": {"quantization_config": {"quant_method": "awq"}}}},
    ],
)
def test_quantised_models_are_known(more: dict[str, Any]) -> None:
    assert "awq" == contents("config.json", "model.safetensors", **more).quantised


def test_the_model_type_is_read_from_the_file_where_the_hub_does_not_say() -> None:
    names = ("config.json", "model.safetensors")
    read = contents(*names, config=None, texts={"config.json": {"model_type": "bert"}})
    unread = contents(*names, config=None)
    assert ("bert", None, ("config.json",)) == (read.model_type, unread.model_type, unread.unread)


def test_code_that_only_the_file_names_is_known() -> None:
    texts = {"config.json": {"auto_map": {"AutoModel": "x.X"}}}
    model = hub_model("config.json", "model.safetensors", config={}, texts=texts)
    assert ("config.json (auto_map)",) == model.custom_code


def test_a_repository_whose_files_are_not_listed_says_nothing() -> None:
    assert model_in(told(), "https://hub/org/model", access=True).contents is None


def test_a_licence_of_its_own_name_is_not_the_known_one() -> None:
    card = {"license": "other", "license_name": "mit"}
    assert "other (mit)" == hub_model(card_data=card).license
