#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "eval/editing.h"
#include "memllm/error.h"

namespace memllm {

std::vector<ZsreEdit> read_zsre(const std::filesystem::path& file) {
  using Json = nlohmann::json;
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(ErrorKind::kNotFound, file.string() + ": cannot be opened; check the path");
  const std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad()) throw Error(ErrorKind::kIo, file.string() + ": cannot be read");
  Json json;
  try {
    json = Json::parse(content);
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::kInvalidArgument, file.string() + ": not JSON: " + repair_utf8(error.what()));
  }
  if (!json.is_array()) throw Error(ErrorKind::kInvalidArgument, file.string() + ": expected a list of edits");
  std::vector<ZsreEdit> edits;
  for (const Json& value : json) {
    const auto member = [&](const char* key) {
      const auto found = value.is_object() ? value.find(key) : value.end();
      if (!value.is_object() || found == value.end() || !found->is_string()) {
        throw Error(ErrorKind::kInvalidArgument,
                    file.string() + ": edit " + std::to_string(edits.size()) + ": \"" + key + "\" is missing or not a string");
      }
      return repair_utf8(found->get_ref<const std::string&>());
    };
    edits.push_back({member("subject"), member("prompt"), member("target_new"), member("rephrase_prompt"), member("locality_prompt"),
                     member("locality_answer"), value.contains("relation") ? member("relation") : ""});
  }
  return edits;
}

}  // namespace memllm
