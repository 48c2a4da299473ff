#!/usr/bin/python3
"""Converts a sentence-transformers BERT model (all-MiniLM-L6-v2) to a GGUF that memllm's embedder loads.

    convert_minilm.py MODEL_DIR OUT.gguf GGUF_PY_DIR

MODEL_DIR holds config.json, vocab.txt, tokenizer_config.json, model.safetensors and 1_Pooling/config.json.
GGUF_PY_DIR is the folder gguf-py of the llama.cpp source. Needs python3-numpy and python3-yaml (Debian names), no torch.
The layout follows BertModel of llama.cpp's converter: word-piece tokens with a phantom space, the pooler left out, two-dimensional
weights in 16 bits. The same input gives the same bytes; their SHA-256 is printed.
"""
import argparse
import hashlib
import json
import os
import struct
import sys
from pathlib import Path

import numpy as np

DTYPES = {"F32": np.float32, "F16": np.float16, "I64": np.int64, "I32": np.int32}
NOT_USED = ("embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias")
# llama.cpp calls [CLS] the beginning of the sequence.
SPECIAL_TOKENS = {"unk_token": "unk", "sep_token": "sep", "pad_token": "pad", "cls_token": "bos", "mask_token": "mask"}


class ConversionError(Exception):
    """A message for the person who runs the converter."""


def read_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def read_safetensors(path):
    """Yields (name, array): u64 length of a JSON header, the header with dtype, shape and offsets of each tensor, the data."""
    data = path.read_bytes()
    if len(data) < 8:
        raise ConversionError(f"{path} is too short for a safetensors file")
    (header_size,) = struct.unpack_from("<Q", data)
    if header_size > len(data) - 8:
        raise ConversionError(f"{path} is cut off or is not a safetensors file")
    header = json.loads(data[8 : 8 + header_size])
    body = memoryview(data)[8 + header_size :]
    for name, entry in sorted(header.items()):
        if name == "__metadata__":
            continue
        if entry["dtype"] not in DTYPES:
            raise ConversionError(f"tensor {name} has the type {entry['dtype']}, which is not supported")
        begin, end = entry["data_offsets"]
        yield name, np.frombuffer(body[begin:end], dtype=DTYPES[entry["dtype"]]).reshape(entry["shape"])


def phantom_space(token, is_control):
    """llama.cpp's word-piece form: a word's first piece starts with U+2581, and the others lose their ##."""
    if is_control:
        return token
    return token[2:] if token.startswith("##") else "\u2581" + token


def write_parameters(writer, config, tokenizer_config, model_dir, gguf):
    pooling = read_json(model_dir / "1_Pooling" / "config.json")
    if not pooling.get("pooling_mode_mean_tokens"):
        raise ConversionError("the model does not pool by the mean, which memllm's embedder does")
    writer.add_name("all-MiniLM-L6-v2" if config["num_hidden_layers"] == 6 else model_dir.name)
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    if not tokenizer_config.get("do_lower_case", True):
        raise ConversionError("cased vocabularies are not supported")


def write_vocabulary(writer, config, tokenizer_config, model_dir, gguf):
    tokens = (model_dir / "vocab.txt").read_text(encoding="utf-8").split("\n")
    if tokens[-1] == "":
        tokens.pop()
    if len(tokens) != config["vocab_size"]:
        raise ConversionError(f"vocab.txt has {len(tokens)} tokens, config.json says {config['vocab_size']}")
    special = {tokenizer_config[key]: name for key, name in SPECIAL_TOKENS.items()}
    types = [gguf.TokenType.CONTROL if token in special else gguf.TokenType.NORMAL for token in tokens]
    writer.add_token_type_count(config["type_vocab_size"])
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("bert-bge")
    writer.add_token_list([phantom_space(token, token in special) for token in tokens])
    writer.add_token_types(types)
    for token, name in special.items():
        getattr(writer, f"add_{name}_token_id")(tokens.index(token))


def write_tensors(writer, config, model_dir, gguf, weight_type):
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.BERT, config["num_hidden_layers"])
    for name, array in read_safetensors(model_dir / "model.safetensors"):
        name = name.removeprefix("bert.")
        if name in NOT_USED:
            continue
        new_name = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if new_name is None:
            raise ConversionError(f"{name} is not a tensor of a BERT model")
        # As llama.cpp's converter does: vectors, position and type embeddings stay exact.
        exact = array.ndim < 2 or new_name.startswith(("position_embd", "token_types"))
        writer.add_tensor(new_name, array.astype(np.float32 if exact else weight_type))


def convert(model_dir, out, gguf, weight_type):
    config = read_json(model_dir / "config.json")
    tokenizer_config = read_json(model_dir / "tokenizer_config.json")
    if config.get("architectures") != ["BertModel"]:
        raise ConversionError(f"{model_dir} holds {config.get('architectures')}, not a BertModel")
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_name(out.name + ".part")
    writer = gguf.GGUFWriter(temporary, gguf.MODEL_ARCH_NAMES[gguf.MODEL_ARCH.BERT])
    writer.add_type(gguf.GGUFType.MODEL)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16 if weight_type == np.float16 else gguf.LlamaFileType.ALL_F32)
    write_parameters(writer, config, tokenizer_config, model_dir, gguf)
    write_vocabulary(writer, config, tokenizer_config, model_dir, gguf)
    write_tensors(writer, config, model_dir, gguf, weight_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.replace(temporary, out)
    return hashlib.sha256(out.read_bytes()).hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model_dir", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("gguf_py_dir", type=Path)
    parser.add_argument("--weights", choices=("f16", "f32"), default="f16", help="type of the two-dimensional weights (default: f16)")
    arguments = parser.parse_args()
    sys.path.insert(0, str(arguments.gguf_py_dir))
    try:
        import gguf

        digest = convert(arguments.model_dir, arguments.out, gguf, np.float16 if arguments.weights == "f16" else np.float32)
    except (ConversionError, ImportError, OSError, KeyError, ValueError) as error:
        sys.exit(f"convert_minilm.py: {error}")
    print(f"{digest}  {arguments.out}")


if __name__ == "__main__":
    main()
