// Reading the journal: batches from the memory tail or from the files, with one parser.
#include <algorithm>

#include <fcntl.h>

#include "actors/store/journal_impl.hpp"

namespace sluice {

error journal::cursor::place::damaged(const std::string& what) const {
  return {ec::corrupt, from.path + ": damaged at offset " + std::to_string(offset) + ": " + what};
}

outcome<bool> journal::cursor::place::next(batch_header& out) {
  const auto visible = log->visible.load(); // sequentially consistent with the wake-up flag
  while (consumed < visible) {
    if (memory) {
      const auto used = memory->used.load(std::memory_order_acquire);
      if (at == memory->data.get() + used) {
        if (auto there = locate(visible, chunk_bytes); !there) return tl::unexpected(there.error());
        continue;
      }
      out = view_batch(at);
      found = {memory->segment_first,
               memory->file_offset + static_cast<std::uint64_t>(at - memory->data.get()), out.first - 1};
      at += out.length;
    } else {
      const auto brought = next_in_file(out, visible);
      if (!brought) return brought;
      if (!*brought) continue;
    }
    if (out.last() <= consumed) continue; // below the start
    before = consumed, consumed = out.last(), started = true;
    return true;
  }
  return false;
}

// false: try again, the place has changed.
outcome<bool> journal::cursor::place::next_in_file(batch_header& out, std::uint64_t visible) {
  if (!in || at == end || expected > trusted) {
    if (auto there = locate(visible, chunk_bytes); !there) return tl::unexpected(there.error());
    return false;
  }
  const auto available = static_cast<std::size_t>(end - at);
  switch (read_batch(at, available, from.header.salt, out)) {
  case batch_state::bad:
    return tl::unexpected(damaged("not a batch, or its checksum does not match"));
  case batch_state::incomplete: {
    const auto wanted = std::max<std::size_t>(out.length, batch_header_bytes);
    const bool read_from_here = at == chunk.get();
    if (auto there = locate(visible, std::max(wanted, chunk_bytes)); !there)
      return tl::unexpected(there.error());
    if (!memory &&
        (offset + wanted > from.bytes || (read_from_here && static_cast<std::size_t>(end - at) < wanted)))
      return tl::unexpected(damaged("the file ends inside a batch"));
    return false;
  }
  case batch_state::good:
    break;
  }
  found = {from.first(), offset, passed};
  if (out.first != expected)
    return tl::unexpected(
        damaged("sequence " + std::to_string(out.first) + " (want " + std::to_string(expected) + ")"));
  at += out.length, offset += out.length;
  if (out.kind == batch_kind::sources) return false;
  passed = out.last(), expected = passed + 1;
  return true;
}

outcome<void> journal::cursor::place::enter(segment next) {
  if (next.opened) {
    in = next.opened;
  } else {
    auto opened = file::open(next.path, O_RDONLY);
    if (!opened) return tl::unexpected(opened.error());
    in = std::make_shared<const file>(std::move(*opened));
  }
  from = std::move(next);
  passed = from.header.continues_from, expected = from.first(), offset = segment_header_bytes;
  if (start && start->segment_first == from.first() && start->file_offset > offset)
    passed = start->follows, expected = passed + 1, offset = start->file_offset;
  start.reset();
  return {};
}

// Finds where consumed + 1 is, in memory if it is there, and reads `bytes` when it is not.
outcome<void> journal::cursor::place::locate(std::uint64_t visible, std::size_t bytes) {
  const auto need = consumed + 1;
  std::optional<segment> next;
  {
    std::lock_guard lock(log->tail_mutex);
    for (auto it = log->tail.rbegin(); it != log->tail.rend(); ++it) {
      const auto& c = **it;
      if (c.follows >= need || need > c.last.load(std::memory_order_relaxed)) continue;
      memory = *it, chunk = c.data, at = chunk.get(), in.reset();
      return {};
    }
    memory.reset();
    const auto& all = log->segments;
    if (in) {
      const auto it =
          std::find_if(all.begin(), all.end(), [&](const segment& s) { return s.first() >= from.first(); });
      if (it != all.end() && it->first() == from.first()) from.bytes = it->bytes;
      if (offset >= from.bytes) {
        const auto after =
            std::find_if(all.begin(), all.end(), [&](const segment& s) { return s.first() > from.first(); });
        if (after == all.end())
          return tl::unexpected(damaged("the file ends before sequence " + std::to_string(visible)));
        next = *after;
      }
    } else {
      auto it = std::find_if(all.rbegin(), all.rend(),
                             [&](const segment& s) { return s.header.continues_from < need; });
      if (it == all.rend() && !started && !all.empty()) --it; // begins with the first one kept
      if (it == all.rend())
        return fail(ec::corrupt, log->dir + ": sequence " + std::to_string(need) + " is not there any more");
      next = *it;
    }
  }
  if (next) {
    if (in && next->header.continues_from != passed)
      return fail(ec::corrupt, next->path + ": damaged at offset 0: continues from sequence " +
                                   std::to_string(next->header.continues_from) + " (want " +
                                   std::to_string(passed) + ")");
    if (auto entered = enter(std::move(*next)); !entered) return entered;
  }
  trusted = visible;
  const auto room = std::min<std::uint64_t>(bytes, from.bytes > offset ? from.bytes - offset : 0);
  auto buffer = log->pool.take(room); // a new one each time: views into the last one stay good
  const auto got = in->read_at(buffer.get(), room, offset);
  if (!got) return tl::unexpected(got.error());
  if (*got == 0) {
    if (offset >= from.bytes)
      return at = end = nullptr, outcome<void>{}; // a segment without records: on to the next
    return tl::unexpected(damaged("the file ends here (want " + std::to_string(from.bytes) + " bytes)"));
  }
  at = buffer.get(), end = at + *got;
  chunk = std::move(buffer);
  return {};
}

journal::cursor::cursor(std::unique_ptr<place> at) : place_(std::move(at)) {}
journal::cursor::~cursor() = default;

outcome<journal::cursor::kind> journal::cursor::next() {
  return left_ > 0 ? take_message() : next_batch();
}

bool journal::cursor::next_in_batch() noexcept {
  if (left_ == 0) return false;
  // Another core wrote these bytes: they are fetched while the messages before them are worked on.
  for (std::size_t ahead = 512; ahead < 512 + 192; ahead += 64) __builtin_prefetch(at_ + ahead);
  const char* const next = decode(at_, end_, message_);
  if (!next) return false;
  at_ = next;
  --left_, ++position_, ++number_;
  message_.sequence = position_;
  return true;
}

outcome<journal::cursor::kind> journal::cursor::take_message() {
  if (next_in_batch()) return kind::message;
  left_ = 0;
  return fail(ec::corrupt,
              "journal: message " + std::to_string(position_ + 1) + " does not fit into its batch");
}

outcome<journal::cursor::kind> journal::cursor::next_batch() {
  batch_header batch;
  const auto there = place_->next(batch);
  if (!there) return tl::unexpected(there.error());
  if (!*there) return kind::none;
  if (batch.kind == batch_kind::control) {
    position_ = batch.first;
    if (!decode(batch.body, control_))
      return fail(ec::corrupt, "journal: control record " + std::to_string(position_) + " cannot be read");
    control_.sequence = batch.first, control_.now_ms = batch.time_ms;
    return kind::control;
  }
  if (chunk_.get() != place_->chunk.get()) chunk_ = place_->chunk;
  source_ = batch.source;
  at_ = batch.body.data(), end_ = at_ + batch.body.size(), left_ = batch.count;
  position_ = batch.first - 1, number_ = batch.source_number - 1;
  message_.received_ms = batch.time_ms;
  while (position_ < place_->before && left_ > 1)
    if (auto skipped = take_message(); !skipped) return skipped;
  return take_message();
}

std::unique_ptr<journal::cursor> journal::read(std::uint64_t from_sequence) {
  auto at = std::make_unique<cursor::place>();
  at->log = impl_.get();
  at->consumed = from_sequence > 0 ? from_sequence - 1 : 0;
  return std::unique_ptr<cursor>(new cursor(std::move(at)));
}

std::optional<std::int64_t> oldest_ms(journal& log) {
  const auto oldest = log.read(log.first());
  const auto kind = oldest->next();
  if (!kind || *kind == journal::cursor::kind::none) return std::nullopt;
  return *kind == journal::cursor::kind::message ? oldest->message().received_ms : oldest->record().now_ms;
}

} // namespace sluice
