"""A torch encoder or cross-encoder in; an ONNX file for the CPU out, in fp32 or in int8.

The int8 file holds 8-bit weights for the matrix products and, because the word embeddings come from
4-bit blocks, those same 4-bit blocks for the look-up table: nothing of it is lost.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.external_data_helper import set_external_data

from codilingua.errors import AssetError
from codilingua.search.runtime import onnxruntime
from codilingua.train.e5 import BLOCK, Q4Matrix
from codilingua.train.model import PairScorer, SentenceEncoder

OPSET = 17
_INPUTS = ("input_ids", "attention_mask")
_TAIL = 1e-4
_WORDS = "bert.embeddings.word_embeddings.weight"


Module = SentenceEncoder | PairScorer


def export_fp32(model: Module, path: Path) -> None:
    """Write the module as ONNX with fused attention, layer norm and GELU.

    Inputs ``input_ids`` and ``attention_mask``, int64 [batch, tokens]; output ``embedding``, float32
    [batch, dimensions], rows of length one, or ``score``, float32 [batch].
    """
    output = "embedding" if isinstance(model, SentenceEncoder) else "score"
    axes = {name: {0: "batch", 1: "tokens"} for name in _INPUTS} | {output: {0: "batch"}}
    ids = torch.ones(2, 5, dtype=torch.long)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # The tracing exporter is the one whose graphs ORT's fusions know; it warns on every use.
        warnings.simplefilter("ignore")
        plain = Path(folder, "plain.onnx")
        torch.onnx.export(
            model,
            (ids, torch.ones_like(ids)),
            plain,
            input_names=list(_INPUTS),
            output_names=[output],
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
        _fuse(plain, path, model)


def _fuse(plain: Path, path: Path, model: Module) -> None:
    # Within functions: codilingua.search.runtime must have imported onnxruntime before.
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    options = FusionOptions("bert")
    # Fused, the look-up table could not be stored in 4 bits.
    options.enable_embed_layer_norm = False
    config = model.bert.config
    logging.getLogger("onnxruntime").setLevel(logging.ERROR)
    fused = optimizer.optimize_model(
        str(plain),
        model_type="bert",
        num_heads=config.num_attention_heads,
        hidden_size=config.hidden_size,
        opt_level=0,
        optimization_options=options,
    )
    fused.save_model_to_file(str(path))


Batch = tuple[NDArray[np.int64], NDArray[np.int64]]
"""``input_ids`` and ``attention_mask``, int64 [batch, tokens]."""


def export_int8(
    fp32: Path, words: Q4Matrix, calibration: Iterable[Batch], path: Path, shared: Path | None = None
) -> None:
    """Quantise a file made by :func:`export_fp32`.

    The ranges of the activations are measured once, here, and fixed: were they taken from each run's
    own input, what a text embeds to would depend on what else is in its batch.

    :param words: the kept rows of the word embeddings, [vocabulary, hidden], in 4-bit blocks.
    :param calibration: tokenised texts such as will be asked and searched.
    :param shared: a file beside ``path`` to keep the word embeddings in, so that several models can read
        the same; None to keep them within.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder, "words.onnx")
        model = onnx.load(str(fp32))
        _pack_words(model, words)
        onnx.save(model, str(small))
        quantize_dynamic(
            str(small),
            str(path),
            op_types_to_quantize=["MatMul", "Attention"],
            # What follows the mean is one small product a text, and what it returns is the answer.
            nodes_to_exclude=_after_mean(model),
            per_channel=True,
            # 7 of the 8 bits: without VNNI, x86 adds pairs of products in 16 bits and would clip them.
            reduce_range=True,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )
    quantised = onnx.load(str(path))
    dynamic = [node for node in quantised.graph.node if node.op_type == "DynamicQuantizeLinear"]
    _fix_ranges(quantised, measure_ranges(fp32, [node.input[0] for node in dynamic], calibration))
    _fuse_scaling(quantised)
    _split_skip_norms(quantised)
    if shared is not None:
        _share_words(quantised, shared)
    onnx.save(quantised, str(path))


def _after_mean(model: onnx.ModelProto) -> list[str]:
    """Names of the products that are not part of the BERT: projection and head."""
    products = [node.name for node in model.graph.node if node.op_type == "MatMul"]
    return [name for name in products if not name.startswith("/bert/")]


def measure_ranges(
    path: Path, tensors: Sequence[str], batches: Iterable[Batch]
) -> dict[str, tuple[float, float]]:
    """Between which values inner tensors lie, but for a ten-thousandth at either end, padding left out.

    The mean over the batches of these quantiles. The full range, stretched by single outliers, left
    coarser steps for all else; a thousandth would cut off the few dimensions in which the model keeps
    its largest values (``results/LOG.md``).

    :return: low (at most 0) and high (at least 0) by the name of the tensor.
    """
    model = onnx.load(str(path))
    model.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in tensors)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    seen: dict[str, list[NDArray[np.float64]]] = {name: [] for name in tensors}
    for ids, mask in batches:
        values = session.run(list(tensors), {"input_ids": ids, "attention_mask": mask})
        for name, value in zip(tensors, values, strict=True):
            seen[name].append(np.quantile(value[mask.astype(bool)], [_TAIL, 1 - _TAIL]))
    ranges = {}
    for name, quantiles in seen.items():
        low, high = np.mean(quantiles, axis=0)
        ranges[name] = (min(0.0, float(low)), max(0.0, float(high)))
    return ranges


def _fix_ranges(model: onnx.ModelProto, ranges: dict[str, tuple[float, float]]) -> None:
    """Replace each DynamicQuantizeLinear by a QuantizeLinear of the measured range, 8 bits unsigned."""
    graph = model.graph
    for position, node in enumerate(graph.node):
        if node.op_type != "DynamicQuantizeLinear":
            continue
        low, high = ranges[node.input[0]]
        scale = (high - low) / 255
        quantised, scale_name, zero_name = node.output
        graph.initializer.extend(
            [
                numpy_helper.from_array(np.float32(scale), scale_name),
                numpy_helper.from_array(np.uint8(round(-low / scale)), zero_name),
            ]
        )
        fixed = helper.make_node("QuantizeLinear", [node.input[0], scale_name, zero_name], [quantised])
        graph.node.remove(node)
        graph.node.insert(position, fixed)


def _fuse_scaling(model: onnx.ModelProto) -> None:
    """Make each product and its scaling one node (``com.microsoft.MatMulIntegerToFloat``).

    ORT does so by itself where the ranges are dynamic, but no longer where they are fixed.
    """
    graph = model.graph
    made_by = {name: node for node in graph.node for name in node.output}
    for scaled in [node for node in graph.node if node.op_type == "Mul"]:
        makers = [made_by.get(name) for name in scaled.input]
        cast = next((node for node in makers if node is not None and node.op_type == "Cast"), None)
        product = made_by.get(cast.input[0]) if cast is not None else None
        if cast is None or product is None or product.op_type != "MatMulInteger":
            continue
        scales = next(node for node in makers if node is not None and node is not cast)
        left, right, left_zero, right_zero = product.input
        fused = helper.make_node(
            "MatMulIntegerToFloat",
            [left, right, *scales.input, left_zero, right_zero],
            list(scaled.output),
            domain="com.microsoft",
        )
        graph.node.insert(list(graph.node).index(scaled), fused)
        for node in (product, cast, scales, scaled):
            graph.node.remove(node)


def _split_skip_norms(model: onnx.ModelProto) -> None:
    """Make each SkipLayerNormalization its sums and a LayerNormalization again.

    The fused node is needed to recognise attention, but on the CPU it takes four times what its parts do.
    """
    graph = model.graph
    for node in [node for node in graph.node if node.op_type == "SkipLayerNormalization"]:
        (result,) = node.output[:1]
        left, right, scale, shift, *bias = node.input
        parts = []
        if bias:
            parts.append(helper.make_node("Add", [left, *bias], [f"{result}.biased"]))
            left = f"{result}.biased"
        parts.append(helper.make_node("Add", [left, right], [f"{result}.sum"]))
        epsilon = next(attribute.f for attribute in node.attribute if attribute.name == "epsilon")
        inputs = [f"{result}.sum", scale, shift]
        parts.append(helper.make_node("LayerNormalization", inputs, [result], axis=-1, epsilon=epsilon))
        position = list(graph.node).index(node)
        graph.node.remove(node)
        for part in reversed(parts):
            graph.node.insert(position, part)


def _pack_words(model: onnx.ModelProto, words: Q4Matrix) -> None:
    """Make the look-up in a float table one in 4-bit blocks (``com.microsoft.GatherBlockQuantized``)."""
    graph = model.graph
    gather = next(node for node in graph.node if node.op_type == "Gather" and node.input[0] == _WORDS)
    table = next(tensor for tensor in graph.initializer if tensor.name == _WORDS)
    graph.initializer.remove(table)
    nibbles = helper.make_tensor(
        "words.nibbles", TensorProto.INT4, words.nibbles.shape, _pack(words.nibbles).tobytes(), raw=True
    )
    scales = numpy_helper.from_array(words.scales, "words.scales")
    graph.initializer.extend([nibbles, scales])
    packed = helper.make_node(
        "GatherBlockQuantized",
        ["words.nibbles", gather.input[1], "words.scales"],
        ["words.half"],
        domain="com.microsoft",
        gather_axis=0,
        quantize_axis=1,
        block_size=BLOCK,
    )
    widened = helper.make_node("Cast", ["words.half"], list(gather.output), to=TensorProto.FLOAT)
    position = list(graph.node).index(gather)
    graph.node.remove(gather)
    graph.node.insert(position, packed)
    graph.node.insert(position + 1, widened)


def _share_words(model: onnx.ModelProto, path: Path) -> None:
    """Move the look-up table into a file that is read along with the model's (ONNX external data)."""
    offset = 0
    parts = []
    for tensor in model.graph.initializer:
        if tensor.name in ("words.nibbles", "words.scales"):
            raw = tensor.raw_data
            parts.append(raw)
            set_external_data(tensor, path.name, offset, len(raw))
            tensor.ClearField("raw_data")
            offset += len(raw)
    content = b"".join(parts)
    if path.is_file() and path.read_bytes() != content:
        raise AssetError(f"{path}: other word embeddings are in it; train both stages with freeze_words")
    path.write_bytes(content)


def _pack(nibbles: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Two weights a byte, first one low. ``n ^ 8`` is ``n - 8`` in four-bit two's complement."""
    flat = nibbles.reshape(-1) ^ 8
    return (flat[0::2] | (flat[1::2] << 4)).astype(np.uint8)
