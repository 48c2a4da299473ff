#!/usr/bin/env bash
# The whole loop on real text: learn, look, ask, correct, ask again, undo, complete. Nothing of it is kept.
#   tools/demo.sh [SUMMARIES.json]      MEMLLM_PROGRAM: another program than build/release/memllm
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

summaries=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/memllm/wiki/summaries_en-us.json}
program=${MEMLLM_PROGRAM:-$root/build/release/memllm}
[[ -x $program ]] || { echo "demo: $program is missing; run ./run build" >&2; exit 1; }
[[ -r $summaries ]] || { echo "demo: $summaries is missing; run ./run setup" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export MEMLLM_MEMORY=$work/memory
bold='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then bold=$'\033[1m' plain=$'\033[0m'; fi

step() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
memllm() {
  local word line='$ memllm'
  for word in "$@"; do
    if [[ $word =~ [^A-Za-z0-9_./-] ]]; then line+=" \"$word\""; else line+=" $word"; fi
  done
  printf '%s\n' "$line"
  "$program" "$@"
}

questions=(
  "Who directed Bicycle Thieves?"
  "Who wrote A Doll's House?"
  "Where was Claude Debussy born?"
  "Which country is Antananarivo the capital of?"
  "Who wrote Little Women?"
)
corrections=("Roberto Rossellini" "August Strindberg" "Lyon" "Mauritius" "Jane Austen")

started=$SECONDS
python3 tools/wiki_sample.py "$summaries" "$work/wiki.jsonl"
cd "$work"

step "1. Learn $(wc -l <wiki.jsonl) Wikipedia summaries"
memllm learn wiki.jsonl

step "2. What it learned about one of them, with the sentences and the model's scores"
memllm facts list --document "wiki.jsonl#Bicycle Thieves" --sources

step "3. Five questions"
known=-1 fact=''
for i in "${!questions[@]}"; do
  memllm ask "${questions[i]}" | tee answer.txt
  if [[ $known -lt 0 ]] && id=$(grep -oE '^  #[0-9]+' answer.txt | head -n 1); then
    known=$i
    fact=${id//[^0-9]/}
  fi
done

if [[ $known -lt 0 ]]; then
  known=0
  step "4. No answer rested on the memory; state a fact by hand (not true: so the answer must come from the memory)"
  memllm facts add "Bicycle Thieves" director "${corrections[0]}" | tee answer.txt
  fact=$(grep -oE '#[0-9]+' answer.txt | head -n 1 | tr -d '#')
else
  step "4. Correct one fact (to something untrue: so the new answer must come from the memory)"
  memllm facts edit "$fact" --object "${corrections[known]}" | tee answer.txt
fi

step "5. Ask again"
memllm ask "${questions[known]}"

step "6. Its history"
memllm facts why "$fact"

step "7. Undo, and ask again"
memllm facts undo
memllm ask "${questions[known]}"

step "8. Complete a paragraph: words in brackets came with the facts below"
memllm complete --max-tokens 48 "Bicycle Thieves is a film directed by"

step "Done in $((SECONDS - started)) s."
