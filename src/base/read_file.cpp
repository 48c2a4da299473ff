#include "base/read_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "memllm/error.h"

namespace memllm {
namespace {

constexpr std::size_t kBlockBytes = 1 << 20;

std::string reason(int error) { return std::generic_category().message(error); }

}  // namespace

// Not by a stream: its buffer throws where a read fails, and a folder can be opened.
std::string read_descriptor(int descriptor, const std::string& name) {
  std::string content;
  while (true) {
    const std::size_t size = content.size();
    content.resize(size + kBlockBytes);
    const ssize_t count = ::read(descriptor, content.data() + size, kBlockBytes);
    content.resize(size + static_cast<std::size_t>(count > 0 ? count : 0));
    if (count == 0) return content;
    if (count > 0 || errno == EINTR) continue;
    if (errno == EISDIR) throw Error(ErrorKind::kInvalidArgument, name + " is a folder; name a file");
    throw Error(ErrorKind::kIo, name + " cannot be read: " + reason(errno));
  }
}

std::string read_file(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG)) {
    throw Error(ErrorKind::kNotFound, file.string() + ": there is no such file; check the path");
  }
  if (descriptor < 0) throw Error(ErrorKind::kIo, file.string() + " cannot be opened: " + reason(errno));
  const struct Closer {
    int descriptor;
    ~Closer() { ::close(descriptor); }
  } closer{descriptor};
  return read_descriptor(descriptor, file.string());
}

}  // namespace memllm
