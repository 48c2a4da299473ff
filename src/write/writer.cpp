#include "write/writer.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/cancellation.h"
#include "call/write_grammar.h"
#include "call/write_trie.h"
#include "memllm/error.h"
#include "write/check_write_options.h"
#include "write/write_call.h"
#include "write/write_schedule.h"

namespace memllm {
namespace {

// Tokens in a batch below which a guess costs little: most of a step's time is the reading of the weights.
constexpr std::size_t kCheapTokens = 8;

// A task at work in a sequence.
struct ActiveCall {
  std::size_t task = 0;
  std::size_t prompt_tokens = 0;
  std::vector<Token> pending;  // to be decoded next
  std::vector<Token> draft;    // a guess at what follows it, decoded with it
  std::size_t length = 0;      // of the call, pending included
  std::unique_ptr<WriteCall> decoding;
};

}  // namespace

struct Writer::Impl {
  std::shared_ptr<LanguageModel> model;
  std::shared_ptr<const CallFormat> format;
  std::unique_ptr<Decoder> decoder;
  std::optional<WriteTrie> relations;

  struct Prompt {
    std::vector<Token> tokens;  // with BOS, shortened as the header says
    std::vector<Token> text;    // the pretext and focus in it
  };
  Prompt prompt(const WriteTask& task, const WriteOptions& options) const;
  ActiveCall start(SequenceId sequence, std::size_t number, const WriteTask& task, const WriteOptions& options);
  // Decodes what every active call waits for, and lets each take its step; finished calls leave their slot.
  void advance(std::vector<std::optional<ActiveCall>>& slots, const WriteSink& sink);
  // The step behind the item's tokens, and behind its draft as far as that is what the steps choose.
  WriteCall::Step step(ActiveCall& call, std::size_t item) const;
};

Writer::Writer(std::shared_ptr<LanguageModel> model, std::shared_ptr<const CallFormat> format, const DecoderOptions& decoder)
    : impl_(std::make_shared<Impl>()) {
  impl_->decoder = model->make_decoder(decoder);
  impl_->model = std::move(model);
  impl_->format = std::move(format);
}

void Writer::set_relations(std::span<const std::string> relations) {
  impl_->relations.emplace(*impl_->format, relations, WriteGrammar::kMaxNameTokens);
}

Writer::Impl::Prompt Writer::Impl::prompt(const WriteTask& task, const WriteOptions& options) const {
  const std::size_t capacity = decoder->max_tokens();
  const std::size_t room = std::min(options.max_call_tokens, capacity / 2);
  const std::size_t bos = model->bos() >= 0 ? 1 : 0;
  const std::size_t frame = format->write_prompt({}, {}).size() + bos;
  if (frame + 1 > capacity - room) {
    throw Error(ErrorKind::kInvalidArgument,
                "sequences of " + std::to_string(capacity) + " tokens are too short to write in; raise the context's tokens per sequence");
  }
  const std::size_t text_tokens = capacity - room - frame;
  const std::span<const Token> focus(task.focus.data(), std::min(task.focus.size(), text_tokens));
  const std::span<const Token> pretext(task.pretext);
  const auto kept_pretext = pretext.last(std::min(pretext.size(), text_tokens - focus.size()));
  Prompt prompt{format->write_prompt(kept_pretext, focus), {kept_pretext.begin(), kept_pretext.end()}};
  if (bos > 0) prompt.tokens.insert(prompt.tokens.begin(), model->bos());
  prompt.text.insert(prompt.text.end(), focus.begin(), focus.end());
  return prompt;
}

ActiveCall Writer::Impl::start(SequenceId sequence, std::size_t number, const WriteTask& task, const WriteOptions& options) {
  const auto [tokens, text] = prompt(task, options);
  const std::span<const Token> held = decoder->tokens(sequence);
  const auto common = static_cast<std::size_t>(std::mismatch(held.begin(), held.end(), tokens.begin(), tokens.end()).first - held.begin());
  const std::size_t kept = std::min(common, tokens.size() - 1);  // the last token is decoded again, for its logits
  decoder->truncate(sequence, kept);
  ActiveCall call;
  call.task = number;
  call.prompt_tokens = tokens.size();
  call.pending.assign(tokens.begin() + static_cast<std::ptrdiff_t>(kept), tokens.end());
  // The closing marker is never decoded, so it needs no place in the sequence.
  const std::size_t limit = std::min(options.max_call_tokens, decoder->max_tokens() - tokens.size() + 1);
  call.decoding = make_write_call(*model, *format, options, text, limit, relations ? &*relations : nullptr);
  return call;
}

void Writer::Impl::advance(std::vector<std::optional<ActiveCall>>& slots, const WriteSink& sink) {
  std::vector<DecodeItem> items;
  for (std::size_t sequence = 0; sequence < slots.size(); ++sequence) {
    if (!slots[sequence]) continue;
    ActiveCall& call = *slots[sequence];
    call.pending.insert(call.pending.end(), call.draft.begin(), call.draft.end());
    items.push_back({static_cast<SequenceId>(sequence), call.pending, call.draft.empty() ? LogitsWanted::kLast : LogitsWanted::kAll});
  }
  decoder->decode(items);
  const std::size_t cheap_tokens = kCheapTokens / items.size();  // of a sequence in the next step
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::optional<ActiveCall>& slot = slots[static_cast<std::size_t>(items[i].sequence)];
    WriteCall::Step chosen = step(*slot, i);
    if (chosen.finished) {
      const std::size_t task = slot->task;
      WriteResult result = slot->decoding->result();
      slot.reset();
      sink(task, std::move(result));
      continue;
    }
    const std::size_t keep = slot->prompt_tokens + chosen.keep;
    if (keep < decoder->tokens(items[i].sequence).size()) decoder->truncate(items[i].sequence, keep);
    slot->length = chosen.keep + chosen.tokens.size();
    slot->pending = std::move(chosen.tokens);
    const std::size_t room = decoder->max_tokens() - std::min(decoder->max_tokens(), slot->prompt_tokens + slot->length);
    slot->draft = slot->decoding->draft(std::min(room, cheap_tokens - std::min(cheap_tokens, slot->pending.size())));
  }
}

WriteCall::Step Writer::Impl::step(ActiveCall& call, std::size_t item) const {
  const std::size_t first = call.draft.empty() ? 0 : call.pending.size() - call.draft.size() - 1;
  for (std::size_t confirmed = 0;; ++confirmed) {
    WriteCall::Step step = call.decoding->next(decoder->logits(item, first + confirmed));
    if (step.finished || confirmed == call.draft.size() || step.keep != call.length || step.tokens != std::vector{call.draft[confirmed]}) {
      return step;
    }
    ++call.length;
  }
}

std::vector<WriteResult> Writer::write(std::span<const WriteTask> tasks, const WriteOptions& options, std::stop_token stop) {
  std::vector<WriteResult> results(tasks.size());
  write(
      tasks, options, [&results](std::size_t task, WriteResult result) { results[task] = std::move(result); }, std::move(stop));
  return results;
}

void Writer::write(std::span<const WriteTask> tasks, const WriteOptions& options, const WriteSink& sink, std::stop_token stop) {
  check_write_options(options);
  std::vector<std::optional<ActiveCall>> slots(impl_->decoder->sequences());
  WriteSchedule schedule(tasks, slots.size());

  while (true) {
    throw_if_stopped(stop, "writing was cancelled");
    std::size_t finished_sequences = 0;
    for (std::size_t sequence = 0; sequence < slots.size(); ++sequence) {
      if (slots[sequence]) continue;
      if (const auto task = schedule.next(sequence)) {
        slots[sequence] = impl_->start(static_cast<SequenceId>(sequence), *task, tasks[*task], options);
      } else {
        ++finished_sequences;
      }
    }
    if (finished_sequences == slots.size()) return;
    impl_->advance(slots, sink);
  }
}

std::vector<Token> pretext_window(std::span<const std::vector<Token>> sentences, std::size_t sentence, const WriteOptions& options) {
  std::size_t total = sentences[sentence].size();
  std::size_t begin = sentence;
  while (begin > 0 && sentence - begin < options.max_pretext_sentences &&
         total + sentences[begin - 1].size() <= options.max_prompt_tokens) {
    total += sentences[--begin].size();
  }
  std::vector<Token> window;
  window.reserve(total - sentences[sentence].size());
  for (; begin < sentence; ++begin) window.insert(window.end(), sentences[begin].begin(), sentences[begin].end());
  return window;
}

}  // namespace memllm
