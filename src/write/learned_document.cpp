#include "write/learned_document.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <utility>

#include "base/name.h"
#include "base/text.h"
#include "base/utf8.h"
#include "language/mention.h"
#include "memllm/error.h"
#include "write/belief.h"
#include "write/repeated_items.h"

namespace memllm {
namespace {

// Sentences that the judge sees before one that does not name both.
constexpr std::size_t kJudgedBefore = 2;

void check_spans(const Document& document) {
  std::int64_t end = 0;
  for (const Span& span : document.sentences) {
    if (span.begin < end || span.end < span.begin || span.end > static_cast<std::int64_t>(document.text.size())) {
      throw Error(ErrorKind::kInvalidArgument, "document \"" + ellipsis(repair_utf8(document.name), 200) +
                                                   "\": sentence bounds must lie in the text, in order, without overlap");
    }
    end = span.end;
  }
}

// REQUIRES: valid UTF-8, and spans that lie in it.
void check_characters(const Document& document) {
  const auto inside = [&](std::int64_t at) {
    const auto index = static_cast<std::size_t>(at);
    return index < document.text.size() && continues_character(document.text[index]);
  };
  for (const Span& span : document.sentences) {
    if (inside(span.begin) || inside(span.end)) {
      throw Error(ErrorKind::kInvalidArgument,
                  "document \"" + ellipsis(repair_utf8(document.name), 200) + "\": a sentence begins or ends inside a character");
    }
  }
}

// How far before the window's last sentence the one stands that says the triple: 0 if the last names one of the two, for the other may be
// "she" there; else the nearest that names both, or one.
std::size_t sentences_back(const std::deque<std::string>& normalised_window, const Triple& triple) {
  const std::string subject = normalised(triple.subject), object = normalised(triple.object);
  std::optional<std::size_t> names_one;
  for (std::size_t back = 0; back < normalised_window.size(); ++back) {
    const std::string& sentence = *(normalised_window.rbegin() + static_cast<std::ptrdiff_t>(back));
    const bool names_subject = mentions(sentence, subject), names_object = mentions(sentence, object);
    if ((names_subject && names_object) || (back == 0 && (names_subject || names_object))) return back;
    if (!names_one && (names_subject || names_object)) names_one = back;
  }
  return names_one.value_or(0);
}

// "archi-\ntect" as "architect": a word that was divided at the end of a line.
std::string without_line_hyphens(std::string_view text) {
  const auto is_small = [](char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; };
  std::string joined;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t end = text[i] == '-' ? text.find_first_not_of(" \t\r", i + 1) : std::string_view::npos;
    if (end != std::string_view::npos && text[end] == '\n' && i > 0 && is_small(text[i - 1])) {
      const std::size_t next = text.find_first_not_of(" \t\r\n", end);
      if (next != std::string_view::npos && is_small(text[next])) {
        i = next - 1;
        continue;
      }
    }
    joined += text[i];
  }
  return joined;
}

std::string described(std::string_view text) { return clean_name(repair_utf8(text)); }

// "notes/garden_shed.md" → "garden shed", "pages.jsonl#Tessel" → "Tessel".
std::string title_of(std::string_view name) {
  const std::size_t part = name.rfind('#');
  if (part != std::string_view::npos && part + 1 < name.size()) return std::string(name.substr(part + 1));
  std::string title(name.substr(name.rfind('/') + 1));
  if (const std::size_t dot = title.rfind('.'); dot != std::string::npos && dot > 0 && title.size() - dot <= 6) title.resize(dot);
  std::ranges::replace(title, '_', ' ');
  return title;
}

}  // namespace

LearnedDocument::LearnedDocument(const Document& document, const Language& language, const Logger& logger)
    : language_(language),
      logger_(logger),
      name_(described(document.name)),
      title_(described(document.title)),
      author_(described(document.author)),
      date_(described(document.date)) {
  if (name_.empty()) throw Error(ErrorKind::kInvalidArgument, "a document needs a name: it identifies the document in the memory");
  check_spans(document);
  repaired_ = repair_utf8(document.text);
  const bool same = repaired_ == document.text;
  if (same) check_characters(document);
  if (same) repaired_.clear();
  text_ = same ? std::string_view(document.text) : std::string_view(repaired_);
  if (!same && logger) logger(LogLevel::kWarning, "document \"" + ellipsis(name_, 200) + "\": invalid UTF-8 was replaced by U+FFFD");
  // Repairing moves the bytes: the given bounds are void then.
  if (title_.empty()) title_ = title_of(name_);
  if (same && !document.sentences.empty()) {
    for (const Span& span : document.sentences) outlined_.push_back({span, {}, {}, false});
  } else {
    outlined_ = outline(text_, language.sentences);
  }
  for (const OutlinedSentence& sentence : outlined_) {
    const std::string_view written =
        text_.substr(static_cast<std::size_t>(sentence.span.begin), static_cast<std::size_t>(sentence.span.end - sentence.span.begin));
    if (std::string joined = without_line_hyphens(written); joined != written) joined_.emplace(spans_.size(), std::move(joined));
    spans_.push_back(sentence.span);
  }
}

std::vector<SentenceDraft> LearnedDocument::drafts() const {
  std::vector<SentenceDraft> drafts;
  for (std::size_t number = 0; number < spans_.size(); ++number) {
    if (normalised(sentence(number)).empty()) continue;
    drafts.push_back({static_cast<std::int64_t>(number), spans_[number], std::string(sentence(number)), outlined_[number].heading,
                      outlined_[number].speaker, outlined_[number].is_heading});
  }
  return drafts;
}

DocumentRecord LearnedDocument::record() const { return {name_, content_hash(text_), {}, {}, title_, author_, date_, std::nullopt, false}; }

std::string_view LearnedDocument::sentence(std::size_t number) const {
  if (const auto joined = joined_.find(number); joined != joined_.end()) return joined->second;
  const Span& span = spans_[number];
  return text_.substr(static_cast<std::size_t>(span.begin), static_cast<std::size_t>(span.end - span.begin));
}

WriteTask LearnedDocument::task(std::size_t number, const CallFormat& format, const WriteOptions& options, std::size_t max_focus_tokens) {
  if (tokens_.empty()) {
    tokens_.reserve(spans_.size());
    for (std::size_t i = 0; i < spans_.size(); ++i) {
      std::string text = clean_name(sentence(i));
      if (i > 0 && !text.empty()) text.insert(text.begin(), ' ');
      tokens_.push_back(format.text_tokens(text));
      if (tokens_.back().size() <= max_focus_tokens) continue;
      if (logger_) {
        logger_(LogLevel::kWarning, "document \"" + ellipsis(name_, 200) + "\", sentence " + std::to_string(i + 1) + ": only the first " +
                                        std::to_string(max_focus_tokens) + " of its " + std::to_string(tokens_.back().size()) +
                                        " tokens are read, for more do not fit into the context");
      }
      tokens_.back().resize(max_focus_tokens);
    }
  }
  return {pretext_window(tokens_, number, options), tokens_[number]};
}

LearnedDocument::Facts LearnedDocument::facts(const std::vector<WriteResult>& results, const WriteOptions& options,
                                              const OtherNames& other_names) const {
  Facts facts;
  std::set<std::pair<std::size_t, Triple>> listed;  // sentence, keys of the triple
  std::deque<std::string> window;                   // what the model saw at most: bounded, so that long documents stay linear
  for (std::size_t number = 0; number < results.size(); ++number) {
    window.push_back(normalised(sentence(number)));
    if (window.size() > options.max_pretext_sentences + 1) window.pop_front();
    facts.malformed += results[number].malformed_items;
    if (results[number].triples.empty()) continue;
    for (const WrittenTriple& written : results[number].triples) {
      Triple triple = written.triple;
      if (!clean(triple, window, other_names)) {
        ++facts.malformed;
        continue;
      }
      const std::size_t stated = number - sentences_back(window, triple);
      const bool is_new = listed.insert({stated, keys_of(triple)}).second;
      if (stated != number && !is_new) continue;
      const auto before = static_cast<std::ptrdiff_t>(window.size() - 1 - (number - stated));
      const std::vector<std::string> earlier(window.begin(), window.begin() + before);
      LearnedFact fact;
      fact.source = source(stated, triple, written.mean_log_probability);
      fact.doubt = written.mean_log_probability < options.min_mean_log_probability
                       ? Doubt::kScore
                       : doubt_of(triple, {sentence(stated), outlined_[stated], title_, author_, earlier, other_names}, language_);
      fact.quarantined = fact.doubt != Doubt::kNone;
      fact.triple = std::move(triple);
      facts.facts.push_back(std::move(fact));
    }
  }
  return facts;
}

void LearnedDocument::judge(std::vector<LearnedFact>& facts, const JudgeFunction& judge, const WriteOptions& options,
                            const std::stop_token& stop) const {
  for (LearnedFact& fact : facts) {
    if (fact.doubt != Doubt::kNone) continue;
    const std::vector<Sentence> stating = stating_sentences(static_cast<std::size_t>(fact.source.sentence), fact.triple);
    fact.judgement = judge(stating, fact.triple, stop);
    fact.doubt = *fact.judgement < options.min_judgement ? Doubt::kJudgement : Doubt::kNone;
    fact.quarantined = fact.doubt != Doubt::kNone;
  }
}

// The sentence, and where it does not name both, the two before it.
std::vector<Sentence> LearnedDocument::stating_sentences(std::size_t number, const Triple& triple) const {
  const std::string text = normalised(sentence(number));
  const bool names_both = mentions(text, normalised(triple.subject)) && mentions(text, normalised(triple.object));
  std::vector<Sentence> stating;
  for (std::size_t i = names_both ? number : number - std::min(number, kJudgedBefore); i <= number; ++i)
    stating.push_back(kept_sentence(i));
  return stating;
}

Sentence LearnedDocument::kept_sentence(std::size_t number) const {
  Sentence kept;
  kept.document = name_;
  kept.title = title_;
  kept.author = author_;
  kept.date = date_;
  kept.number = static_cast<std::int64_t>(number);
  kept.text = sentence(number);
  kept.heading = outlined_[number].heading;
  kept.speaker = outlined_[number].speaker;
  kept.is_heading = outlined_[number].is_heading;
  return kept;
}

bool LearnedDocument::clean(Triple& triple, const std::deque<std::string>& normalised_window, const OtherNames& other_names) const {
  for (std::string* name : {&triple.subject, &triple.relation, &triple.object}) {
    *name = clean_name(repair_utf8(*name));
    if (name->size() > kMaxNameBytes || Name(*name).is_blank()) return false;
  }
  const std::string subject = normalised(triple.subject);
  const std::string object = normalised(triple.object);
  // In one of the sentences: no name goes over a line, a cell or from one speaker to the next.
  const auto stands = [&](const std::string& key) {
    return std::ranges::any_of(normalised_window, [&](const std::string& text) { return mentions(text, key); });
  };
  const auto stands_there = [&](const std::string& name, const std::string& key) {
    if (stands(key)) return true;
    if (!other_names) return false;
    return std::ranges::any_of(other_names(name), [&](const std::string& other) { return stands(normalised(other)); });
  };
  return subject != object && stands_there(triple.subject, subject) && stands_there(triple.object, object);
}

Source LearnedDocument::source(std::size_t number, const Triple& triple, double mean_log_probability) const {
  Source source;
  source.document = name_;
  source.sentence = static_cast<std::int64_t>(number);
  source.text = sentence(number);
  source.sentence_span = spans_[number];
  source.subject_span = find_mention(source.text, triple.subject);
  source.object_span = find_mention(source.text, triple.object);
  source.author = "model";
  source.mean_log_probability = mean_log_probability;
  return source;
}

}  // namespace memllm
