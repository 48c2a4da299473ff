#include "base/scratch_folder.h"

#include <cstdlib>
#include <string>
#include <system_error>

#include "memllm/error.h"

namespace memllm {

ScratchFolder::ScratchFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "memllm-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr)
    throw Error(ErrorKind::kIo, "cannot make a folder like " + name + "; set TMPDIR to a folder that you may write to");
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace memllm
