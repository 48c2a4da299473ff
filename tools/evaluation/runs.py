"""Runs of `memllm eval`, kept in a work folder."""
import concurrent.futures
import functools
import hashlib
import itertools
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = ROOT / "build/release/memllm"
TEST_EDITS = 350  # the first ones are for training
NO_READ_ADAPTER = ["--read-adapter", "none"]
CONSTRAINED, FREE = NO_READ_ADAPTER, [*NO_READ_ADAPTER, "--free-decoding"]  # flags of eval writing
WRITTEN, GOLD = "written", "gold"  # what a memory holds


class Runs:
    """Runs of `memllm eval`, each with its log in the work folder."""

    def __init__(self, arguments, documents, training):
        self.work, self.out, self.documents, self.training = arguments.work, arguments.out, documents, training
        self.limit, self.edit_limit = arguments.limit, arguments.edits
        self.rest_limit = min(arguments.rest or arguments.limit, arguments.limit) if arguments.limit else arguments.rest
        self.writing_limit = max(arguments.limit, arguments.writing) if arguments.limit else 0
        self.done = {}  # by command, flags and number of documents
        self.work.mkdir(parents=True, exist_ok=True)

    def prepare(self, jobs):
        """Makes runs, each on one core, as many at once as there are cores: two on a core each take five eighths of the time of two on both cores."""
        with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            futures = [pool.submit(job, *arguments) for job, *arguments in jobs]
            try:
                for future in concurrent.futures.as_completed(futures):
                    future.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def documents_run(self, command, flags, limit):
        """The summary, the log's lines, one a document, and the log, of at most so many documents; 0: all."""
        if (command, limit, *flags) not in self.done:
            self.done[(command, limit, *flags)] = self.logged_run(command, flags, limit)
        return self.done[(command, limit, *flags)]

    def logged_run(self, command, flags, limit):
        files = {role: fingerprint for role, fingerprint in fingerprints().items() if role != "read-adapter" or NO_READ_ADAPTER[0] not in flags}
        contents = [hash_of(flag) if before == "--facts" else flag for before, flag in itertools.pairwise(["", *flags])]
        known = [command, hash_of(self.documents), contents, files]
        if "all" in flags or "--retrieve" in flags or command == "questions":
            known.append(limit)  # the memory holds what all the chosen documents say
        log = self.work / f"{command}-{key_of(known)}.jsonl"
        arguments = ["eval", command, "--docs", str(self.documents), "--details", str(log), *flags]
        if limit:
            arguments += ["--limit", str(limit)]
        summary = run(arguments)
        items = [json.loads(line) for line in log.read_text("utf-8").splitlines()[1:]]
        items = sorted((item for item in items if not limit or item["item"] < limit), key=lambda item: item["item"])
        return summary, items, log

    def edits_run(self, edits, count, memory):
        """ZsRE's measures; kept as a whole, since each edit depends on the ones before. The log of answers is for runs that are interrupted."""
        kept = self.work / f"editing-{key_of([hash_of(edits), count, memory, fingerprints()])}.json"
        if not kept.exists():
            arguments = ["eval", "editing", "--edits", str(edits), "--skip", str(TEST_EDITS), "--limit", str(count), "--memory", memory, "--outcomes"]
            kept.with_suffix(".partial").write_text(json.dumps(run([*arguments, "--details", str(kept.with_suffix(".jsonl"))])), "utf-8")
            kept.with_suffix(".partial").rename(kept)
        return json.loads(kept.read_text("utf-8"))


def key_of(known):
    """Names a log by all that its figures hang on. Of a file that is its content, not its place: a work folder may be moved."""
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()[:12]


def run(arguments):
    """The program's JSON. One thread: the same figures whatever the number of cores."""
    line = "memllm " + " ".join(arguments)
    print(f"evaluate: {line}", file=sys.stderr, flush=True)
    begin = time.monotonic()
    done = subprocess.run([PROGRAM, "--json", "--quiet", "--threads", "1", *arguments], stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        sys.exit(f"evaluate: {line} ended with {done.returncode}; the same command goes on where it stopped")
    print(f"evaluate: {time.monotonic() - begin:.0f} s: {line}", file=sys.stderr, flush=True)
    return json.loads(done.stdout)


@functools.cache
def fingerprints():
    """Of the program and the model files in use, by role."""
    found = json.loads(subprocess.run([PROGRAM, "--json", "models"], stdout=subprocess.PIPE, check=True).stdout)
    return {"program": hash_of(PROGRAM)[:12], **{file["role"]: file.get("fingerprint") for file in found["models"]}}


@functools.cache
def hash_of(file):
    """SHA-256 of a file that does not change while this runs."""
    return hashlib.sha256(pathlib.Path(file).read_bytes()).hexdigest()
