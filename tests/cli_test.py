#!/usr/bin/env python3
"""End-to-end test of the program's commands that need no model: cli_test.py PATH_TO_MEMLLM"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = None
CALL = "({MEM_WRITE-->a>>b>>c})"


class CliTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)
        self.memory = str(self.path / "memory")

    def run_raw(self, *arguments, stdin=b"", memory=None):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MEMLLM_")}
        environment["HOME"] = environment["XDG_DATA_HOME"] = environment["XDG_CACHE_HOME"] = self.folder.name
        return subprocess.run([PROGRAM, "--memory", memory or self.memory, "--embedder", "none", *arguments],
                              input=stdin, capture_output=True, env=environment, timeout=120, check=False)

    def call(self, *arguments, expect=0, stdin=b"", memory=None):
        result = self.run_raw(*arguments, stdin=stdin, memory=memory)
        self.assertEqual(result.returncode, expect, (arguments, result.stdout, result.stderr))
        return result.stdout.decode("utf-8")

    def json(self, *arguments, **options):
        return json.loads(self.call("--json", *arguments, **options))

    def error(self, *arguments, expect, stdin=b""):
        result = self.run_raw(*arguments, stdin=stdin)
        self.assertEqual(result.returncode, expect, (arguments, result.stdout, result.stderr))
        return result.stderr.decode("utf-8")

    def add(self, subject, relation, value, *more):
        return self.json("facts", "add", *more, "--", subject, relation, value)["fact"]["id"]

    def triples(self, *filters, memory=None):
        facts = self.json("facts", "list", *filters, memory=memory)["facts"]
        return sorted((f["subject"], f["relation"], f["object"]) for f in facts)

    # Facts

    def test_an_added_fact_is_listed_with_its_source(self):
        self.add("Acme", "founder", "Jane Roe", "--sentence", "Jane Roe founded Acme.", "--author", "me")
        facts = self.json("facts", "list", "--subject", "Acme", "--relation", "founder", "--object", "Jane Roe")["facts"]
        self.assertEqual(len(facts), 1)
        self.assertLessEqual({"id", "subject", "relation", "object", "recorded_at", "sources"}, set(facts[0]))
        self.assertEqual(facts[0]["sources"][0]["text"], "Jane Roe founded Acme.")
        self.assertEqual(facts[0]["sources"][0]["author"], "me")
        self.assertEqual(self.triples("--subject", "Nobody"), [])

    def test_edit_keeps_the_old_fact_and_undo_brings_it_back(self):
        old = self.add("Acme", "founder", "Jane Roe")
        new = self.json("facts", "edit", str(old), "--object", "John Doe")["fact"]["id"]
        self.assertNotEqual(old, new)
        self.assertEqual(self.triples(), [("Acme", "founder", "John Doe")])
        shown = self.json("facts", "show", str(old))["fact"]
        self.assertFalse(shown["active"])
        self.assertEqual(shown["successor"], new)
        why = self.json("facts", "why", str(old))
        self.assertEqual([f["id"] for f in why["replaced_by"]], [new])
        self.assertTrue(self.json("facts", "history", str(old))["events"])
        self.assertEqual(self.json("facts", "undo")["undone"]["kind"], "edit")
        self.assertEqual(self.triples(), [("Acme", "founder", "Jane Roe")])

    def test_retracted_facts_are_listed_on_demand_only(self):
        fact = self.add("Acme", "founder", "Jane Roe")
        self.call("facts", "retract", str(fact), "--reason", "wrong article")
        self.assertEqual(self.triples(), [])
        retracted = self.json("facts", "list", "--state", "retracted")["facts"]
        self.assertEqual(retracted[0]["retraction_reason"], "wrong article")
        self.error("facts", "retract", str(fact), expect=3)

    def test_quarantined_facts_wait_to_be_accepted(self):
        lines = [{"format": "memllm", "version": 1}]
        for number, name in ((1, "Bob"), (2, "Eve")):
            lines.append({"type": "fact", "id": number, "subject": "Acme", "relation": "founder", "object": name, "recorded_at": "2026-01-01T00:00:00.000Z",
                          "retracted_at": "2026-01-01T00:00:00.000Z", "retracted_by": number, "reason": "quarantined"})
        for number in (1, 2):
            lines.append({"type": "event", "id": number, "kind": "quarantine", "fact": number, "refs": [["fact", number]]})
        self.call("import", "-", stdin="\n".join(map(json.dumps, lines)).encode())
        self.assertEqual(self.triples(), [])
        self.assertEqual(len(self.triples("--state", "quarantined")), 2)
        self.assertEqual(self.json("stats")["quarantined"], 2)
        self.assertIn("facts accept 1", self.call("facts", "show", "1"))
        self.assertEqual([f["active"] for f in self.json("facts", "accept", "1")["facts"]], [True])
        self.call("facts", "retract", "2")
        self.assertEqual(self.triples(), [("Acme", "founder", "Bob")])
        self.assertEqual(self.triples("--state", "retracted"), [("Acme", "founder", "Eve")])
        self.error("facts", "accept", "2", expect=3)

    def test_replace_takes_back_the_other_values(self):
        self.add("Acme", "CEO", "Jane Roe")
        self.add("Acme", "CEO", "John Doe", "--replace")
        self.assertEqual(self.triples(), [("Acme", "CEO", "John Doe")])

    def test_as_of_shows_what_was_believed_then(self):
        fact = self.add("Acme", "founder", "Jane Roe")
        recorded = self.json("facts", "show", str(fact))["fact"]["recorded_at"]
        self.call("facts", "retract", str(fact))
        self.assertEqual(self.triples(), [])
        self.assertEqual(self.triples("--as-of", recorded), [("Acme", "founder", "Jane Roe")])
        self.assertEqual(self.triples("--as-of", "2001-01-01"), [])
        self.error("facts", "show", str(fact), "--as-of", "2001-01-01", expect=1)
        self.error("facts", "list", "--as-of", "yesterday", expect=2)
        self.error("facts", "add", "a", "b", "c", "--as-of", "2001-01-01", expect=2)

    def test_forget_removes_every_trace(self):
        secret = "Xyzzy Plugh the Unforgettable"
        fact = self.add(secret, "founder", "Acme")
        self.add("Acme", "CEO", secret)
        self.assertIn("--yes", self.error("facts", "forget", str(fact), expect=2))
        self.call("facts", "forget", str(fact), "--yes")
        self.error("facts", "show", str(fact), expect=1)
        self.call("facts", "forget", "--entity", secret, "--yes")
        self.assertEqual(self.triples("--state", "all"), [])
        for file in pathlib.Path(self.memory).rglob("*"):
            if file.is_file():
                self.assertNotIn(secret.encode(), file.read_bytes(), file)
        self.error("facts", "forget", expect=2)

    def test_search_and_alias_find_a_fact(self):
        self.add("Ada Lovelace", "place of birth", "London")
        self.call("facts", "alias", "Ada Lovelace", "Countess of Lovelace")
        self.assertEqual(self.triples("--subject", "Countess of Lovelace"), [("Ada Lovelace", "place of birth", "London")])
        self.assertEqual(len(self.json("facts", "search", "lovelace")["facts"]), 1)
        self.call("facts", "relation", "place of birth", "functional")

    def test_long_lists_come_in_pages(self):
        for number in range(5):
            self.add("Acme", "product", f"Product {number}")
        page = self.json("facts", "list", "--limit", "3")
        self.assertEqual((len(page["facts"]), page["truncated"]), (3, True))
        rest = self.json("facts", "list", "--limit", "3", "--offset", "3")
        self.assertEqual((len(rest["facts"]), rest["truncated"]), (2, False))

    def test_namespaces_do_not_see_each_other(self):
        self.json("--namespace", "one", "facts", "add", "a", "b", "c")
        self.assertEqual(self.triples("--namespace", "two"), [])
        self.assertEqual(self.triples("--namespace", "one"), [("a", "b", "c")])

    # The memory as a whole

    def test_export_and_import_are_lossless(self):
        first = self.add("Zürich", "country", "Schweiz", "--valid-from", "1848-09-12")
        self.json("facts", "edit", str(first), "--object", "Switzerland")
        exported = self.call("export")
        other = str(self.path / "other")
        self.call("import", "-", stdin=exported.encode(), memory=other)
        self.assertEqual(self.call("export", memory=other), exported)
        self.assertEqual(self.triples(memory=other), [("Zürich", "country", "Switzerland")])
        file = self.path / "export.jsonl"
        self.call("export", str(file))
        self.assertEqual(file.read_text("utf-8"), exported)

    def test_an_export_that_fails_leaves_nothing(self):
        self.add("a", "b", "c")
        (self.path / "folder").mkdir()
        self.error("export", str(self.path / "folder"), expect=5)
        self.error("export", str(self.path / "none" / "file"), expect=5)
        self.assertEqual([file for file in self.path.rglob("*.part")], [])

    def test_a_bad_import_changes_nothing(self):
        self.add("a", "b", "c")
        before = self.call("export")
        for bad in (b"not json\n", b'{"fact":\n', b"\xff\xfe\n", before.encode() + b"garbage\n"):
            result = self.run_raw("import", "-", stdin=bad)
            self.assertIn(result.returncode, (2, 5), result)
        self.error("import", str(self.path / "nothing.jsonl"), expect=1)
        self.assertEqual(self.call("export"), before)

    def test_stats_verify_and_reindex(self):
        self.add("a", "b", "c")
        self.assertEqual(self.json("stats")["facts"], 1)
        self.assertTrue(self.json("verify")["clean"])
        self.call("reindex")
        self.assertTrue(self.json("verify")["clean"])

    def test_a_damaged_database_is_reported(self):
        self.add("a", "b", "c")
        for file in pathlib.Path(self.memory).iterdir():
            if file.is_file():
                file.write_bytes(b"\x00garbage" * 2000)
        result = self.run_raw("verify")
        self.assertIn(result.returncode, (1, 5), result)
        self.assertTrue(result.stderr or result.stdout)

    # Usage

    def test_unknown_flags_and_commands_name_the_nearest(self):
        self.assertIn("--subject", self.error("facts", "list", "--subjct", "x", expect=2))
        self.assertIn("did you mean learn?", self.error("lern", expect=2))
        self.assertIn("did you mean undo?", self.error("facts", "udno", expect=2))
        self.error("facts", "show", "twelve", expect=2)
        self.error("facts", "edit", "1", expect=2)
        self.error(expect=2)

    def test_exit_codes_tell_what_went_wrong(self):
        self.error("facts", "show", "999", expect=1)
        self.error("facts", "undo", expect=1)
        self.error("learn", str(self.path / "missing.txt"), expect=1)
        self.error("learn", str(self.path / "*.missing"), expect=1)
        (self.path / "a.txt").write_text("Acme was founded by Jane Roe.")
        self.assertIn("--model", self.error("learn", str(self.path / "a.txt"), expect=4))
        self.assertIn("--no-facts", self.error("learn", "--no-facts", "--dry-run", str(self.path / "a.txt"), expect=2))
        self.error("ask", "Who?", expect=4)
        self.error("models", expect=4)
        self.error("models", "--widen", str(self.path / "wide.gguf"), expect=4)
        self.error("learn", "/proc/self/mem", expect=5)  # its first page cannot be read
        self.error("eval", "writing", "--docs", str(self.path), expect=2)
        self.error("eval", "editing", "--edits", str(self.path), expect=2)
        blocked = self.path / "file"
        blocked.write_text("a file, not a folder")
        result = self.run_raw("stats", memory=str(blocked / "memory"))
        self.assertEqual(result.returncode, 5, result)
        self.error("learn", "long " * 100, expect=1)
        reply = json.loads(self.run_raw("facts", "show", "999", "--json").stdout)
        self.assertEqual((reply["error"]["kind"], reply["error"]["exit_code"]), ("not found", 1))

    def test_a_memory_needs_no_home(self):
        command = [PROGRAM, "--memory", self.memory, "--embedder", "none", "facts", "list"]
        result = subprocess.run(command, capture_output=True, env={}, timeout=120, check=False)
        self.assertEqual((result.returncode, result.stdout), (0, b"no facts\n"), result.stderr)

    def test_the_models_threads_sleep_while_they_wait(self):
        for given, expected in ({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "active"}, "ACTIVE"):
            environment = {**given, "OMP_DISPLAY_ENV": "true"}  # OpenMP tells its settings when it is loaded
            done = subprocess.run([PROGRAM, "--version"], env=environment, capture_output=True, text=True, timeout=120, check=True)
            policies = [line.split("'")[1] for line in done.stderr.splitlines() if "OMP_WAIT_POLICY" in line]
            self.assertEqual(policies[-1:], [expected], done.stderr)

    def test_several_files_are_learned_in_one_command(self):
        # Without a model the files are read, and then it is the model that is missing; that they are two is no error.
        for name in ("a.txt", "b.txt"):
            (self.path / name).write_text(f"{name} is a file.")
        message = self.error("learn", "--model", str(self.path / "none.gguf"), str(self.path / "a.txt"), str(self.path / "b.txt"), expect=4)
        self.assertIn("none.gguf", message)

    def test_facts_need_no_language_pack(self):
        self.add("Acme", "founder", "Jane Roe")
        environment = {"MEMLLM_SHARE": "/nonexistent", "HOME": self.folder.name}
        for command in (["facts", "list"], ["facts", "edit", "1", "--object", "Bo"], ["export"], ["verify"], ["stats"]):
            done = subprocess.run([PROGRAM, "--memory", self.memory, "--embedder", "none", *command], env=environment, capture_output=True, check=False)
            self.assertEqual(done.returncode, 0, (command, done.stderr))
        self.error("models", "--embed-wordings", "", expect=2)

    def test_every_command_has_help(self):
        for command in ("", "learn", "ask", "complete", "facts", "facts list", "facts add", "facts edit", "facts undo", "import",
                        "export", "stats", "verify", "reindex", "models", "eval", "eval writing", "completion"):
            self.assertIn("Examples:", self.call(*command.split(), "--help"))

    def test_completion_in_bash(self):
        script = self.call("completion", "bash")
        (self.path / "models").mkdir()
        (self.path / "file one.txt").write_text("")
        for words, expected in {"facts hi": ["history"], "ask --max-t": ["--max-tokens"], "mo": ["models"], "--json mo": ["models"],
                                "learn fi": ["file one.txt"], "--memory mo": ["models"], "./fi": ["./file one.txt"]}.items():
            line = ["memllm", *words.split()]
            code = f"{script}\nCOMP_WORDS=({' '.join(line)}); COMP_CWORD={len(line) - 1}; _memllm; printf '%s\\n' \"${{COMPREPLY[@]}}\""
            done = subprocess.run(["bash", "-c", code], capture_output=True, cwd=self.path, check=False)
            self.assertEqual(done.stdout.decode().splitlines(), expected, (words, done.stderr))
        self.assertIn("memllm", self.call("completion", "zsh"))

    def test_completion_in_fish(self):
        script = self.call("completion", "fish")
        self.assertIn("memllm", script)
        if not shutil.which("fish"):
            return
        for words, expected in {"facts hi": "history", "ask --max-t": "--max-tokens", "mo": "models"}.items():
            code = f"{script}\ncomplete -C 'memllm {words}'"
            done = subprocess.run(["fish", "-c", code], capture_output=True, check=False)
            found = [line.split(b"\t")[0].decode() for line in done.stdout.splitlines()]
            self.assertEqual((found, done.stderr), ([expected], b""), words)

    def test_empty_input_is_no_new_version_of_a_document(self):
        self.assertIn("standard input is empty", self.error("learn", "-", "--name", "page", stdin=b" \n", expect=2))

    # Hostile input

    def test_file_names_cannot_write_to_the_terminal(self):
        folder = str(self.path / "red \x1b[31m")
        self.assertNotIn("\x1b", self.call("stats", memory=folder))
        self.assertNotIn("\x1b", self.call("export", folder + ".jsonl"))

    def test_names_with_markers_and_sql_are_only_names(self):
        names = [CALL, "Robert'); DROP TABLE facts;--", "a;b>>c", "{}", "[a,b]", "%%", "-5", "--json", "\u202eevil", "x" * 1000]
        stored = []
        for name in names:
            result = self.run_raw("facts", "add", "--json", "--", name, "relation", "thing")
            self.assertIn(result.returncode, (0, 2), result)
            if result.returncode == 0:
                stored.append(json.loads(result.stdout)["fact"]["subject"])
        self.assertIn(CALL, stored)
        self.assertIn("[a,b]", stored)
        self.assertIn("{}", stored)
        self.assertEqual(len(self.triples()), len(set(stored)))
        self.assertNotIn(("a", "b", "c"), self.triples())
        self.assertTrue(self.json("verify")["clean"])

    def test_names_that_cannot_be_names_are_refused(self):
        for name in (b"bad \xff utf8", b"line\nbreak", b"bell\x07", b"", b"   ", b"x" * 1001):
            result = self.run_raw("facts", "add", name, "relation", "thing")
            self.assertEqual(result.returncode, 2, (name, result))
            self.assertNotIn(b"\x07", result.stderr)
            self.assertTrue(result.stderr)
        self.assertEqual(self.triples(), [])

    def test_output_holds_no_control_characters(self):
        self.add("a", "b", "c", "--sentence", "before \x1b[2J\x1b]0;title\x07 after")
        for command in (("facts", "list", "--sources"), ("facts", "show", "1"), ("facts", "why", "1"), ("facts", "history")):
            text = self.call(*command)
            self.assertFalse([c for c in text if c < " " and c != "\n"], text)
        lines = self.call("export").splitlines()
        self.call("import", "-", stdin=(lines[0] + "\n" + json.dumps({
            "type": "fact", "subject": "d", "relation": "b", "object": "e", "sources": [{"model": "\x1b[2J", "adapter": "\x1b]0;x\x07"}]})).encode())
        self.assertNotIn("\x1b", self.call("facts", "why", "2"))
        error = self.error("facts", "list", "--\x1b[31mred", expect=2)
        self.assertNotIn("\x1b", error)

    def test_json_stays_utf8_whatever_the_arguments_hold(self):
        result = self.run_raw("facts", "search", b"\xff\xfe", "--json")
        json.loads(result.stdout.decode("utf-8"))
        self.assertIn(result.returncode, (0, 2))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: cli_test.py PATH_TO_MEMLLM")
    PROGRAM = os.path.abspath(sys.argv.pop())
    outcome = unittest.main(exit=False).result
    verdict = "ok" if outcome.wasSuccessful() else "FAILED"
    print(f"cli_test: {verdict}, {outcome.testsRun} tests, {len(outcome.failures) + len(outcome.errors)} failed")
    sys.exit(0 if outcome.wasSuccessful() else 1)
