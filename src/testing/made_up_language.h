// A language pack of a made-up language with two relations: the least that a pack holds.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace memllm {

// By name of the file; what each holds: docs/formats.md.
inline std::map<std::string, std::string> made_up_language() {
  return {{"language.tsv", "format\t1\nname\tVellish\nlocale\tde\n"},
          {"relations.tsv", "bora\t-\tperson\tplace\tone\tnot-by-object\ndaro\tP1\tplace\tperson\tmany\tboth\n"},
          {"wordings.tsv",
           "bora\tquestion_object\tBoravi {} ul?\nbora\tquestion_subject\tUl boravi ke {}?\nbora\tphrase_object\tro bora {}\n"
           "daro\tquestion_object\tDarovi {} ul?\ndaro\tquestion_subject\tUl darovi ke {}?\ndaro\tphrase_object\tro daro {}\n"},
          {"generic_wordings.tsv",
           "question_object\tUl ga {relation} {}?\nquestion_subject\tUl {relation} ga {}?\nphrase_object\tro {relation} {}\n"},
          {"rules.tsv", "inverse\tbora\t\tdaro\t1.00\n"},
          {"words.tsv", "function\tul\nfunction\tro\nfunction\tke\nasks-number\tsomat ul\npossessive\t-na\ncontraction\tul'ga\tul ga\n"},
          {"abbreviations.tsv", "Xq.\n"},
          {"prompts.tsv",
           "question\tUl: {question}\\nVa: \nanswer-stop\t\\n\nanswer-joint\t Va: \n"
           "sentence-question\tUl: {question}\\nVa:\nsentence-question-by\tUl {asker}: {question}\\nVa:\npassage-author\t ke {author}\n"
           "yes\tvo\nno\tne\nnot-stated\tnul\nno-but\tne: {answers}\ncount\t{number}: {answers}\n"},
          {"roles.tsv", ""}};
}

inline void write_language(const std::filesystem::path& folder, const std::map<std::string, std::string>& files) {
  std::filesystem::create_directories(folder);
  for (const auto& [name, content] : files) std::ofstream(folder / name, std::ios::binary) << content;
}

}  // namespace memllm
