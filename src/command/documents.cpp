#include "command/documents.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "memllm/error.h"

namespace memllm::cli {

std::string required_document(const Memory& memory, const std::string& given) {
  std::error_code error;
  const std::string absolute = std::filesystem::absolute(given, error).lexically_normal().string();
  const std::vector<DocumentInfo> documents = memory.documents();
  for (const std::string& name : {given, absolute}) {
    if (std::ranges::find(documents, name, &DocumentInfo::name) != documents.end()) return name;
  }
  if (const auto name = memory.document_named(given)) return *name;
  std::string alike;
  for (const DocumentInfo& document : documents) {
    if (document.name.ends_with(given)) alike += "\n  " + document.name;
  }
  throw Error(ErrorKind::kNotFound, alike.empty() ? "no document is called \"" + given + "\"; `memllm documents list` shows what there is"
                                                  : "several documents could be meant with \"" + given + "\"; name more of it:" + alike);
}

}  // namespace memllm::cli
