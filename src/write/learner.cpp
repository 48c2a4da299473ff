#include "write/learner.h"

#include <chrono>
#include <cmath>
#include <deque>
#include <set>
#include <utility>

#include "base/cancellation.h"
#include "base/clock.h"
#include "base/name.h"
#include "base/text.h"
#include "memllm/error.h"
#include "write/belief.h"
#include "write/check_write_options.h"
#include "write/learned_document.h"

namespace memllm {
namespace {

constexpr auto kProgressInterval = std::chrono::milliseconds(250);

// The writer of a document of which only the sentences are kept so far.
constexpr const char* kSentencesOnly = "sentences";

// Part of the writer's fingerprint: another value means that documents are learned again.
std::string describe(const WriteOptions& options, std::size_t context_tokens, const std::string& judged_by) {
  return std::string("5|").append(std::to_string(context_tokens)) + '|' + std::to_string(options.late_stopping) + '|' +
         std::to_string(options.more_facts) + '|' + std::to_string(options.close_probability) + '|' +
         std::to_string(options.max_call_tokens) + '|' + std::to_string(options.max_pretext_sentences) + '|' +
         std::to_string(options.max_prompt_tokens) + '|' + std::to_string(options.min_mean_log_probability) + '|' +
         std::to_string(static_cast<int>(options.decoding)) + '|' + std::to_string(static_cast<int>(options.end_at_strange_names)) +
         (options.open_relations ? "|open" : "") + (judged_by.empty() ? "" : "|" + judged_by + "|" + std::to_string(options.min_judgement));
}

}  // namespace

Learner::Learner(Parts parts) : parts_(std::move(parts)) {}

// One call of learn.
class Learner::Run {
 public:
  Run(const Parts& parts, std::span<const Document> documents, const WriteOptions& options, LearnMode mode,
      const ProgressCallback& progress, std::stop_token stop, const ReportCallback& completed)
      : parts_(parts),
        documents_(documents),
        options_(options),
        mode_(mode),
        progress_(progress),
        stop_(std::move(stop)),
        completed_callback_(completed),
        writer_(content_hash(parts.model + '|' + parts.adapter + '|' + describe(options, parts.context_tokens, parts.judged_by))),
        reports_(documents.size()),
        is_completed_(documents.size(), false) {}

  LearnSummary operator()() {
    try {
      learn_all();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kCancelled) throw;
      summary_.cancelled = true;
    }
    for (std::size_t i = 0; i < reports_.size(); ++i) {
      if (is_completed_[i]) summary_.documents.push_back(std::move(reports_[i]));
    }
    return std::move(summary_);
  }

 private:
  struct Work {
    std::size_t index = 0;  // of the document
    DocumentRecord record;
    std::unique_ptr<LearnedDocument> document;
    std::vector<WriteResult> results;  // one a sentence
    bool is_kept = false;              // its sentences are those that the memory has
    std::size_t handed_out = 0;        // sentences
    std::size_t written = 0;
  };

  void learn_all() {
    prepare();
    if (mode_ == LearnMode::kStore) keep_sentences();
    if (!parts_.write) return;
    while (!work_.empty()) {
      commit_completed();
      if (work_.empty()) break;
      write_batch();
    }
    report_progress(documents_.empty() ? std::string_view() : std::string_view(documents_.back().name), true);
  }

  void prepare() {
    for (std::size_t i = 0; i < documents_.size(); ++i) {
      throw_if_stopped(stop_);
      Work work;
      work.index = i;
      work.document = std::make_unique<LearnedDocument>(documents_[i], parts_.language, parts_.logger);
      DocumentReport& report = reports_[i];
      report.document = work.document->name();
      if (!names_.insert(report.document).second) {
        throw Error(ErrorKind::kInvalidArgument, "two documents are called \"" + ellipsis(report.document, 200) +
                                                     "\", and the one would replace the other: give one of them another name");
      }
      work.record = work.document->record();
      work.record.writer = writer_;
      const auto known = parts_.store.document(work.record.name);
      work.is_kept = known && known->content_hash == work.record.content_hash && known->title == work.record.title &&
                     known->author == work.record.author && known->date == work.record.date;
      const bool same = work.is_kept && (known->writer == writer_ || !parts_.write);
      const bool was_written = known && known->writer != kSentencesOnly;
      report.state = was_written || (known && !work.is_kept) ? DocumentReport::State::kRelearned : DocumentReport::State::kLearned;
      report.sentences = work.document->sentences();
      if (same && mode_ == LearnMode::kStore) {
        report.state = DocumentReport::State::kUnchanged;
        report_completed(i);
        continue;
      }
      work.results.resize(report.sentences);
      total_ += report.sentences;
      work_.push_back(std::move(work));
    }
  }

  // The model's own text is no source.
  std::vector<SentenceDraft> kept_sentences(const Work& work) const {
    std::vector<SentenceDraft> drafts = work.document->drafts();
    if (parts_.echo) std::erase_if(drafts, [&](const SentenceDraft& draft) { return parts_.echo->contains(draft.text); });
    return drafts;
  }

  // Of all documents, before any fact is written: from here on they can be searched.
  void keep_sentences() {
    for (Work& work : work_) {
      throw_if_stopped(stop_);
      if (!learn_)
        learn_ =
            parts_.store.begin_learn("learned " + std::to_string(work_.size()) + (work_.size() == 1 ? " document" : " documents"), "user");
      work.record.learn = learn_;
      if (work.is_kept) continue;
      DocumentRecord record = work.record;
      record.writer = kSentencesOnly;
      record.learned_at = parts_.clock();
      record.keep_facts = true;
      reports_[work.index].retracted += parts_.store.put_document(record, {}, kept_sentences(work)).retracted.size();
      if (!parts_.write) report_completed(work.index);
    }
    if (!parts_.write) work_.clear();
  }

  void write_batch() {
    throw_if_stopped(stop_);
    std::vector<WriteTask> tasks;
    std::vector<std::pair<Work*, std::size_t>> owners;
    for (Work& work : work_) {
      while (work.handed_out < work.results.size() && tasks.size() < parts_.batch_sentences) {
        const std::size_t number = work.handed_out++;
        const std::string_view sentence = work.document->sentence(number);
        const bool echo = parts_.echo && parts_.echo->contains(sentence);
        if (echo) leave_out(work, number);
        if (echo || normalised(sentence).empty()) {
          ++work.written;
          ++done_;
          continue;
        }
        tasks.push_back(work.document->task(number, *parts_.format, options_, max_focus_tokens(options_, parts_.context_tokens)));
        owners.emplace_back(&work, number);
      }
      if (tasks.size() == parts_.batch_sentences) break;
    }
    if (tasks.empty()) return;
    report_progress(owners.front().first->record.name, false);
    // A document is stored as soon as its last sentence and all documents before it are written, not only when the batch is.
    const WriteSink sink = [&](std::size_t task, WriteResult result) {
      const auto [work, number] = owners[task];
      const std::size_t document = work->index;
      work->results[number] = std::move(result);
      ++work->written;
      ++done_;
      commit_completed();
      report_progress(reports_[document].document, false);
    };
    parts_.write(tasks, options_, sink, stop_);
  }

  // The model's own text is no source. The document is recorded as by another writer, so that a memory opened anew reads it whole.
  void leave_out(Work& work, std::size_t number) const {
    if (parts_.logger) {
      parts_.logger(LogLevel::kWarning, "document \"" + ellipsis(work.record.name, 200) + "\", sentence " + std::to_string(number + 1) +
                                            " is not learned: it is what the model itself wrote from the memory");
    }
    work.record.writer = content_hash(writer_ + "|without echo");
  }

  void commit_completed() {
    while (!work_.empty() && work_.front().written == work_.front().results.size()) {
      commit(work_.front());
      report_completed(work_.front().index);
      work_.pop_front();
    }
  }

  void commit(Work& work) {
    auto learned =
        work.document->facts(work.results, options_, [this](const std::string& name) { return parts_.store.entity_names(name); });
    if (parts_.judge) work.document->judge(learned.facts, parts_.judge, options_, stop_);
    DocumentReport& report = reports_[work.index];
    report.malformed = learned.malformed;
    report.facts = std::move(learned.facts);
    std::vector<Statement> statements;
    const Timestamp now = parts_.clock();
    for (LearnedFact& fact : report.facts) {
      fact.source.model = parts_.model;
      fact.source.adapter = parts_.adapter;
      fact.source.asserted_at = now;
      report.quarantined += fact.quarantined ? 1 : 0;
      statements.push_back({fact.triple, fact.source, std::nullopt, std::nullopt, fact.quarantined, in_words(fact.doubt)});
    }
    facts_ += statements.size() - report.quarantined;
    if (mode_ == LearnMode::kDryRun) return;
    work.record.learned_at = now;
    const DocumentChange change = parts_.store.put_document(work.record, statements, kept_sentences(work));
    for (std::size_t i = 0; i < report.facts.size(); ++i) report.facts[i].id = change.facts[i];
    for (const std::size_t i : change.rejected) {
      LearnedFact& fact = report.facts[i];
      report.quarantined -= fact.quarantined ? 1 : 0;
      facts_ -= fact.quarantined ? 0 : 1;
      fact.quarantined = false;
      fact.rejected = true;
      ++report.rejected;
    }
    report.retracted += change.retracted.size();
  }

  void report_completed(std::size_t document) {
    is_completed_[document] = true;
    if (completed_callback_) completed_callback_(reports_[document]);
  }

  void report_progress(std::string_view what, bool last) {
    if (!progress_) return;
    const auto now = std::chrono::steady_clock::now();
    if (!last && now - reported_ < kProgressInterval) return;
    reported_ = now;
    progress_({done_, total_, facts_, what});
  }

  const Parts& parts_;
  std::span<const Document> documents_;
  const WriteOptions& options_;
  LearnMode mode_;
  const ProgressCallback& progress_;
  std::stop_token stop_;
  const ReportCallback& completed_callback_;
  std::string writer_;
  std::optional<EventId> learn_;  // what the changes are parts of
  LearnSummary summary_;
  std::vector<DocumentReport> reports_;  // of all documents
  std::vector<bool> is_completed_;
  std::set<std::string> names_;  // of the documents
  std::deque<Work> work_;
  std::size_t total_ = 0, done_ = 0, facts_ = 0;  // sentences, sentences, facts
  std::chrono::steady_clock::time_point reported_;
};

LearnSummary Learner::learn(std::span<const Document> documents, const WriteOptions& options, LearnMode mode,
                            const ProgressCallback& progress, std::stop_token stop, const ReportCallback& completed) {
  check_write_options(options);  // before documents are looked at
  if (parts_.write) (void)max_focus_tokens(options, parts_.context_tokens);
  return Run(parts_, documents, options, mode, progress, std::move(stop), completed)();
}

}  // namespace memllm
