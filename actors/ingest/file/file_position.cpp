#include "actors/ingest/file/file_position.hpp"

#include <charconv>

#include <xxhash.h>

namespace sluice {

namespace {

// Reads a number up to `end` (one character, or the end of the text) and removes both.
template <class T> bool take(std::string_view& text, int base, char end, T& into) noexcept {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), into, base);
  if (read.ec != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  if (end == '\0') return text.empty();
  if (text.empty() || text.front() != end) return false;
  text.remove_prefix(1);
  return true;
}

void add_hex(std::string& text, std::uint64_t value) {
  char digits[17];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, 16);
  text.append(digits, end.ptr);
}

} // namespace

std::uint64_t hash_head(std::string_view bytes) noexcept {
  return XXH3_64bits(bytes.data(), bytes.size());
}

std::string file_identity::text() const {
  std::string text;
  add_hex(text, inode);
  for (const auto part : {generation, std::uint64_t{head_bytes}, head_hash}) {
    text += '-';
    add_hex(text, part);
  }
  return text;
}

std::optional<file_identity> file_identity::parse(std::string_view text) noexcept {
  file_identity made;
  if (!take(text, 16, '-', made.inode) || !take(text, 16, '-', made.generation) ||
      !take(text, 16, '-', made.head_bytes) || !take(text, 16, '\0', made.head_hash))
    return std::nullopt;
  return made;
}

std::optional<file_position> file_position::load(std::string_view text) noexcept {
  const auto space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto identity = file_identity::parse(text.substr(0, space));
  file_position made;
  text.remove_prefix(space + 1);
  if (!identity || !take(text, 10, '\0', made.offset)) return std::nullopt;
  made.identity = *identity;
  return made;
}

std::optional<file_position> position_of(const message_out& m) noexcept {
  const auto file = find_property(m.user_properties, "file"),
             offset = find_property(m.user_properties, "offset");
  if (!file || !offset || m.replayed) return std::nullopt; // a dead letter that is replayed was read long ago
  const auto identity = file_identity::parse(*file);
  file_position made;
  auto digits = *offset;
  if (!identity || !take(digits, 10, '\0', made.offset)) return std::nullopt;
  made.identity = *identity;
  return made;
}

std::string file_positions_prefix(std::string_view source) {
  return "file|" + std::string(source) + "|";
}

std::string left_positions_prefix(std::string_view source) {
  return "left_file|" + std::string(source) + "|";
}

std::string left_position_key(const std::string& prefix, std::uint64_t inode) {
  auto key = prefix;
  add_hex(key, inode);
  return key;
}

void file_positions::take(const std::string& path, const file_position& at) {
  auto& known = by_path[path];
  if (known.identity.inode != 0 && known.identity.inode != at.identity.inode)
    left[known.identity.inode] = known;
  known = at;
}

} // namespace sluice
