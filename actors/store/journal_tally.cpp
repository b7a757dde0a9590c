// The ledger's view: messages received and pending per source, counted by scanning stored batch headers.
#include <algorithm>

#include "actors/store/journal_impl.hpp"

namespace sluice {

void count_batch(const batch_header& batch, std::uint64_t after, const source_numbers& sources,
                 std::vector<std::uint64_t>& into) {
  if (batch.kind != batch_kind::message || batch.last() <= after) return;
  std::size_t i = 0;
  while (i < sources.size() && sources[i].first != batch.source) ++i;
  if (i >= into.size()) into.resize(i + 1);
  into[i] += batch.last() - std::max(after, batch.first - 1);
}

outcome<journal_tally> journal::tally(std::uint64_t after) {
  auto& s = *impl_;
  std::lock_guard one(s.tally_mutex);
  journal_tally out;
  std::vector<std::uint64_t> counts;
  std::optional<count_block> partial; // the block that `after` lies in
  std::shared_ptr<const tail_chunk> open;
  std::size_t open_bytes = 0;
  std::uint64_t covered_from; // blocks and the open chunk cover everything above it
  {
    std::lock_guard lock(s.tail_mutex);
    out.visible = s.visible;
    out.received = s.sources;
    while (!s.blocks.empty() && s.blocks.front().last <= after) s.blocks.pop_front();
    open = s.open_chunk;
    if (open) open_bytes = open->used.load();
    covered_from = !s.blocks.empty() ? s.blocks.front().follows : open ? open->follows : out.visible;
    counts.resize(s.sources.size());
    for (const auto& block : s.blocks) {
      if (block.follows < after) {
        partial = block;
        continue;
      }
      for (std::size_t i = 0; i < block.per_source.size(); ++i) counts[i] += block.per_source[i];
    }
  }
  const auto walk = [&](std::optional<cursor::place::spot> start, std::uint64_t until,
                        auto&& each) -> outcome<void> {
    cursor::place at;
    at.log = &s, at.consumed = after, at.start = start;
    while (at.consumed < until) {
      batch_header batch;
      const auto there = at.next(batch);
      if (!there) return tl::unexpected(there.error());
      if (!*there) break;
      count_batch(batch, after, out.received, counts);
      each(batch, at.found);
    }
    return {};
  };
  if (partial) {
    const cursor::place::spot start{partial->segment_first, partial->file_offset, partial->follows};
    if (auto done = walk(start, partial->last, [](auto&&...) {}); !done) return tl::unexpected(done.error());
  }
  if (after < covered_from) { // what was there at open: scanned once, then kept as blocks
    std::deque<count_block> blocks;
    const auto done =
        walk(std::nullopt, covered_from, [&](const batch_header& batch, const cursor::place::spot& found) {
          const bool begins = blocks.empty() || blocks.back().segment_first != found.segment_first ||
                              found.file_offset + batch.length - blocks.back().file_offset > chunk_bytes;
          if (begins) blocks.push_back({found.segment_first, found.file_offset, found.follows, 0, {}});
          blocks.back().last = batch.last();
          count_batch(batch, 0, out.received, blocks.back().per_source);
        });
    if (!done) return tl::unexpected(done.error());
    std::lock_guard lock(s.tail_mutex);
    s.blocks.insert(s.blocks.begin(), blocks.begin(), blocks.end());
  }
  if (open) {
    const char* at = open->data.get();
    for (const char* const end = at + open_bytes; at < end;) {
      const auto batch = view_batch(at);
      count_batch(batch, after, out.received, counts);
      at += batch.length;
    }
  }
  for (std::size_t i = 0; i < out.received.size(); ++i)
    out.pending.emplace_back(out.received[i].first, counts[i]);
  return out;
}

std::vector<std::pair<std::string, std::uint64_t>> journal::count_after(std::uint64_t after) {
  auto counted = tally(after);
  return counted ? std::move(counted->pending) : std::vector<std::pair<std::string, std::uint64_t>>{};
}

} // namespace sluice
