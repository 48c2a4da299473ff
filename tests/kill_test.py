#!/usr/bin/env python3
"""`memllm learn` is killed at 20 random moments; nothing that was acknowledged may be lost: kill_test.py PATH_TO_MEMLLM

A fact is acknowledged once another process sees it in the memory. MEMLLM_MODEL and MEMLLM_EMBEDDER name the real models; without them the
test is skipped. MEMLLM_SEED repeats a run's moments.
"""
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

KILLS = 20
MOST_KILLS = 40
LONGEST_RUN = 1.5  # times what learning the first text takes on this machine
LEARN = ["learn", "--parallel", "1", "--late-stopping", "0"]
SKIPPED = 77  # SKIP_RETURN_CODE of tests/CMakeLists.txt

# Short, so that a run of some seconds completes some of them. From the first sentences of English Wikipedia's articles (CC BY-SA).
TEXTS = [
    "Bicycle Thieves is a 1948 Italian film directed by Vittorio De Sica.",
    "Little Women is a novel written by American novelist Louisa May Alcott.",
    "Achille-Claude Debussy was a French composer born in Saint-Germain-en-Laye.",
    "Antananarivo is the capital and largest city of Madagascar.",
    "A Doll's House is a play written by Norwegian playwright Henrik Ibsen.",
    "Alexander Graham Bell was born in Edinburgh, Scotland.",
    "Lima is the capital and largest city of Peru.",
    "Intel Corporation is headquartered in Santa Clara, California.",
    "Oslo is the capital of Norway.",
    "Guernica is a painting by Spanish artist Pablo Picasso.",
    "The Danube flows through Vienna and Budapest.",
    "Marie Curie was born in Warsaw.",
]


class Memory:
    def __init__(self, program, folder):
        self.start = [program, "--memory", str(folder)]

    def json(self, *arguments):
        done = subprocess.run([*self.start, "--json", *arguments], capture_output=True, timeout=300, check=False)
        if done.returncode != 0:
            sys.exit(f"kill_test: {arguments} ended with {done.returncode}: {done.stdout.decode()} {done.stderr.decode()}")
        return json.loads(done.stdout)

    def facts(self):
        found = self.json("facts", "list", "--limit", "100000")["facts"]
        return {(fact["id"], fact["subject"], fact["relation"], fact["object"], json.dumps(fact["sources"])) for fact in found}

    def documents(self):
        return self.json("stats")["documents"]


def check(holds, message):
    if not holds:
        sys.exit(f"kill_test: FAILED: {message}")


def main():
    program = os.path.abspath(sys.argv[1])
    for model in ("MEMLLM_MODEL", "MEMLLM_EMBEDDER"):
        if not os.environ.get(model):
            print(f"kill_test: skipped: {model} names no model (./run test sets it)")
            sys.exit(SKIPPED)
    seed = int(os.environ.get("MEMLLM_SEED") or time.time_ns() % 1_000_000)
    moments = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        file = folder / "pages.jsonl"
        file.write_text("".join(json.dumps({"title": f"page {number}", "text": text}) + "\n" for number, text in enumerate(TEXTS)))
        first = folder / "first.txt"
        first.write_text(TEXTS[0])
        started = time.monotonic()
        Memory(program, folder / "first").json(*LEARN, str(first))
        longest_s = LONGEST_RUN * (time.monotonic() - started)
        memory = Memory(program, folder / "memory")
        acknowledged, documents, seen_growing, kills = set(), 0, 0, 0
        # Where other work slows the machine down meanwhile, no document may be complete in that time: then later kills come later.
        while kills < KILLS or (seen_growing == 0 and kills < MOST_KILLS):
            if kills >= KILLS // 2 and seen_growing == 0:
                longest_s *= 1.3
            with subprocess.Popen([*memory.start, *LEARN, str(file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as learn:
                time.sleep(moments.uniform(0, longest_s))
                known = memory.facts()
                time.sleep(moments.uniform(0, 0.05))
                kills += learn.poll() is None
                learn.kill()
            check(acknowledged <= known, f"lost: {acknowledged - known}")
            after = memory.facts()
            check(known <= after, f"lost in the kill: {known - after}")
            check(memory.json("verify")["clean"], "verify is not clean")
            check(memory.documents() >= documents, "a document was lost")
            seen_growing += memory.documents() > documents
            acknowledged, documents = after, memory.documents()
            if documents == len(TEXTS):  # all learned before all kills were made: go on with an empty memory
                memory = Memory(program, folder / f"memory-{moments.random()}")
                acknowledged, documents = set(), 0
        rest = memory.json(*LEARN, str(file))["summary"]
        check(rest["unchanged"] == documents, f"{documents} documents were stored, the rerun skipped {rest['unchanged']}")
        check(rest["learned"] == len(TEXTS) - documents, f"the rerun learned {rest['learned']}")
        check(acknowledged <= memory.facts(), "the rerun lost facts")
        check(memory.json(*LEARN, str(file))["summary"]["unchanged"] == len(TEXTS), "a third run finds work")
        check(memory.json("verify")["clean"], "verify is not clean at the end")
        check(seen_growing > 0, "no run completed a document")
    print(f"kill_test: ok, {kills} kills ({seen_growing} after new documents), up to {longest_s:.1f} s each, "
          f"seed {seed}")


if __name__ == "__main__":
    main()
