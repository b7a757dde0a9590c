#include "actors/ingest/file/file_duplicates.hpp"

#include <charconv>

namespace sluice {

bool file_duplicates::judge(const message_out& m) {
  const auto file = find_property(m.user_properties, "file"),
             offset = find_property(m.user_properties, "offset");
  if (!file || !offset) return false; // of another kind of source that had this name
  std::uint64_t at = 0;
  if (std::from_chars(offset->data(), offset->data() + offset->size(), at).ec != std::errc()) return false;
  if (last_ == nullptr || last_->first != m.topic) last_ = &*places_.try_emplace(std::string(m.topic)).first;
  auto& known = last_->second;
  if (known.identity != *file) {
    const auto identity = file_identity::parse(*file);
    if (!identity) return false;
    const bool same = !known.identity.empty() && known.at.identity.same_file(*identity);
    if (same && at <= known.at.offset) return true;
    if (!known.identity.empty() && known.at.identity.inode != identity->inode) left_.push_back(known.at);
    known.at.identity = *identity;
    known.identity = *file;
  } else if (at <= known.at.offset) {
    return true;
  }
  known.at.offset = at;
  if (!known.changed) changed_.push_back(last_);
  known.changed = true;
  return false;
}

outcome<void> file_duplicates::load(const store& state) {
  return load_rows(state, prefix_, [this](std::string_view path, std::string_view value) {
    const auto at = file_position::load(value);
    if (at) places_[std::string(path)] = {*at, at->identity.text(), false};
    return at.has_value();
  });
}

void file_duplicates::add_to(reader_part& part, std::uint64_t) {
  for (auto* changed : changed_) {
    auto& [path, place] = *changed;
    part.state.push_back({state_family::source, prefix_ + path, place.at.save()});
    place.changed = false;
  }
  changed_.clear();
  for (const auto& at : left_)
    part.state.push_back(
        {state_family::source, left_position_key(left_prefix_, at.identity.inode), at.save()});
  left_.clear();
}

} // namespace sluice
