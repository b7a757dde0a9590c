// The journal's segments and chunks: when new ones begin, when old ones go.
#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "actors/store/journal_impl.hpp"
#include "messages/faults.hpp"

namespace sluice {

// A segment begins when the batch does not fit into the newest one, a chunk when it does not fit into the
// open one.
outcome<void> journal::impl::make_room(std::size_t size, std::int64_t now_ms) {
  const bool has_records = head >= out_first;
  if (has_records && out_bytes + size > segment_bytes) {
    // Only the newest segment may ever be short after a power cut, whatever the durability.
    if (auto synced = out->sync_data(); !synced) return tl::unexpected(fail_for_good(synced.error()));
    if (auto begun = begin_segment(head + 1, head, now_ms); !begun) return begun;
    if (auto noted = write_acked(head, now_ms, true); !noted) return noted;
    faults::at(faults::crash_point::after_roll);
  }
  if (open_chunk && open_chunk->capacity - open_chunk->used.load(std::memory_order_relaxed) >= size)
    return {};
  close_chunk();
  auto next = std::make_shared<tail_chunk>();
  next->capacity = std::max(size, chunk_bytes);
  next->data = pool.take(next->capacity);
  next->segment_first = out_first, next->file_offset = out_bytes, next->salt = salt;
  next->follows = out_follows;
  next->last = out_follows;
  std::lock_guard lock(tail_mutex);
  open_chunk = std::move(next);
  tail.push_back(open_chunk);
  while (tail.size() > tail_chunks) tail.pop_front();
  return {};
}

// Scans the headers of the open chunk into a block of counts; the chunk stays in the tail for readers.
void journal::impl::close_chunk() {
  if (!open_chunk) return;
  count_block block{
      open_chunk->segment_first, open_chunk->file_offset, open_chunk->follows, open_chunk->last.load(), {}};
  const char* at = open_chunk->data.get();
  for (const char* const end = at + open_chunk->used.load(); at < end;) {
    const auto batch = view_batch(at);
    count_batch(batch, 0, sources, block.per_source);
    at += batch.length;
  }
  std::lock_guard lock(tail_mutex);
  if (block.last != block.follows)
    blocks.push_back(std::move(block));
  else
    tail.pop_back(); // nothing ever got into it
  open_chunk.reset();
}

outcome<void> journal::impl::begin_segment(std::uint64_t first, std::uint64_t continues_from,
                                           std::int64_t now_ms) {
  segment_header header;
  header.epoch = epoch, header.first = first, header.continues_from = continues_from,
  header.created_ms = now_ms;
  auto made = create_segment(dir, header, sources);
  if (!made) return tl::unexpected(made.error());
  auto opened = file::open(made->path, O_RDWR);
  if (!opened) return tl::unexpected(opened.error());
  close_chunk();
  out = std::make_shared<const file>(std::move(*opened));
  out_first = first, out_bytes = made->bytes, salt = made->header.salt;
  head = first - 1, out_follows = continues_from;
  bytes.fetch_add(made->bytes, std::memory_order_relaxed);
  std::lock_guard lock(tail_mutex);
  segments.push_back(std::move(*made));
  return {};
}

outcome<void> journal::truncate(std::uint64_t keep_from, std::int64_t now_ms) {
  auto& s = *impl_;
  std::lock_guard one(s.truncate_mutex);
  std::vector<segment> old;
  {
    std::lock_guard lock(s.tail_mutex);
    for (std::size_t i = 0; i + 1 < s.segments.size(); ++i) {
      // A segment's newest record is not newer than the segment after it.
      const auto& after = s.segments[i + 1].header;
      if (after.first > keep_from || after.created_ms + s.options.journal.retain.count() > now_ms) break;
      old.push_back(s.segments[i]);
    }
  }
  if (old.empty()) return {};
  faults::at(faults::crash_point::before_truncate);
  for (const auto& gone : old) { // oldest first: what is left has no hole, wherever we die
    if (::unlink(gone.path.c_str()) != 0 && errno != ENOENT)
      return tl::unexpected(system_error(gone.path, "cannot be removed"));
    s.bytes.fetch_sub(gone.bytes, std::memory_order_relaxed);
    std::lock_guard lock(s.tail_mutex);
    s.segments.erase(s.segments.begin());
  }
  return sync_directory(s.dir);
}

} // namespace sluice
