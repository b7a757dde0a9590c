// What the words of a window point to: freed, saved and read back.
#include <algorithm>
#include <cstring>

#include "actors/store/bytes.hpp"
#include "actors/window/aggregate_words.hpp"

namespace sluice {

void aggregates::release(std::uint64_t* window) noexcept {
  for (const auto where : text_places_)
    if (kept_type(window + where) == value_type::text) text_block::destroy(text_block::at(window[where + 3]));
  for (const auto& place : heap_places_) delete statistic(window[place.word]);
  std::fill_n(window, words_, 0);
}

// The words, then what they point to, in order of the places: texts, statistics; each as u32 length, bytes.
// In the word of a pointer stands 1 when there is something, so that equal windows are equal bytes.
void aggregates::save(std::string& out, const std::uint64_t* window) const {
  const auto begin = out.size();
  out.append(reinterpret_cast<const char*>(window), words_ * 8);
  const auto held = [&](std::size_t word) { put<std::uint64_t>(out.data() + begin + 8 * word, 1); };
  for (const auto where : text_places_) {
    if (kept_type(window + where) != value_type::text) continue;
    held(where + 3u);
    byte_writer(out).text(text_block::at(window[where + 3])->view());
  }
  for (const auto& place : heap_places_) {
    const auto* s = statistic(window[place.word]);
    if (s == nullptr) continue;
    held(place.word);
    const auto length = out.size();
    byte_writer(out).number<std::uint32_t>(0);
    s->save(out);
    put(out.data() + length, static_cast<std::uint32_t>(out.size() - length - 4));
  }
}

bool aggregates::restore(std::uint64_t* window, std::string_view& in) const {
  byte_reader from(in);
  auto taken = words_ * 8;
  const auto next = [&] {
    const auto bytes = from.text();
    taken += 4 + bytes.size();
    return bytes;
  };
  for (std::size_t i = 0; i < words_; ++i) window[i] = from.number<std::uint64_t>();
  bool ok = from.ok();
  for (const auto where : text_places_) {
    const auto type = kept_type(window + where);
    const auto text = type == value_type::text && ok ? next() : std::string_view();
    ok = ok && from.ok() && type <= value_type::text;
    if (type == value_type::text && ok)
      window[where + 3] = text_block::make(text)->word();
    else if (!ok)
      window[where + 2] = 0; // no text: nothing to free
  }
  for (const auto& place : heap_places_) {
    auto& word = window[place.word];
    const bool held = std::exchange(word, 0) != 0;
    const auto values = fields_[place.field].count;
    ok = ok && held == ((window[values] & count_mask) != 0);
    if (!held || !ok) continue;
    const auto bytes = next();
    auto made = make(place.what);
    ok = from.ok() && made->restore(bytes);
    if (ok) word = word_of(made.release());
  }
  if (ok) in.remove_prefix(taken);
  return ok;
}

} // namespace sluice
