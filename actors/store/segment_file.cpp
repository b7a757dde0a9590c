#include "actors/store/segment_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include "actors/store/bytes.hpp"

namespace sluice {

namespace {

namespace fs = std::filesystem;
constexpr std::size_t window = 1u << 20;

std::string segment_name(std::uint64_t first) {
  char name[32];
  std::snprintf(name, sizeof name, "%020llu.seg", static_cast<unsigned long long>(first));
  return name;
}

bool is_segment_name(const std::string& name) {
  return name.size() == 24 && name.ends_with(".seg") &&
         std::all_of(name.begin(), name.begin() + 20, [](char c) { return c >= '0' && c <= '9'; });
}

std::uint64_t fresh_salt() {
  std::uint64_t salt = 0;
  while ((salt >> 32) == 0) // a marker of zero would match holes
    if (::getrandom(&salt, sizeof salt, 0) != sizeof salt) salt = 0;
  return salt;
}

} // namespace

outcome<segment> create_segment(const std::string& dir, segment_header header,
                                const source_numbers& sources) {
  header.salt = fresh_salt();
  const auto body = encode_sources(sources);
  std::string bytes(segment_header_bytes + batch_bytes({}, body.size()), '\0');
  encode(header, bytes.data());
  batch_header table;
  table.length = static_cast<std::uint32_t>(batch_bytes({}, body.size()));
  table.first = header.first;
  table.time_ms = header.created_ms;
  table.kind = batch_kind::sources;
  char* const at = bytes.data() + segment_header_bytes;
  std::memcpy(begin_batch(table, header.salt, at), body.data(), body.size());
  seal_batch(at, header.salt);

  const auto path = dir + "/" + segment_name(header.first), temporary = path + ".tmp";
  auto out = file::open(temporary, O_WRONLY | O_CREAT | O_TRUNC);
  if (!out) return tl::unexpected(out.error());
  auto done = out->write_at(bytes.data(), bytes.size(), 0);
  if (done) done = out->sync_data();
  if (done && ::rename(temporary.c_str(), path.c_str()) != 0)
    done = tl::unexpected(system_error(path, "cannot be named"));
  if (done) done = sync_directory(dir);
  if (!done) {
    ::unlink(temporary.c_str());
    return tl::unexpected(done.error());
  }
  return segment{header, path, bytes.size(), nullptr};
}

void remove_leftovers(const std::string& dir) {
  std::error_code err;
  for (const auto& entry : fs::directory_iterator(dir, err))
    if (entry.path().filename().string().ends_with(".seg.tmp")) ::unlink(entry.path().c_str());
}

outcome<std::vector<segment>> list_segments(const std::string& dir, bool keep_open) {
  std::error_code err;
  std::vector<std::string> names;
  for (fs::directory_iterator it(dir, err), end; !err && it != end; it.increment(err))
    if (auto name = it->path().filename().string(); is_segment_name(name)) names.push_back(std::move(name));
  if (err) return fail(ec::storage, dir + ": cannot be listed: " + err.message());
  std::sort(names.begin(), names.end());
  std::vector<segment> out;
  for (const auto& name : names) {
    const auto path = dir + "/" + name;
    auto in = file::open(path, O_RDONLY);
    if (!in && keep_open && errno == ENOENT) continue; // the running service was done with it
    if (!in) return tl::unexpected(in.error());
    char bytes[segment_header_bytes];
    auto got = in->read_at(bytes, sizeof bytes, 0);
    if (!got) return tl::unexpected(got.error());
    const auto header = decode_segment_header({bytes, *got});
    if (!header || segment_name(header->first) != name)
      return fail(ec::corrupt, path + ": damaged at offset 0: the segment header is not valid");
    const auto size = in->size();
    if (!size) return tl::unexpected(size.error());
    out.push_back({*header, path, *size, nullptr});
    if (keep_open) out.back().opened = std::make_shared<const file>(std::move(*in));
  }
  return out;
}

outcome<scan_end> scan_segment(const file& from, const segment& which,
                               const std::function<void(const batch_header&, std::uint64_t offset)>& each) {
  scan_end end;
  const auto size = from.size();
  if (!size) return tl::unexpected(size.error());
  end.file_bytes = *size;
  std::vector<char> buffer(std::min<std::uint64_t>(window, *size) + 1);
  std::uint64_t offset = segment_header_bytes, expected = which.first();
  bool table_seen = false;
  const auto stop = [&](std::string why) {
    end.good_bytes = offset, end.bad = true, end.why = std::move(why);
    return end;
  };
  while (offset < *size) {
    const auto got = from.read_at(buffer.data(), buffer.size(), offset);
    if (!got) return tl::unexpected(got.error());
    std::size_t at = 0;
    while (at < *got) {
      batch_header batch;
      const auto state = read_batch(buffer.data() + at, *got - at, which.header.salt, batch);
      if (state == batch_state::bad) return stop("not a batch, or its checksum does not match");
      if (state == batch_state::incomplete) {
        if (offset + std::max<std::uint64_t>(batch.length, batch_header_bytes) > *size)
          return stop("the file ends inside a batch");
        break;
      }
      if ((batch.kind == batch_kind::sources) == table_seen) return stop("a batch of the wrong kind");
      if (batch.first != expected)
        return stop("sequence " + std::to_string(batch.first) + " (want " + std::to_string(expected) + ")");
      table_seen = true;
      expected += batch.count;
      each(batch, offset);
      at += batch.length, offset += batch.length;
    }
    if (at == 0) { // one batch is larger than the buffer
      batch_header batch;
      read_batch(buffer.data(), *got, which.header.salt, batch);
      buffer.resize(std::max<std::size_t>(batch.length, buffer.size() * 2));
    }
  }
  end.good_bytes = offset;
  return end;
}

outcome<std::optional<found_batch>> find_good_batch(const file& from, const segment& which,
                                                    const scan_end& scanned, std::uint64_t at_least) {
  auto offset = scanned.good_bytes + 1;
  const auto size = scanned.file_bytes;
  const auto marker = static_cast<std::uint32_t>(which.header.salt >> 32);
  std::vector<char> buffer(window), whole;
  while (offset < size) {
    const auto got =
        from.read_at(buffer.data(), std::min<std::uint64_t>(buffer.size(), size - offset), offset);
    if (!got) return tl::unexpected(got.error());
    if (*got < batch_header_bytes) break;
    const char* const begin = buffer.data();
    const char* const end = begin + *got;
    for (const char* at = begin; (at = static_cast<const char*>(::memmem(at, end - at, &marker, 4))); ++at) {
      if (static_cast<std::size_t>(end - at) < batch_header_bytes) break;
      const auto place = offset + static_cast<std::uint64_t>(at - begin);
      const auto length = load<std::uint32_t>(at + 4);
      if (length < batch_header_bytes || length > most_batch_bytes || length > size - place) continue;
      whole.resize(length);
      const auto read = from.read_at(whole.data(), length, place);
      if (!read) return tl::unexpected(read.error());
      batch_header batch;
      if (read_batch(whole.data(), *read, which.header.salt, batch) == batch_state::good && batch.count > 0 &&
          batch.first >= at_least)
        return found_batch{place, batch.last()};
    }
    if (offset + *got >= size) break;
    offset += *got - batch_header_bytes; // a header may lie across the border
  }
  return std::optional<found_batch>{};
}

} // namespace sluice
