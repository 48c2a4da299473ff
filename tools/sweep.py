#!/usr/bin/env python3
"""Training choices compared on dev documents: sweep.py DATA_FOLDER [--only NAME…] [--work build/sweep] [--out docs/results/sweep.md]

Every run sees about as many tokens (TOKENS) and differs from the first of its task in what its row says. Loss is on 16 dev documents that no run sees.
A run whose result is in the work folder is not repeated; one that was stopped goes on. MEMLLM_MODEL names the base model (./run sweep sets it).
"""
import argparse
import dataclasses
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXAMPLES, TRAIN = ROOT / "build/release/memllm-examples", ROOT / "build/release/memllm-train"
TOKENS = 100_000
TRAINING = ["--limit", "450"]  # documents
DEV = ["--skip", "450", "--limit", "16"]
READING = ["--gold", "--drop", "0.05", "--drop-call", "0.05", "--wrong-result", "0.1", "--text-loss", "0.25"]


@dataclasses.dataclass
class Run:
    """A training: its name in the table, what it is trained on, and options of memllm-train."""
    name: str
    task: str
    examples: list = dataclasses.field(default_factory=list)  # options of memllm-examples
    options: list = dataclasses.field(default_factory=list)
    init: str = ""  # name of the run to start from
    both: bool = False  # as many tokens of the other task too


def options(*flags, learning_rate=3e-4, rank=16):
    return ["--learning-rate", str(learning_rate), "--rank", str(rank), "--alpha", str(2 * rank), *flags]


TASKS = {"write": "writing", "read": "reading"}
FIRST = {"write": "writing: learning rate 3e-4, rank 16", "read": "reading: learning rate 3e-4, rank 16"}
RUNS = [
    Run(FIRST["write"], "write", options=options()),
    Run("learning rate 2e-5 (paper)", "write", options=options(learning_rate=2e-5)),
    Run("learning rate 1e-4", "write", options=options(learning_rate=1e-4)),
    Run("learning rate 5e-4", "write", options=options(learning_rate=5e-4)),
    Run("learning rate 1e-3", "write", options=options(learning_rate=1e-3)),
    Run("rank 4", "write", options=options(rank=4)),
    Run("rank 64", "write", options=options(rank=64)),
    Run("facts in random order", "write", ["--fact-order", "random"], options()),
    Run("the first's adapter again", "write", options=options("--seed", "2"), init=FIRST["write"]),
    Run("the first's adapter again, without the worst tenth of calls", "write", options=options("--seed", "2", "--drop-worst", "0.1"), init=FIRST["write"]),
    Run("all weights of the body, learning rate 2e-5", "write", options=options("--full", learning_rate=2e-5)),
    Run("all weights of the body, learning rate 1e-4", "write", options=options("--full", learning_rate=1e-4)),
    Run("one adapter for both tasks (as many tokens of each)", "write", options=options(), both=True),
    Run(FIRST["read"], "read", options=options()),
    Run("learning rate 1e-4, reading", "read", options=options(learning_rate=1e-4)),
    Run("learning rate 1e-3, reading", "read", options=options(learning_rate=1e-3)),
    Run("calls weigh 3, reading", "read", ["--call-weight", "3"], options()),
    Run("calls weigh 0.3, reading", "read", ["--call-weight", "0.3"], options()),
]


class Sweep:
    """The runs' files, in the work folder."""

    def __init__(self, documents, work):
        self.documents, self.work = documents, work
        work.mkdir(parents=True, exist_ok=True)

    def examples(self, task, which, extra):
        name = "-".join([task, *which, *extra]).replace("--", "").replace("/", "_")
        file = self.work / f"{name}.jsonl"
        if not file.exists():
            partial = file.with_suffix(".partial")
            flags = ["--unevidenced", "every"] if task == "write" else READING
            call([EXAMPLES, task, "--docs", self.documents, "--model", os.environ["MEMLLM_MODEL"], *which, *flags, *extra, "--out", partial])
            partial.rename(file)
        return file

    def training_file(self, run):
        """The examples, and how often they are seen."""
        file = self.examples(run.task, TRAINING, run.examples)
        if not run.both:
            return file, TOKENS / tokens_in(file)
        other = self.examples(other_task(run.task), TRAINING, [])
        both = self.work / "both.jsonl"
        if not both.exists():
            parts = [file.read_text("utf-8").splitlines(keepends=True), other.read_text("utf-8").splitlines(keepends=True)]
            # The smaller file whole, as many tokens of the other.
            sizes = [tokens_in(file), tokens_in(other)]
            kept = [part[1:1 + round((len(part) - 1) * min(sizes) / size)] for part, size in zip(parts, sizes, strict=True)]
            partial = both.with_suffix(".partial")
            partial.write_text(parts[0][0] + "".join(kept[0] + kept[1]), "utf-8")
            partial.rename(both)
        return both, 2 * TOKENS / tokens_in(both)

    def place(self, run, suffix):
        return self.work / ("".join(c if c.isalnum() else "_" for c in f"{run.task} {run.name}") + suffix)

    def result(self, run):
        """memllm-train's summary (losses, tokens, seconds); "other_loss" is that on the other task's dev examples, of a run for both."""
        kept = self.place(run, ".json")
        if not kept.exists():
            file, epochs = self.training_file(run)
            begin = []
            if run.init:
                first = next(other for other in RUNS if other.name == run.init)
                self.result(first)
                begin = ["--init", self.place(first, ".gguf")]
            adapter = self.place(run, ".gguf")
            summary = self.train(file, run.task, adapter, *run.options, *begin, "--epochs", f"{epochs:.4f}", "--loss-vocabulary", "examples")
            if run.both:
                summary["other_loss"] = self.train(file, other_task(run.task), self.work / "unchanged.gguf", "--init", adapter,
                                                   "--epochs", "0")["eval_loss"]
            kept.write_text(json.dumps(summary), "utf-8")
        return json.loads(kept.read_text("utf-8"))

    def train(self, file, dev_task, out, *more):
        return json.loads(call([TRAIN, "--model", os.environ["MEMLLM_MODEL"], "--examples", file, "--eval", self.examples(dev_task, DEV, []),
                                "--out", out, "--batch-tokens", "3072", *more]))


def other_task(task):
    return "read" if task == "write" else "write"


def tokens_in(file):
    """Of all examples of a file."""
    with file.open(encoding="utf-8") as lines:
        next(lines)
        return sum(len(segment["tokens"]) for line in lines for segment in json.loads(line)["segments"])


def call(command):
    print("sweep: " + " ".join(map(str, command)), file=sys.stderr, flush=True)
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, check=False, text=True)
    if done.returncode != 0:
        sys.exit(f"sweep: ended with {done.returncode}; the same command goes on where it stopped")
    return done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--only", nargs="*", help="make no runs but those whose names hold one of these")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build/sweep")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "docs/results/sweep.md")
    arguments = parser.parse_args()
    sweep = Sweep(arguments.data / "redocred/dev_revised.json", arguments.work)
    rows = []
    for run in RUNS:
        chosen = not arguments.only or any(part in run.name for part in arguments.only)
        if not chosen and not sweep.place(run, ".json").exists():
            continue
        summary = sweep.result(run)
        losses = {run.task: summary["eval_loss"]}
        if run.both:
            losses[other_task(run.task)] = summary["other_loss"]
        for task, loss in losses.items():
            rows.append(f"| {run.name} | {TASKS[task]} | {loss:.3f} |")
    head = (f"# Training choices\nMade by `tools/sweep.py`: {TOKENS:,} tokens each; loss a token on 16 dev documents (Re-DocRED dev 450–465). "
            "A run differs from the first of its task in what it says.\n\n| run | task | loss |\n|---|---|---|\n")
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(head + "\n".join(rows) + "\n", "utf-8")


if __name__ == "__main__":
    main()
