#!/usr/bin/env bash
# Trains both adapters: train.sh DATA. What is made lies in build/train/; a step whose file is there is left out, and a training that was
# stopped goes on from its checkpoint. Compare on dev documents before another pair replaces the shipped one (models/README.md).
set -euo pipefail
cd "$(dirname "$0")/.."
data=$1
out=build/train
docs=$data/redocred/dev_revised.json
test=$data/redocred/test_revised_first400.json  # only so that no variant holds a pair of its labels
documents=450  # the rest is for choices
bin=build/release
pair=("$out"/gemma-3-270m-{write,read}.gguf)

for file in "$docs" "$test" "$data"/tekgen/{train,ground_truth}.jsonl "$data/zsre/edits_first700.json"; do
  [[ -r $file ]] || { echo "train: $file is missing: the first argument is the folder of the training data" >&2; exit 1; }
done
[[ -x $bin/memllm-train ]] || { echo "train: there is no memllm-train: libtorch is missing (./run test installs it)" >&2; exit 4; }
mkdir -p "$out"

# make FILE COMMAND…: the command writes to the file named last, which gets its name when it is complete.
make() {
  [[ -e $1 ]] && return 0
  "${@:2}" "$1.partial"
  mv "$1.partial" "$1"
}

examples() {  # FILE, kind and options
  make "$1" "$bin/memllm-examples" "${@:2}" --docs "$docs" --limit $documents --model "$MEMLLM_MODEL" --out
}

train() {  # FILE EXAMPLES options: its checkpoint is beside the file
  [[ -e $1 ]] && return 0
  "$bin/memllm-train" --model "$MEMLLM_MODEL" --examples "$2" --batch-tokens 3072 --pack-tokens 1536 "${@:3}" \
    --checkpoint "$1.checkpoint" --log "$1.log.jsonl" --out "$1.partial"
  mv "$1.partial" "$1"
}

statements() {  # FILE
  python3 tools/edit_statements.py "$data/zsre/edits_first700.json" | sed p >"$1"  # each twice
  python3 tools/triple_statements.py "$data/tekgen" --sentences 400 --questions 1000 >>"$1"
}

# Writing: labels without evidence once a document, then in every sentence; from there questions, edits and sentences of other kinds, without and
# with other entities in the documents' places, of which two the mean is kept.
examples "$out/write-once.jsonl" write --unevidenced once
train "$out/write-once.gguf" "$out/write-once.jsonl" --learning-rate 5e-4
examples "$out/write-every.jsonl" write --unevidenced every
train "$out/write-every.gguf" "$out/write-every.jsonl" --learning-rate 4e-4 --init "$out/write-once.gguf"
make "$out/statements.jsonl" statements
mixed=(write --unevidenced every --questions 1 --statements "$out/statements.jsonl")
examples "$out/write-mixed.jsonl" "${mixed[@]}"
train "$out/write-mixed.gguf" "$out/write-mixed.jsonl" --learning-rate 3e-4 --epochs 0.636 --loss-vocabulary examples --init "$out/write-every.gguf"
examples "$out/write-variants.jsonl" "${mixed[@]}" --variants 1 --forbidden "$test"
train "${pair[0]}" "$out/write-variants.jsonl" --learning-rate 3e-4 --epochs 0.35 --init "$out/write-every.gguf" --average-with "$out/write-mixed.gguf"

# Reading: calls that ask what leads to the target; then, with other entities in the documents' places too, calls that ask more; then calls whose
# queries weigh more than the text, of which the mean with the adapter before is kept: the text is modelled better by that one.
reading=(read --gold --drop 0.05 --drop-call 0.05 --wrong-result 0.1 --text-loss 0.25)
examples "$out/read-first.jsonl" "${reading[@]}"
train "$out/read-first.gguf" "$out/read-first.jsonl" --learning-rate 4e-4 --epochs 0.8
reading+=(--more-queries 0.6 --variants 1 --forbidden "$test")
examples "$out/read-more.jsonl" "${reading[@]}" --seed 3
train "$out/read-more.gguf" "$out/read-more.jsonl" --learning-rate 2e-4 --epochs 0.25 --seed 2 --init "$out/read-first.gguf"
examples "$out/read-weighed.jsonl" "${reading[@]}" --call-weight 3 --seed 5
train "$out/read-weighed.gguf" "$out/read-weighed.jsonl" --learning-rate 5e-4 --epochs 0.4 --seed 5 --init "$out/read-more.gguf"
examples "$out/read-last.jsonl" "${reading[@]}" --call-weight 3 --seed 7
train "${pair[1]}" "$out/read-last.jsonl" --learning-rate 3e-4 --epochs 0.22 --seed 9 --init "$out/read-weighed.gguf" --average-with "$out/read-more.gguf"

echo "train: ${pair[*]}"
echo "train: compare: $bin/memllm --write-adapter ${pair[0]} eval writing --docs $docs --skip $documents --limit 30"
