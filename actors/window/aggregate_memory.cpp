// What the words of a window point to: freed, saved and read back.
#include <algorithm>
#include <cstring>

#include "actors/window/aggregate_words.hpp"

namespace sluice {

void aggregates::release(std::uint64_t* window) noexcept {
  for (const auto where : text_places_)
    if (kept_type(window + where) == value_type::text) text_block::destroy(text_block::at(window[where + 3]));
  std::fill_n(window, words_, 0);
}

void aggregates::save(std::string& out, const std::uint64_t* window) const {
  const auto begin = out.size();
  out.append(reinterpret_cast<const char*>(window), words_ * 8);
  for (const auto where :
       text_places_) { // in place of a pointer zero, and behind all words what it points to
    if (kept_type(window + where) != value_type::text) continue;
    std::memset(out.data() + begin + 8 * (where + 3u), 0, 8);
    const auto* text = text_block::at(window[where + 3]);
    out.append(reinterpret_cast<const char*>(&text->length), sizeof text->length);
    out.append(text->view());
  }
}

bool aggregates::restore(std::uint64_t* window, std::string_view& in) const {
  if (in.size() < words_ * 8) return false;
  std::memcpy(window, in.data(), words_ * 8);
  in.remove_prefix(words_ * 8);
  bool ok = true;
  for (const auto where : text_places_) {
    if (kept_type(window + where) > value_type::text) ok = false;
    if (kept_type(window + where) != value_type::text) continue;
    std::uint32_t length = 0;
    if (in.size() >= sizeof length) std::memcpy(&length, in.data(), sizeof length);
    if (!ok || in.size() < sizeof length || in.size() - sizeof length < length) {
      ok = false, window[where + 2] = 0; // no text: nothing to free
      continue;
    }
    window[where + 3] = text_block::make(in.substr(sizeof length, length))->word();
    in.remove_prefix(sizeof length + length);
  }
  return ok;
}

} // namespace sluice
