#include <nlohmann/json.hpp>

#include "base/read_file.h"
#include "base/text.h"
#include "eval/editing.h"
#include "memllm/error.h"

namespace memllm {

std::vector<ZsreEdit> read_zsre(const std::filesystem::path& file) {
  using Json = nlohmann::json;
  Json json;
  try {
    json = Json::parse(read_file(file));
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
