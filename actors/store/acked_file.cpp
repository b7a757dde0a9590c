#include "actors/store/acked_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <xxhash.h>

#include "actors/store/bytes.hpp"

namespace sluice {

namespace {

// slot: 0 "SLUICEA1"  8 u64 turn  16 u64 sequence  24 u64 XXH3-64 of bytes 0..23; the second one at offset
// 512
constexpr std::size_t slot_bytes = 32, slot_distance = 512, file_bytes = slot_distance + slot_bytes;
constexpr char magic[9] = "SLUICEA1";

struct slots {
  std::uint64_t sequence = 0, turn = 0;
  bool any = false, empty = true;
};

outcome<slots> read_slots(const file& from) {
  char bytes[file_bytes] = {};
  const auto got = from.read_at(bytes, sizeof bytes, 0);
  if (!got) return tl::unexpected(got.error());
  slots out;
  out.empty =
      std::all_of(bytes, bytes + sizeof bytes, [](char c) { return c == 0; }); // a power cut while created
  for (std::size_t at : {std::size_t{0}, slot_distance}) {
    const char* s = bytes + at;
    if (std::memcmp(s, magic, 8) != 0 || load<std::uint64_t>(s + 24) != XXH3_64bits(s, 24)) continue;
    const auto turn = load<std::uint64_t>(s + 8);
    if (out.any && turn < out.turn) continue;
    out.any = true, out.turn = turn, out.sequence = load<std::uint64_t>(s + 16);
  }
  if (!out.any && !out.empty)
    return fail(ec::corrupt,
                from.path() + ": damaged at offset 0: neither copy of the acknowledged sequence is valid");
  return out;
}

} // namespace

outcome<acked_file> acked_file::open(const std::string& dir) {
  acked_file out;
  auto opened = file::open(dir + "/acked", O_RDWR | O_CREAT);
  if (!opened) return tl::unexpected(opened.error());
  out.file_ = std::move(*opened);
  if (::flock(out.file_.fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return fail(ec::storage, dir + ": is in use by another process");
    return tl::unexpected(system_error(out.file_.path(), "cannot be locked"));
  }
  const auto found = read_slots(out.file_);
  if (!found) return tl::unexpected(found.error());
  out.sequence_ = found->sequence, out.turn_ = found->turn, out.created_ = found->empty;
  if (out.created_) {
    for (int i = 0; i < 2; ++i) // both copies exist from the beginning
      if (auto done = out.write(0); !done) return tl::unexpected(done.error());
    if (auto done = sync_directory(dir); !done) return tl::unexpected(done.error());
  }
  return out;
}

outcome<std::uint64_t> acked_file::read(const std::string& dir) {
  auto in = file::open(dir + "/acked", O_RDONLY);
  if (!in && errno == ENOENT) return std::uint64_t{0};
  if (!in) return tl::unexpected(in.error());
  const auto found = read_slots(*in);
  if (!found) return tl::unexpected(found.error());
  return found->sequence;
}

outcome<void> acked_file::write(std::uint64_t sequence) {
  if (sequence < sequence_) return {};
  char s[slot_bytes];
  std::memcpy(s, magic, 8);
  put(s + 8, turn_ + 1);
  put(s + 16, sequence);
  put(s + 24, static_cast<std::uint64_t>(XXH3_64bits(s, 24)));
  auto done = file_.write_at(s, sizeof s, (turn_ + 1) % 2 * slot_distance);
  if (done) done = file_.sync_data();
  if (done) ++turn_, sequence_ = sequence;
  return done;
}

} // namespace sluice
