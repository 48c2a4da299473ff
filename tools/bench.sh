#!/usr/bin/env bash
# Figures of docs/benchmarks.md that a machine can repeat in minutes: generation, learning, queries, nearest names among 100,000, training.
# bench.sh [DATA]; with the folder of the documents (redocred/dev_revised.json): nearest names among the names of its documents, and the trainer on ten of them.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
data=${1-}/redocred/dev_revised.json
python3 tools/wiki_sample.py "${XDG_CACHE_HOME:-$HOME/.cache}/memllm/wiki/summaries_en-us.json" "$work/wiki.jsonl"
head -n 10 "$work/wiki.jsonl" >"$work/ten.jsonl"
build/release/memllm_bench_speed "$MEMLLM_MODEL" "$MEMLLM_EMBEDDER" models/gemma-3-270m-{read,write}.gguf "$work/ten.jsonl"
if [[ -r $data ]]; then
  python3 -c "
import json, sys
names = {mention['name'] for document in json.load(open(sys.argv[1])) for entity in document['vertexSet'] for mention in entity}
print('\n'.join(sorted(name for name in names if '\n' not in name)))" "$data" >"$work/names.txt"
  MEMLLM_NAMES=$work/names.txt build/release/memllm_ann_recall_test | grep -E 'a query|OK|FAILED'
  build/release/memllm-examples write --docs "$data" --limit 10 --unevidenced every --model "$MEMLLM_MODEL" --out "$work/write.jsonl"
  build/release/memllm-train --model "$MEMLLM_MODEL" --examples "$work/write.jsonl" --out "$work/write.gguf" --batch-tokens 3072 2>&1 | tail -n 1
else
  echo "skipped: real names and training need the folder of the documents: ./run bench DATA"
  build/release/memllm_ann_recall_test | grep -E 'a query|OK|FAILED'
fi
