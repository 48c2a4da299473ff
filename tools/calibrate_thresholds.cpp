// Measures which cosine thresholds suit an embedding model (docs/thresholds.md):
//   memllm_calibrate EMBEDDER.gguf DOCUMENTS.json RELATION_NAMES.json [CURVE.svg]
// DOCUMENTS: training documents in DocRED's format; RELATION_NAMES: {"P19": "place of birth", …}. Writes Markdown tables to standard output
// and the curves as SVG.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "calibration_corpus.h"
#include "embed/llama_embedder.h"
#include "memllm/error.h"
#include "query_simulation.h"
#include "relation_paraphrases.h"

namespace memllm {
namespace {

constexpr std::size_t kRandomPairs = 2'000'000;

// docs/thresholds.md says why the defaults are what they are, and what was before them.
constexpr QueryThresholds kChosen{};
constexpr QueryThresholds kFormer{0.85, 0.85, 0.90};

struct Similarities {
  std::vector<float> same, different;  // sorted

  static double share_at_least(const std::vector<float>& sorted, double threshold) {
    const auto from = std::lower_bound(sorted.begin(), sorted.end(), static_cast<float>(threshold));
    return sorted.empty() ? 0 : static_cast<double>(sorted.end() - from) / static_cast<double>(sorted.size());
  }
  double recall(double threshold) const { return share_at_least(same, threshold); }
  double false_rate(double threshold) const { return share_at_least(different, threshold); }
  double precision(double threshold) const {
    const double right = recall(threshold) * static_cast<double>(same.size());
    const double wrong = false_rate(threshold) * static_cast<double>(different.size());
    return right + wrong == 0 ? 1 : right / (right + wrong);
  }
  void sort() {
    std::sort(same.begin(), same.end());
    std::sort(different.begin(), different.end());
  }
};

std::vector<double> curve_thresholds() {
  std::vector<double> thresholds;
  for (int percent = 50; percent <= 95; percent += 5) thresholds.push_back(percent / 100.0);
  thresholds.push_back(0.97);
  thresholds.push_back(0.99);
  return thresholds;
}

using Include = std::function<bool(const CalibrationEntity&)>;

// Every pair of names within each document.
Similarities document_pairs(const CalibrationCorpus& corpus, const NameVectors& names, const Include& include) {
  Similarities result;
  auto similarity = [&](int a, int b) { return names.similarity(static_cast<std::size_t>(a), names, static_cast<std::size_t>(b)); };
  for (const CalibrationDocument& document : corpus.documents) {
    for (auto entity = document.entities.begin(); entity != document.entities.end(); ++entity) {
      if (!include(*entity)) continue;
      for (auto a = entity->names.begin(); a != entity->names.end(); ++a) {
        for (auto b = std::next(a); b != entity->names.end(); ++b) result.same.push_back(similarity(*a, *b));
        for (auto other = std::next(entity); other != document.entities.end(); ++other) {
          if (!include(*other)) continue;
          for (const int b : other->names) {
            if (!corpus.same_entity(*a, b)) result.different.push_back(similarity(*a, b));
          }
        }
      }
    }
  }
  result.sort();
  return result;
}

std::vector<float> random_pairs(const CalibrationCorpus& corpus, const NameVectors& names) {
  std::mt19937 random(1);
  std::vector<float> similarities;
  while (similarities.size() < kRandomPairs) {
    const std::size_t a = random() % corpus.names.size();
    const std::size_t b = random() % corpus.names.size();
    if (!corpus.same_entity(static_cast<int>(a), static_cast<int>(b))) similarities.push_back(names.similarity(a, names, b));
  }
  std::sort(similarities.begin(), similarities.end());
  return similarities;
}

// same: each hand-written paraphrase with its relation; different: with each other relation.
Similarities relation_pairs(const CalibrationCorpus& corpus, const NameVectors& relations) {
  Similarities result;
  for (std::size_t i = 0; i < kRelationParaphrases.size(); ++i) {
    for (std::size_t relation = 0; relation < corpus.relations.size(); ++relation) {
      const float similarity = relations.similarity(corpus.relations.size() + i, relations, relation);
      (corpus.relations[relation] == kRelationParaphrases[i].name ? result.same : result.different).push_back(similarity);
    }
  }
  result.sort();
  return result;
}

struct NearestRelation {
  float similarity = 0;
  std::string name, other;
};

// For each relation the other that is nearest, nearest first.
std::vector<NearestRelation> nearest_relations(const CalibrationCorpus& corpus, const NameVectors& relations) {
  std::vector<NearestRelation> result;
  for (std::size_t a = 0; a < corpus.relations.size(); ++a) {
    NearestRelation nearest{-1, corpus.relations[a], ""};
    for (std::size_t b = 0; b < corpus.relations.size(); ++b) {
      const float similarity = relations.similarity(a, relations, b);
      if (a != b && similarity > nearest.similarity) nearest = {similarity, corpus.relations[a], corpus.relations[b]};
    }
    result.push_back(nearest);
  }
  std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.similarity > b.similarity; });
  return result;
}

void print_entity_table(const Similarities& named, const Similarities& numbers, const std::vector<float>& random) {
  std::printf("Names: %zu pairs of one entity, %zu of different entities of a document. Times and numbers: %zu and %zu.\n\n",
              named.same.size(), named.different.size(), numbers.same.size(), numbers.different.size());
  std::printf("| threshold | recall | precision | different, per 10,000 | random, per 10,000 | times and numbers: recall | precision |\n");
  std::printf("|---|---|---|---|---|---|---|\n");
  for (const double t : curve_thresholds()) {
    std::printf("| %.2f | %.3f | %.3f | %.1f | %.2f | %.3f | %.3f |\n", t, named.recall(t), named.precision(t), 1e4 * named.false_rate(t),
                1e4 * Similarities::share_at_least(random, t), numbers.recall(t), numbers.precision(t));
  }
}

void print_relation_table(const Similarities& pairs, const std::vector<NearestRelation>& nearest) {
  std::printf("\n%zu paraphrases, %zu relations.\n\n", pairs.same.size(), nearest.size());
  std::printf("| threshold | paraphrases found | precision | relations with another at least as near |\n|---|---|---|---|\n");
  for (const double t : curve_thresholds()) {
    const auto confused = std::count_if(nearest.begin(), nearest.end(), [t](const auto& n) { return n.similarity >= t; });
    std::printf("| %.2f | %.3f | %.3f | %td |\n", t, pairs.recall(t), pairs.precision(t), confused);
  }
  std::printf("\nNearest relations:\n\n| cosine | relation | nearest other |\n|---|---|---|\n");
  for (std::size_t i = 0; i < std::min<std::size_t>(20, nearest.size()); ++i) {
    std::printf("| %.3f | %s | %s |\n", nearest[i].similarity, nearest[i].name.c_str(), nearest[i].other.c_str());
  }
}

struct Choice {
  QueryThresholds thresholds;
  double recall = 0, precision = 0, false_answers = 0;

  // Harmonic mean of recall and precision, with the precision of an answered query in which half the questions have no answer.
  double score() const { return recall + precision == 0 ? 0 : 2 * recall * precision / (recall + precision); }
};

// Each class of queries counts the same, however many queries it has.
Choice judge(const QuerySimulation& simulation, const QueryThresholds& thresholds) {
  Choice choice{thresholds};
  double right = 0;
  double wrong = 0;
  double positive_classes = 0;
  double negative_classes = 0;
  for (std::size_t i = 0; i < kQueryClassNames.size(); ++i) {
    const auto kind = static_cast<QueryClass>(i);
    const QueryQuality quality = simulation.quality(kind, thresholds);
    if (quality.queries == 0) continue;
    const auto queries = static_cast<double>(quality.queries);
    right += static_cast<double>(quality.right) / queries;
    wrong += static_cast<double>(quality.wrong) / queries;
    if (kind == QueryClass::kAbsentRelation || kind == QueryClass::kAbsentEntity) {
      choice.false_answers += static_cast<double>(quality.answered_wrong) / queries;
      ++negative_classes;
    } else {
      choice.recall += static_cast<double>(quality.answered_right) / queries;
      ++positive_classes;
    }
  }
  choice.recall /= std::max(1.0, positive_classes);
  choice.false_answers /= std::max(1.0, negative_classes);
  choice.precision = right + wrong == 0 ? 0 : right / (right + wrong);
  return choice;
}

std::vector<Choice> judge_all(const QuerySimulation& simulation) {
  std::vector<Choice> choices;
  for (int entity = 60; entity <= 95; entity += 5) {
    for (int relation = 55; relation <= 95; relation += 5) {
      for (int pair = (entity + relation) / 10 * 5; pair <= 95; pair += 5) {
        choices.push_back(judge(simulation, {entity / 100.0, relation / 100.0, pair / 100.0}));
      }
    }
  }
  std::sort(choices.begin(), choices.end(), [](const Choice& a, const Choice& b) { return a.score() > b.score(); });
  return choices;
}

void print_choice(const Choice& choice) {
  std::printf("| %.2f | %.2f | %.2f | %.3f | %.3f | %.3f | %.4f |\n", choice.thresholds.entity, choice.thresholds.relation,
              choice.thresholds.pair, choice.score(), choice.recall, choice.precision, choice.false_answers);
}

constexpr const char* kChoiceHeader =
    "| entity | relation | pair | F1 | recall | precision | false answers |\n|---|---|---|---|---|---|---|\n";

// choices: best first.
void print_choices(const QuerySimulation& simulation, const std::vector<Choice>& choices) {
  std::printf("\nThe best overall, then the best with at most so many false answers, then the defaults, then the former ones:\n\n%s",
              kChoiceHeader);
  print_choice(choices.front());
  for (const double limit : {0.08, 0.06, 0.05, 0.04, 0.03, 0.02, 0.01}) {
    const auto best = std::find_if(choices.begin(), choices.end(), [limit](const Choice& c) { return c.false_answers <= limit; });
    if (best != choices.end()) print_choice(*best);
  }
  print_choice(judge(simulation, kChosen));
  print_choice(judge(simulation, kFormer));
}

void print_queries(const QuerySimulation& simulation, const QueryThresholds& thresholds) {
  std::printf("\nWith %.2f, %.2f, %.2f:\n\n", thresholds.entity, thresholds.relation, thresholds.pair);
  std::printf("| query | queries | right pair found | some wrong pair | wrong pairs a query |\n|---|---|---|---|---|\n");
  for (std::size_t i = 0; i < kQueryClassNames.size(); ++i) {
    const QueryQuality quality = simulation.quality(static_cast<QueryClass>(i), thresholds);
    const double queries = std::max<double>(1, static_cast<double>(quality.queries));
    std::printf("| %s | %zu | %.3f | %.3f | %.3f |\n", std::string(kQueryClassNames[i]).c_str(), quality.queries,
                static_cast<double>(quality.answered_right) / queries, static_cast<double>(quality.answered_wrong) / queries,
                static_cast<double>(quality.wrong) / queries);
  }
}

struct Curve {
  std::string label, colour;
  std::function<double(double)> value;  // of a threshold, in [0, 1]
};

// Thresholds 0.5 to 1 from left to right, 0 to 1 upwards.
void write_svg(const std::string& file, const std::vector<Curve>& curves) {
  std::ofstream out(file);
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 380\" font-family=\"sans-serif\" font-size=\"12\">\n"
         "<rect width=\"640\" height=\"380\" fill=\"white\"/>\n";
  for (int i = 0; i <= 10; ++i) {
    const int x = 50 + 40 * i;
    const int y = 340 - 30 * i;
    out << "<path d=\"M" << x << " 40V340M50 " << y << "H450\" stroke=\"#ddd\"/>\n<text x=\"" << x << "\" y=\"358\" text-anchor=\"middle\">"
        << (50 + 5 * i) / 100.0 << "</text>\n<text x=\"44\" y=\"" << y + 4 << "\" text-anchor=\"end\">" << i / 10.0 << "</text>\n";
  }
  for (std::size_t c = 0; c < curves.size(); ++c) {
    out << "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"" << curves[c].colour << "\" points=\"";
    for (int i = 0; i <= 100; ++i) {
      char point[32];
      std::snprintf(point, sizeof point, "%d,%.1f ", 50 + 4 * i, 340 - 300 * curves[c].value(0.5 + i / 200.0));
      out << point;
    }
    out << "\"/>\n<text x=\"462\" y=\"" << 60 + 22 * c << "\" fill=\"" << curves[c].colour << "\">" << curves[c].label << "</text>\n";
  }
  out << "<text x=\"250\" y=\"376\" text-anchor=\"middle\">cosine threshold</text>\n</svg>\n";
  if (!out.flush()) throw Error(ErrorKind::kIo, "cannot write " + file);
}

void calibrate(int argc, char** argv) {
  const CalibrationCorpus corpus = read_calibration_corpus(argv[2], argv[3]);
  LlamaEmbedder embedder(argv[1]);
  std::vector<std::string> relation_texts = corpus.relations;
  for (const RelationParaphrase& paraphrase : kRelationParaphrases) relation_texts.emplace_back(paraphrase.paraphrase);
  const NameVectors names{embedder.dimension(), embedder.embed(corpus.names)};
  const NameVectors relations{embedder.dimension(), embedder.embed(relation_texts)};
  const Similarities named = document_pairs(corpus, names, [](const CalibrationEntity& entity) { return !entity.is_number; });
  const Similarities numbers = document_pairs(corpus, names, [](const CalibrationEntity& entity) { return entity.is_number; });
  const Similarities relation = relation_pairs(corpus, relations);
  std::printf("Embedder %s, %zu documents, %zu names.\n\n", embedder.fingerprint().c_str(), corpus.documents.size(), corpus.names.size());
  print_entity_table(named, numbers, random_pairs(corpus, names));
  print_relation_table(relation, nearest_relations(corpus, relations));
  for (const DigitRule rule : {DigitRule::kIgnore, DigitRule::kMustAgree}) {
    std::printf("\n%s\n", rule == DigitRule::kIgnore ? "Any names may match:" : "Names with different digits never match:");
    const QuerySimulation simulation(corpus, names, relations, rule);
    print_choices(simulation, judge_all(simulation));
    print_queries(simulation, kChosen);
  }
  if (argc == 5) {
    write_svg(argv[4], {{"names: recall", "#1f77b4", [&](double t) { return named.recall(t); }},
                        {"names: precision", "#d62728", [&](double t) { return named.precision(t); }},
                        {"relations: recall", "#2ca02c", [&](double t) { return relation.recall(t); }},
                        {"relations: precision", "#ff7f0e", [&](double t) { return relation.precision(t); }}});
  }
}

}  // namespace
}  // namespace memllm

int main(int argc, char** argv) try {
  if (argc != 4 && argc != 5) {
    std::fprintf(stderr, "usage: memllm_calibrate EMBEDDER.gguf DOCUMENTS.json RELATION_NAMES.json [CURVE.svg]\n");
    return 2;
  }
  memllm::calibrate(argc, argv);
} catch (const std::exception& error) {
  std::fprintf(stderr, "memllm_calibrate: %s\n", error.what());
  return 1;
}
