#include "actors/store/verify.hpp"

#include <cerrno>
#include <filesystem>

#include <fcntl.h>

#include "actors/store/acked_file.hpp"
#include "actors/store/segment_file.hpp"

namespace sluice {

namespace {

// Headers of all files, damaged ones too: verify goes on where list_segments() stops.
outcome<std::vector<segment>> list_good(const std::string& dir, journal_report& out) {
  auto all = list_segments(dir, true);
  if (!all && all.error().code == ec::corrupt) out.damage.push_back(all.error().text);
  if (!all && all.error().code == ec::corrupt) return std::vector<segment>{};
  return all;
}

std::string at(const segment& s, std::uint64_t offset) {
  return s.path + ": damaged at offset " + std::to_string(offset) + ": ";
}

outcome<void> verify_segment(const segment& s, bool newest, std::uint64_t& last, journal_report& out) {
  verified_segment seen;
  seen.path = s.path, seen.first = s.first(), seen.last = s.first() - 1;
  const auto end = scan_segment(*s.opened, s, [&](const batch_header& batch, std::uint64_t) {
    if (batch.kind == batch_kind::sources) return;
    seen.last = batch.last();
    (batch.kind == batch_kind::message ? seen.messages : seen.controls) += batch.count;
  });
  if (!end) return tl::unexpected(end.error());
  seen.bytes = end->file_bytes;
  if (seen.last >= seen.first) {
    if (out.first == 0) out.first = seen.first;
    last = out.last = seen.last;
  } else {
    last = s.header.continues_from;
  }
  out.messages += seen.messages, out.controls += seen.controls, out.bytes += seen.bytes;
  out.segments.push_back(seen);
  if (!end->bad) return {};
  const auto damage = at(s, end->good_bytes) + end->why;
  const auto good = find_good_batch(*s.opened, s, *end, seen.last + 1);
  if (!good) return tl::unexpected(good.error());
  if (*good) {
    out.damage.push_back(damage + "; good records follow at offset " + std::to_string((*good)->offset));
  } else if (!newest || end->good_bytes == segment_header_bytes) {
    out.damage.push_back(damage);
  } else {
    out.torn_bytes = end->file_bytes - end->good_bytes;
    out.notices.push_back(s.path + ": torn tail of " + std::to_string(out.torn_bytes) + " bytes at offset " +
                          std::to_string(end->good_bytes) + " (will be cut at next start)");
  }
  return {};
}

} // namespace

outcome<journal_report> verify_journal(const std::string& data_dir) {
  const auto dir = data_dir + "/journal";
  std::error_code err;
  if (!std::filesystem::is_directory(dir, err))
    return fail(ec::invalid, dir + ": no such directory (want a data directory with a journal)");
  journal_report out;
  const auto acked = acked_file::read(dir); // first: a running service goes on
  if (acked)
    out.acknowledged = *acked;
  else if (acked.error().code == ec::corrupt)
    out.damage.push_back(acked.error().text);
  else
    return tl::unexpected(acked.error());
  const auto segments = list_good(dir, out);
  if (!segments) return tl::unexpected(segments.error());
  if (segments->empty() && !out.damage.empty()) return out;
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < segments->size(); ++i) {
    const auto& s = (*segments)[i];
    if (i > 0 && s.header.continues_from != last)
      out.damage.push_back(at(s, 0) + "continues from sequence " + std::to_string(s.header.continues_from) +
                           " (want " + std::to_string(last) + ")");
    if (s.header.continues_from + 1 != s.first())
      out.notices.push_back(s.path + ": sequences " + std::to_string(s.header.continues_from + 1) + " to " +
                            std::to_string(s.first() - 1) + " were left out at a start");
    if (auto done = verify_segment(s, i + 1 == segments->size(), last, out); !done)
      return tl::unexpected(done.error());
  }
  if (out.acknowledged > last)
    out.damage.push_back(dir + ": ends with sequence " + std::to_string(last) + ", but " +
                         std::to_string(out.acknowledged) + " was acknowledged");
  return out;
}

} // namespace sluice
