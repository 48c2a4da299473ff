#include "vectors/checked_file.h"

#define XXH_INLINE_ALL
#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <bit>
#include <cerrno>
#include <system_error>

#include "memllm/error.h"

namespace memllm {
namespace {

static_assert(std::endian::native == std::endian::little, "the file format is little-endian");

[[noreturn]] void throw_io(const std::string& what, const std::filesystem::path& path) {
  const int error = errno;
  throw Error(ErrorKind::kIo, "cannot " + what + " " + path.string() + ": " + std::generic_category().message(error));
}

void sync_folder(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) throw_io("open the folder", folder);
  const int result = ::fsync(handle);
  ::close(handle);
  if (result != 0) throw_io("sync the folder", folder);
}

}  // namespace

struct Checksum::State {
  XXH3_state_t xxh;
};

Checksum::Checksum() : state_(std::make_unique<State>()) { XXH3_64bits_reset(&state_->xxh); }
Checksum::~Checksum() = default;
void Checksum::update(const void* bytes, std::size_t size) { XXH3_64bits_update(&state_->xxh, bytes, size); }
std::uint64_t Checksum::value() const { return XXH3_64bits_digest(&state_->xxh); }

CheckedWriter::CheckedWriter(std::filesystem::path target) : target_(std::move(target)), temporary_(target_) {
  temporary_ += ".tmp." + std::to_string(::getpid());
  file_.reset(std::fopen(temporary_.c_str(), "wbe"));
  if (!file_) throw_io("create", temporary_);
}

CheckedWriter::~CheckedWriter() {
  if (!file_) return;
  file_.reset();
  std::error_code ignored;
  std::filesystem::remove(temporary_, ignored);
}

void CheckedWriter::write(const void* bytes, std::size_t size) {
  if (size == 0) return;
  checksum_.update(bytes, size);
  if (std::fwrite(bytes, 1, size, file_.get()) != size) throw_io("write", temporary_);
}

void CheckedWriter::commit() {
  const std::uint64_t checksum = checksum_.value();
  if (std::fwrite(&checksum, sizeof checksum, 1, file_.get()) != 1) throw_io("write", temporary_);
  if (std::fflush(file_.get()) != 0 || ::fsync(::fileno(file_.get())) != 0) throw_io("sync", temporary_);
  if (std::rename(temporary_.c_str(), target_.c_str()) != 0) throw_io("replace", target_);
  file_.reset();
  sync_folder(target_);
}

CheckedReader::CheckedReader(const std::filesystem::path& file) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::is_regular_file(file, error) ? std::filesystem::file_size(file, error) : 0;
  if (error || size < sizeof(std::uint64_t)) return;
  file_.reset(std::fopen(file.c_str(), "rbe"));
  if (file_) remaining_ = size - sizeof(std::uint64_t);
}

bool CheckedReader::read(void* bytes, std::size_t size) {
  if (!file_ || size > remaining_) return false;
  if (size == 0) return true;
  if (std::fread(bytes, 1, size, file_.get()) != size) return false;
  remaining_ -= size;
  checksum_.update(bytes, size);
  return true;
}

bool CheckedReader::finish() {
  std::uint64_t stored = 0;
  return file_ && remaining_ == 0 && std::fread(&stored, sizeof stored, 1, file_.get()) == 1 && stored == checksum_.value();
}

}  // namespace memllm
