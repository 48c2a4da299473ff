#include "memllm/session.h"

#include <utility>

#include "ask/asker.h"
#include "base/clock.h"
#include "base/file_fingerprint.h"
#include "engine/session_impl.h"
#include "infer/inference.h"
#include "language/share_folders.h"
#include "llm/llama_model.h"
#include "memllm/error.h"
#include "read/answerable_queries.h"
#include "write/learner.h"

namespace memllm {
namespace {

constexpr std::size_t kBatchPerSequence = 16;  // sentences: so that sequences which end early have more to do

std::shared_ptr<LanguageModel> load(const ModelOptions& options, const Logger& logger) {
  if (options.model.empty()) throw Error(ErrorKind::kInvalidArgument, "no model given: name a base model in GGUF form");
  if (options.parallel < 1) throw Error(ErrorKind::kInvalidArgument, "parallel must be at least 1");
  if (!options.read_adapter.empty()) (void)file_fingerprint(options.read_adapter);  // kNotFound now, not with the first question
  return load_llama_model({options.model, options.threads, options.gpu_layers, logger});
}

}  // namespace

Session::Impl::Impl(Memory::Impl& memory, std::shared_ptr<LanguageModel> model, const ModelOptions& options, std::string write_adapter)
    : memory_(memory),
      model_(std::move(model)),
      options_(options),
      write_adapter_(std::move(write_adapter)),
      format_(std::make_shared<const CallFormat>(model_, options)) {}

Reader& Session::Impl::reader() {
  if (!reader_) {
    const DecoderOptions decoder{options_.read_adapter, 1, options_.context_tokens};
    reader_.emplace(model_, format_, decoder,
                    MemoryView{[this](const Query& asked) { return memory_.inferring().query(asked, query_options_); },
                               [this](const std::string& text) {
                                 return answerable_queries(memory_.inferring(), memory_.language().words, text, query_options_);
                               },
                               [this](const Query& asked) { return memory_.language().relations.is_ambiguous(asked); }});
  }
  return *reader_;
}

Writer& Session::Impl::writer() {
  if (!writer_) writer_.emplace(model_, format_, DecoderOptions{options_.write_adapter, options_.parallel, options_.context_tokens});
  return *writer_;
}

QueryOptions Session::Impl::query_options(const ReadOptions& options) const {
  return {memory_.options.thresholds, options.max_results, options.as_of, memory_.options.name_space, memory_.options.infer};
}

LearnSummary Session::Impl::learn(std::span<const Document> documents, const WriteOptions& options, LearnMode mode,
                                  const ProgressCallback& progress, std::stop_token stop, const ReportCallback& completed) {
  const bool writes = !options_.write_adapter.empty();
  const Logger& logger = memory_.options.logger;
  if (!writes && logger) {
    logger(LogLevel::kWarning,
           "no write adapter: the base model alone cannot write facts, so only the sentences are kept; give a write adapter");
  }
  const WriteFunction write = [&](std::span<const WriteTask> tasks, const WriteOptions& write_options, const WriteSink& sink,
                                  std::stop_token write_stop) { writer().write(tasks, write_options, sink, std::move(write_stop)); };
  const bool judges = writes && !options_.answer_adapter.empty();
  const JudgeFunction judge = [&](std::span<const Sentence> sentences, const Triple& fact, const std::stop_token& judge_stop) {
    if (!judge_) {
      judge_.emplace(model_, format_, memory_.language(), DecoderOptions{options_.answer_adapter, 1, options_.context_tokens});
    }
    return (*judge_)(sentences, fact, judge_stop);
  };
  if (writes) {
    std::vector<std::string> relations = memory_.store.relations();
    const std::vector<std::string> worded = memory_.language().wordings.relations();
    relations.insert(relations.end(), worded.begin(), worded.end());
    writer().set_relations(relations);
  }
  Learner learner({memory_.store, memory_.language(), format_, writes ? write : WriteFunction(), model_->fingerprint(), write_adapter_,
                   options_.context_tokens, kBatchPerSequence * options_.parallel, logger,
                   memory_.options.clock ? memory_.options.clock : now_utc, &memory_.echo(), judges ? judge : JudgeFunction(),
                   judges ? file_fingerprint(options_.answer_adapter) : std::string()});
  LearnSummary summary = learner.learn(documents, options, mode, progress, stop, completed);
  if (mode == LearnMode::kStore) memory_.embed_sentences(progress, stop);
  return summary;
}

Completion Session::Impl::complete(const std::string& prompt, const ReadOptions& options, std::stop_token stop) {
  query_options_ = query_options(options);
  Completion completion = reader().complete(prompt, options, Reader::FirstCall::kFree, {}, std::move(stop));
  memory_.echo().remember(prompt, completion);
  return completion;
}

Answer Session::Impl::ask(const std::string& question, const ReadOptions& options, std::stop_token stop) {
  query_options_ = query_options(options);
  EmbedFunction embed = memory_.embed_function();
  if (memory_.embedder && !wordings_) {
    std::vector<std::filesystem::path> folders = {memory_.cache_folder()};
    for (std::filesystem::path& shared : shared_folders(kVectorsFolder)) folders.push_back(std::move(shared));
    wordings_.emplace(*memory_.embedder, memory_.language().wordings, folders, memory_.options.logger);
  }
  const auto query_writer = options_.read_adapter.empty() ? Asker::QueryWriter::kNone : Asker::QueryWriter::kModel;
  const InferringStore inferring = memory_.inferring();
  if (!answerer_ && !options_.answer_adapter.empty()) {
    answerer_.emplace(model_, format_, memory_.language(), DecoderOptions{options_.answer_adapter, 1, options_.context_tokens});
  }
  const SentenceSearch search(memory_.store, memory_.language().words, embed);
  std::optional<SentenceAsker> sentences;
  if (answerer_) sentences.emplace(memory_.store, memory_.language(), search, *answerer_);
  Asker asker({inferring, memory_.language(), reader(), std::move(embed), wordings_ ? &*wordings_ : nullptr, query_options_, query_writer,
               sentences ? &*sentences : nullptr, options.as_of.value_or(memory_.options.clock ? memory_.options.clock() : now_utc())});
  Answer answer;
  try {
    answer = asker.ask(question, options, std::move(stop));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kCancelled) throw;
    answer.completion.stop = Completion::Stop::kCancelled;
  }
  memory_.echo().remember(memory_.language().prompt(question), answer.completion);
  return answer;
}

Session::Session(Memory& memory, const ModelOptions& options)
    : impl_(std::make_unique<Impl>(Memory::Impl::of(memory), load(options, memory.options().logger), options,
                                   file_fingerprint(options.write_adapter))) {}

Session::Session(Session&&) noexcept = default;
Session::~Session() = default;

LearnSummary Session::learn(std::span<const Document> documents, const WriteOptions& options, LearnMode mode,
                            const ProgressCallback& progress, std::stop_token stop, const ReportCallback& completed) {
  return impl_->learn(documents, options, mode, progress, std::move(stop), completed);
}

Completion Session::complete(const std::string& prompt, const ReadOptions& options, std::stop_token stop) {
  return impl_->complete(prompt, options, std::move(stop));
}

Answer Session::ask(const std::string& question, const ReadOptions& options, std::stop_token stop) {
  return impl_->ask(question, options, std::move(stop));
}

}  // namespace memllm
