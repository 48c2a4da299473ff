#!/usr/bin/env bash
# Figures of docs/benchmarks.md that a machine can repeat in minutes: learning speed and nearest names among 100,000.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 tools/wiki_sample.py "${XDG_CACHE_HOME:-$HOME/.cache}/memllm/wiki/summaries_en-us.json" "$work/wiki.jsonl"
head -n 10 "$work/wiki.jsonl" >"$work/ten.jsonl"
echo "learn, 10 Wikipedia summaries, 8 sentences at once, then one at a time:"
build/release/memllm --memory "$work/batched" learn "$work/ten.jsonl" | tail -n 1
build/release/memllm --memory "$work/single" learn --parallel 1 "$work/ten.jsonl" | tail -n 1
build/release/memllm_ann_recall_test | grep 'a query'
