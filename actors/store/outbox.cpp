#include "actors/store/outbox.hpp"

#include <algorithm>

#include "actors/store/bytes.hpp"
#include "actors/store/store.hpp"

namespace sluice {

namespace {

constexpr std::uint8_t version = 1, routed_version = 2; // of records; cursors have version 1

bool takes(const std::vector<std::string>& pipelines, std::string_view name) {
  return std::find(pipelines.begin(), pipelines.end(), name) != pipelines.end();
}

} // namespace

std::string encode_outbox(std::string_view pipeline, const result_record& r) {
  std::string out;
  out.reserve(24 + pipeline.size() + r.identity.size() + r.not_to.size() + r.json.size());
  const bool routed = !r.not_to.empty();
  byte_writer to(out);
  to.number(routed ? routed_version : version).number(r.revision).text(pipeline).text(r.identity);
  if (routed) to.text(r.not_to);
  out += r.json;
  return out;
}

std::optional<outbox_record> decode_outbox(std::uint64_t sequence, std::string_view value) {
  byte_reader in(value);
  const auto v = in.number<std::uint8_t>();
  if (v != version && v != routed_version) return std::nullopt;
  outbox_record out;
  out.sequence = sequence;
  out.revision = in.number<std::uint32_t>();
  out.pipeline = in.text();
  out.identity = in.text();
  auto head = 1 + 4 + 4 + out.pipeline.size() + 4 + out.identity.size();
  if (v == routed_version) head += 4 + in.text().size();
  if (!in.ok()) return std::nullopt;
  out.json = value.substr(head);
  return out;
}

outbox_route route_of(std::string_view value) noexcept {
  byte_reader in(value);
  const auto v = in.number<std::uint8_t>();
  in.number<std::uint32_t>();
  outbox_route out{in.text(), {}};
  if (v != routed_version) return out;
  in.text(); // identity
  out.not_to = in.text();
  return out;
}

bool outbox_route::leads_to(std::string_view sink, const std::vector<std::string>& pipelines) const noexcept {
  if (!takes(pipelines, pipeline)) return false;
  for (auto left = not_to; !left.empty();) {
    const auto comma = left.find(',');
    if (left.substr(0, comma) == sink) return false;
    left = comma == left.npos ? std::string_view{} : left.substr(comma + 1);
  }
  return true;
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

std::size_t outbox_counts::index(const outbox_route& route) {
  const auto it = std::find_if(routes_.begin(), routes_.end(), [&](const auto& known) {
    return known.first == route.pipeline && known.second == route.not_to;
  });
  if (it != routes_.end()) return static_cast<std::size_t>(it - routes_.begin());
  routes_.emplace_back(route.pipeline, route.not_to);
  return routes_.size() - 1;
}

std::uint64_t outbox_counts::sum_for(std::string_view sink, const std::vector<std::string>& pipelines,
                                     const sums& block) const noexcept {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < block.size(); ++i)
    if (block[i] > 0 && outbox_route{routes_[i].first, routes_[i].second}.leads_to(sink, pipelines))
      count += block[i];
  return count;
}

outcome<outbox_counts::sums*> outbox_counts::block(std::uint64_t number, const rocks::snapshot* at) {
  const auto known = full_.find(number);
  if (known != full_.end()) return &known->second;
  sums found;
  const auto done = db_.scan(
      family::outbox, big_endian(number * block_size), big_endian((number + 1) * block_size),
      [&](std::string_view, std::string_view value) {
        const auto i = index(route_of(value));
        if (i >= found.size()) found.resize(i + 1);
        ++found[i];
        return true;
      },
      at);
  if (!done) return tl::unexpected(done.error());
  return &(full_[number] = std::move(found));
}

outcome<std::uint64_t> outbox_counts::pending(std::string_view sink,
                                              const std::vector<std::string>& pipelines,
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
      count += sum_for(sink, pipelines, **sum);
    } else {
      const auto done = db_.scan(
          family::outbox, big_endian(next), big_endian(std::min(end, head + 1)),
          [&](std::string_view key, std::string_view value) {
            const auto sequence = from_big_endian(key);
            const bool acknowledged = std::binary_search(cursor.above.begin(), cursor.above.end(), sequence);
            if (!acknowledged && route_of(value).leads_to(sink, pipelines)) ++count;
            return true;
          },
          at);
      if (!done) return tl::unexpected(done.error());
    }
    next = end;
  }
  return count;
}

bool outbox_counts::known_empty(std::uint64_t sequence, std::string_view sink,
                                const std::vector<std::string>& pipelines) {
  std::lock_guard lock(mutex_);
  const auto it = full_.find(block_of(sequence));
  return it != full_.end() && sum_for(sink, pipelines, it->second) == 0;
}

void outbox_counts::forget_below(std::uint64_t sequence) {
  std::lock_guard lock(mutex_);
  full_.erase(full_.begin(), full_.lower_bound(block_of(sequence)));
}

} // namespace sluice
