#include "actors/store/outbox.hpp"

#include <algorithm>

#include "actors/store/bytes.hpp"
#include "actors/store/store.hpp"

namespace sluice {

namespace {

constexpr std::uint8_t version = 1;

bool takes(const std::vector<std::string>& pipelines, std::string_view name) {
  return std::find(pipelines.begin(), pipelines.end(), name) != pipelines.end();
}

} // namespace

std::string encode_outbox(std::string_view pipeline, const result_record& r) {
  std::string out;
  out.reserve(16 + pipeline.size() + r.identity.size() + r.json.size());
  byte_writer(out).number(version).number(r.revision).text(pipeline).text(r.identity);
  out += r.json;
  return out;
}

std::optional<outbox_record> decode_outbox(std::uint64_t sequence, std::string_view value) {
  byte_reader in(value);
  if (in.number<std::uint8_t>() != version) return std::nullopt;
  outbox_record out;
  out.sequence = sequence;
  out.revision = in.number<std::uint32_t>();
  out.pipeline = in.text();
  out.identity = in.text();
  if (!in.ok()) return std::nullopt;
  out.json = value.substr(1 + 4 + 4 + out.pipeline.size() + 4 + out.identity.size());
  return out;
}

std::string_view outbox_pipeline(std::string_view value) noexcept {
  byte_reader in(value);
  in.number<std::uint8_t>();
  in.number<std::uint32_t>();
  return in.text();
}

std::string encode_cursor(const sink_cursor& c) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  for (const auto s : c.above) {
    if (!ranges.empty() && ranges.back().second + 1 == s)
      ranges.back().second = s;
    else
      ranges.emplace_back(s, s);
  }
  std::string out;
  byte_writer to(out);
  to.number(version).number(c.acked).number(static_cast<std::uint32_t>(ranges.size()));
  for (const auto& [first, last] : ranges) to.number(first).number(last);
  to.text(c.mark);
  return out;
}

std::optional<sink_cursor> decode_cursor(std::string_view bytes) {
  byte_reader in(bytes);
  if (in.number<std::uint8_t>() != version) return std::nullopt;
  sink_cursor out;
  out.acked = in.number<std::uint64_t>();
  for (auto n = in.number<std::uint32_t>(); n > 0 && in.ok(); --n) {
    const auto first = in.number<std::uint64_t>(), last = in.number<std::uint64_t>();
    if (!in.ok() || first <= out.acked || last < first || last - first > (1u << 24)) return std::nullopt;
    for (auto s = first; s <= last; ++s) out.above.push_back(s);
  }
  out.mark = in.text();
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return out;
}

std::size_t outbox_counts::index(std::string_view pipeline) {
  const auto it = std::find(names_.begin(), names_.end(), pipeline);
  if (it != names_.end()) return static_cast<std::size_t>(it - names_.begin());
  names_.emplace_back(pipeline);
  return names_.size() - 1;
}

outcome<outbox_counts::sums*> outbox_counts::block(std::uint64_t number, const rocks::snapshot* at) {
  const auto known = full_.find(number);
  if (known != full_.end()) return &known->second;
  sums found;
  const auto done = db_.scan(
      family::outbox, big_endian(number * block_size), big_endian((number + 1) * block_size),
      [&](std::string_view, std::string_view value) {
        const auto i = index(outbox_pipeline(value));
        if (i >= found.size()) found.resize(i + 1);
        ++found[i];
        return true;
      },
      at);
  if (!done) return tl::unexpected(done.error());
  return &(full_[number] = std::move(found));
}

outcome<std::uint64_t> outbox_counts::pending(const std::vector<std::string>& pipelines,
                                              const sink_cursor& cursor, std::uint64_t head,
                                              const rocks::snapshot* at) {
  std::lock_guard lock(mutex_);
  const auto known_to = std::max(cursor.acked, cursor.above.empty() ? 0 : cursor.above.back());
  std::uint64_t count = 0;
  for (auto next = cursor.acked + 1; next <= head;) {
    const auto number = block_of(next);
    const auto end = (number + 1) * block_size;
    if (number * block_size > known_to && end - 1 <= head) {
      const auto sum = block(number, at);
      if (!sum) return tl::unexpected(sum.error());
      for (const auto& p : pipelines)
        if (const auto i = index(p); i < (*sum)->size()) count += (**sum)[i];
    } else {
      const auto done = db_.scan(
          family::outbox, big_endian(next), big_endian(std::min(end, head + 1)),
          [&](std::string_view key, std::string_view value) {
            const auto sequence = from_big_endian(key);
            const bool acknowledged = std::binary_search(cursor.above.begin(), cursor.above.end(), sequence);
            if (!acknowledged && takes(pipelines, outbox_pipeline(value))) ++count;
            return true;
          },
          at);
      if (!done) return tl::unexpected(done.error());
    }
    next = end;
  }
  return count;
}

bool outbox_counts::known_empty(std::uint64_t sequence, const std::vector<std::string>& pipelines) {
  std::lock_guard lock(mutex_);
  const auto it = full_.find(block_of(sequence));
  if (it == full_.end()) return false;
  for (const auto& p : pipelines)
    if (const auto i = index(p); i < it->second.size() && it->second[i] > 0) return false;
  return true;
}

void outbox_counts::forget_below(std::uint64_t sequence) {
  std::lock_guard lock(mutex_);
  full_.erase(full_.begin(), full_.lower_bound(block_of(sequence)));
}

} // namespace sluice
