#!/usr/bin/env python3
"""memllm-train beside PEFT on PyTorch: bench_peft.py EXAMPLES.jsonl [--steps N] [--length TOKENS] [--loss-share X]

Both train the same adapter (LoRA, rank 16, alpha 32, on all seven projections) of the same model (the GGUF's weights, dequantised) on the same
sequences in float32 with as many threads: the tokens of an example file, cut into pieces of one length without branches, which PEFT does not know.
Each runs alone, ours first. Prints tokens a second and the peak of resident memory. Needs torch, transformers and peft (pip install torch transformers peft gguf), which memllm itself does not.
MEMLLM_MODEL names the base model; MEMLLM_TRAIN the trainer (default build/release/memllm-train).
"""
import argparse
import itertools
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
SEQUENCES = 3  # of one forward pass
PASSES = 2     # of one optimiser step


def sequences(lines, length, count):
    """count pieces of length tokens, the first one of each that of the text's beginning."""
    tokens = [token for line in lines for segment in json.loads(line)["segments"] for token in segment["tokens"]]
    return [tokens[i * length:(i + 1) * length] for i in range(count)]


def loss_begin(share, length):
    """The last share of every sequence has loss; its first token is never predicted."""
    return max(1, round((1 - share) * length))


def ours(header, pieces, share, threads, folder):
    length = len(pieces[0])
    file = folder / "examples.jsonl"
    with file.open("w") as out:
        out.write(header)
        for i, piece in enumerate(pieces):
            segment = {"parent": -1, "at": 0, "window": 0, "tokens": piece, "weights": [[loss_begin(share, length), length, 1.0]]}
            out.write(json.dumps({"name": str(i), "segments": [segment]}) + "\n")
    program = os.environ.get("MEMLLM_TRAIN", ROOT / "build/release/memllm-train")
    pack = SEQUENCES * length
    done = subprocess.run([program, "--model", os.environ["MEMLLM_MODEL"], "--examples", file, "--out", folder / "ours.gguf", "--dtype", "float",
                           "--pack-tokens", str(pack), "--batch-tokens", str(PASSES * pack), "--threads", str(threads)],
                          stdout=subprocess.PIPE, check=True)
    result = json.loads(done.stdout.splitlines()[-1])
    log = [json.loads(line) for line in (folder / "ours.gguf.log.jsonl").read_text().splitlines()]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 ** 2
    print(f"memllm-train: {result['tokens'] / result['seconds']:.0f} tokens/s, {peak:.1f} GB, {result['steps']} steps, "
          f"mean loss {sum(line['loss'] for line in log) / len(log):.3f}", flush=True)


def theirs(pieces, steps, share, threads):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    model_file = pathlib.Path(os.environ["MEMLLM_MODEL"])
    model = AutoModelForCausalLM.from_pretrained(str(model_file.parent), gguf_file=model_file.name, torch_dtype=torch.float32)
    model = get_peft_model(model, LoraConfig(r=16, lora_alpha=32, lora_dropout=0.0, target_modules=TARGETS, task_type="CAUSAL_LM"))
    model.train()
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=3e-4)
    losses = []
    begin = time.monotonic()
    for step in range(steps):
        total = 0.0
        for part in range(PASSES):
            first = (step * PASSES + part) * SEQUENCES
            ids = torch.tensor(pieces[first:first + SEQUENCES])
            labels = ids.clone()
            labels[:, :loss_begin(share, ids.shape[1])] = -100
            loss = model(input_ids=ids, labels=labels).loss / PASSES
            loss.backward()
            total += loss.item()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        losses.append(total)
    seconds = time.monotonic() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 ** 2
    tokens = steps * PASSES * SEQUENCES * len(pieces[0])
    print(f"PEFT: {tokens / seconds:.0f} tokens/s, {peak:.1f} GB, {steps} steps, mean loss {sum(losses) / steps:.3f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("examples", type=pathlib.Path)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--length", type=int, default=512)
    parser.add_argument("--loss-share", type=float, default=1.0)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    if not pathlib.Path(os.environ.get("MEMLLM_MODEL", "")).is_file():
        sys.exit("bench_peft: MEMLLM_MODEL names no file")
    with arguments.examples.open() as file:
        header, *lines = itertools.islice(file, 400)
    pieces = sequences(lines, arguments.length, arguments.steps * PASSES * SEQUENCES)
    if len(pieces[-1]) < arguments.length:
        sys.exit("bench_peft: the examples hold too few tokens; choose fewer --steps or a smaller --length")
    with tempfile.TemporaryDirectory() as folder:
        ours(header, pieces, arguments.loss_share, arguments.threads, pathlib.Path(folder))
    theirs(pieces, arguments.steps, arguments.loss_share, arguments.threads)


if __name__ == "__main__":
    main()
