// Opening a journal: finds its head, cuts a torn tail, refuses damage, never uses a sequence number twice.
#include <algorithm>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

#include "actors/store/journal_impl.hpp"

namespace sluice {

namespace {

constexpr std::uint64_t page = 4096;

// True iff a whole page between the two offsets is zero: what a power cut leaves of data that was never
// synced.
outcome<bool> holds_hole(const file& in, std::uint64_t from, std::uint64_t to) {
  std::vector<char> bytes(page);
  for (std::uint64_t at = (from + page - 1) / page * page; at + page <= to; at += page) {
    const auto got = in.read_at(bytes.data(), page, at);
    if (!got) return tl::unexpected(got.error());
    if (*got == page && std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; })) return true;
  }
  return false;
}

} // namespace

// Reads the newest segment from end to end. Fills `sources`.
outcome<journal::impl::recovered> journal::impl::recover(const file& newest) {
  const auto& which = segments.back();
  recovered out;
  out.last = which.header.continues_from, out.next = which.first(), out.time_ms = which.header.created_ms;
  bool table_good = false;
  const auto end = scan_segment(newest, which, [&](const batch_header& batch, std::uint64_t) {
    out.time_ms = batch.time_ms;
    if (batch.kind == batch_kind::sources) {
      auto table = decode_sources(batch.body);
      table_good = table.has_value();
      if (table) sources = std::move(*table);
      return;
    }
    out.last = batch.last(), out.next = out.last + 1;
    if (batch.kind == batch_kind::message)
      sources[source_index(batch.source)].second = batch.source_number + batch.count - 1;
  });
  if (!end) return tl::unexpected(end.error());
  out.bytes = end->good_bytes;
  const auto damage = [&] {
    return which.path + ": damaged at offset " + std::to_string(end->good_bytes) + ": " + end->why;
  };
  if (!table_good) return fail(ec::corrupt, damage());
  if (!end->bad) return out;
  const auto good = find_good_batch(newest, which, *end, out.next);
  if (!good) return tl::unexpected(good.error());
  const auto rest = std::to_string(end->file_bytes - end->good_bytes) + " bytes";
  if (!*good) {
    notices.push_back(which.path + ": torn tail of " + rest + " at offset " +
                      std::to_string(end->good_bytes) +
                      (read_only ? " (will be cut at next start)" : " cut"));
    return out;
  }
  const auto hole = holds_hole(newest, end->good_bytes, (*good)->offset);
  if (!hole) return tl::unexpected(hole.error());
  if (!*hole || options.keep.level == config::durability::kind::power || read_only)
    return fail(ec::corrupt, damage() + "; good records follow at offset " + std::to_string((*good)->offset));
  // Without syncs pages reach the disk in any order. What follows the hole is lost; its numbers (a record
  // takes at least message_header_bytes) are not used again.
  notices.push_back(which.path + ": " + rest + " at offset " + std::to_string(end->good_bytes) +
                    " cut: they follow a hole left by a power cut (durability is not power)");
  out.next = (*good)->last + (end->file_bytes - (*good)->offset) / message_header_bytes + 1;
  return out;
}

outcome<void> journal::impl::prepare(const std::string& data_dir, std::uint64_t at_least) {
  dir = data_dir + "/journal";
  // A quota smaller than a few segments could never get room by removing whole ones.
  segment_bytes = std::min(options.journal.segment_bytes,
                           std::max<std::uint64_t>(options.journal.quota_bytes / 16, 65536));
  if (auto made = make_directories(dir); !made) return made;
  auto side = acked_file::open(dir);
  if (!side) return tl::unexpected(side.error());
  acked = std::move(*side);
  remove_leftovers(dir);
  auto listed = list_segments(dir, false);
  if (!listed) return tl::unexpected(listed.error());
  segments = std::move(*listed);
  if (!segments.empty() && acked.created())
    notices.push_back(dir + "/acked: was missing; a loss of acknowledged records before now cannot be seen");

  recovered found;
  if (!segments.empty()) {
    const auto path = segments.back().path;
    auto opened = file::open(path, O_RDWR);
    if (!opened) return tl::unexpected(opened.error());
    auto head_of = recover(*opened);
    if (!head_of) return tl::unexpected(head_of.error());
    found = *head_of;
    if (acked.sequence() > found.last)
      return fail(ec::corrupt, path + ": ends with sequence " + std::to_string(found.last) + " at offset " +
                                   std::to_string(found.bytes) + ", but " + std::to_string(acked.sequence()) +
                                   " was acknowledged");
    if (found.bytes < segments.back().bytes) {
      if (auto cut = opened->cut(found.bytes); !cut) return cut;
      if (::fsync(opened->fd()) != 0) return tl::unexpected(system_error(path, "fsync failed"));
    } else if (auto synced = opened->sync_data(); !synced) {
      return synced; // a process that died may have left complete records that no sync reached
    }
    segments.back().bytes = found.bytes;
    out = std::make_shared<const file>(std::move(*opened));
    out_first = segments.back().first(), out_bytes = found.bytes, salt = segments.back().header.salt;
    for (const auto& s : segments) bytes += s.bytes;
  } else if (acked.sequence() > 0) {
    return fail(ec::corrupt, dir + ": holds no segment, but sequence " + std::to_string(acked.sequence()) +
                                 " was acknowledged");
  }
  clock->set_floor(found.time_ms);
  const auto now = clock->now_ms();
  visible = found.last;
  out_follows = found.last;
  const auto next = std::max(found.next, at_least + 1);
  const bool leaves_out =
      segments.empty() ? next > 1 : next > std::max(found.last + 1, segments.back().first());
  if (segments.empty() || leaves_out) {
    if (leaves_out)
      notices.push_back(dir + ": ends with sequence " + std::to_string(found.last) + ", numbers up to " +
                        std::to_string(next - 1) + " were used: the next record gets " +
                        std::to_string(next));
    if (auto begun = begin_segment(next, found.last, now); !begun) return begun;
  }
  head = next - 1;
  if (auto noted = write_acked(found.last, now, true); !noted) return noted;
  return {};
}

outcome<void> journal::impl::prepare_read_only(const std::string& data_dir) {
  dir = data_dir + "/journal";
  read_only = true;
  std::error_code err;
  if (!std::filesystem::is_directory(dir, err))
    return fail(ec::invalid, dir + ": no such directory (want a data directory with a journal)");
  auto listed = list_segments(dir, true);
  if (!listed) return tl::unexpected(listed.error());
  segments = std::move(*listed);
  if (segments.empty()) return {};
  const auto found = recover(*segments.back().opened);
  if (!found) return tl::unexpected(found.error());
  segments.back().bytes = found->bytes;
  visible = found->last;
  for (const auto& s : segments) bytes += s.bytes;
  return {};
}

outcome<std::unique_ptr<journal>> journal::open(const std::string& dir,
                                                const config::service_options& options, journal_clock& clock,
                                                std::uint64_t at_least, std::uint64_t epoch) {
  auto state = std::make_unique<impl>();
  state->options = options, state->clock = &clock, state->epoch = epoch;
  if (auto ready = state->prepare(dir, at_least); !ready) return tl::unexpected(ready.error());
  return std::unique_ptr<journal>(new journal(std::move(state)));
}

outcome<std::unique_ptr<journal>> journal::open_read_only(const std::string& dir) {
  auto state = std::make_unique<impl>();
  if (auto ready = state->prepare_read_only(dir); !ready) return tl::unexpected(ready.error());
  return std::unique_ptr<journal>(new journal(std::move(state)));
}

} // namespace sluice
