#include "write/memory_echo.h"

#include "base/name.h"
#include "base/text.h"

namespace memllm {

void MemoryEcho::remember(std::string_view prompt, const Completion& completion) {
  const std::string whole = repair_utf8(prompt) + completion.text;
  const auto offset = static_cast<std::int64_t>(whole.size() - completion.text.size());
  bool supplied = false;
  for (const CallTrace& call : completion.calls) supplied = supplied || call.text_span.begin < call.text_span.end;
  if (!supplied) return;
  for (const Span& sentence : sentences_->split(whole)) {
    for (const CallTrace& call : completion.calls) {
      if (call.text_span.begin >= call.text_span.end) continue;
      if (sentence.begin < call.text_span.end + offset && sentence.end > call.text_span.begin + offset) {
        remember_sentence(std::string_view(whole).substr(static_cast<std::size_t>(sentence.begin),
                                                         static_cast<std::size_t>(sentence.end - sentence.begin)));
        break;
      }
    }
  }
}

bool MemoryEcho::contains(std::string_view sentence) const {
  return !hashes_.empty() && hashes_.contains(content_hash(normalised(sentence)));
}

void MemoryEcho::remember_sentence(std::string_view sentence) {
  std::string hash = content_hash(normalised(sentence));
  if (!hashes_.insert(hash).second) return;
  oldest_first_.push_back(std::move(hash));
  if (oldest_first_.size() <= kCapacity) return;
  hashes_.erase(oldest_first_.front());
  oldest_first_.pop_front();
}

}  // namespace memllm
