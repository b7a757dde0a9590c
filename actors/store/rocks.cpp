#include "actors/store/rocks.hpp"

#include <array>
#include <chrono>
#include <filesystem>
#include <thread>
#include <vector>

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

namespace sluice {

namespace {

constexpr std::array<const char*, families> names{"device", "window",       "mark", "source",
                                                  "outbox", "dead_letters", "meta", "counters"};

rocksdb::Slice slice(std::string_view s) {
  return {s.data(), s.size()};
}
std::string_view view(const rocksdb::Slice& s) {
  return {s.data(), s.size()};
}

// Errors come back as values; a log file beside the data would be written by readers too.
class silent_log final : public rocksdb::Logger {
public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

bool supported(rocksdb::CompressionType type) {
  for (auto t : rocksdb::GetSupportedCompressions())
    if (t == type) return true;
  return false;
}

// Small on purpose: a service with a hundred devices stays under 40 MB. Figures: 2 MB x 2 per family, 8 MB
// over all of them, since mostly device and outbox are written; a quarter for what sources remember, which is
// written over again and read at the start alone.
rocksdb::DBOptions database_options(bool read_only) {
  rocksdb::DBOptions o;
  o.create_if_missing = o.create_missing_column_families = !read_only;
  o.db_write_buffer_size = 8 << 20;
  o.max_open_files =
      read_only ? -1 : 64; // a reader opens all tables at once: the service may remove them afterwards
  o.max_background_jobs = 2;
  o.max_total_wal_size = 16 << 20;
  o.wal_recovery_mode =
      rocksdb::WALRecoveryMode::kPointInTimeRecovery; // an unsynced tail may be in pieces after a power cut
  o.paranoid_checks = true;
  o.stats_dump_period_sec = o.stats_persist_period_sec = 0;
  o.info_log = std::make_shared<silent_log>();
  o.enable_write_thread_adaptive_yield = false; // spins
  o.max_file_opening_threads = 1;
  o.keep_log_file_num = 1;
  return o;
}

std::vector<rocksdb::ColumnFamilyDescriptor> family_options() {
  static const auto cache = rocksdb::NewLRUCache(4 << 20, 2);
  static const auto bloom = std::shared_ptr<const rocksdb::FilterPolicy>(rocksdb::NewBloomFilterPolicy(10));
  std::vector<rocksdb::ColumnFamilyDescriptor> out;
  for (std::size_t i = 0; i < families; ++i) {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.format_version = 5;
    if (i <= static_cast<std::size_t>(family::source)) table.filter_policy = bloom; // read by whole key
    rocksdb::ColumnFamilyOptions o;
    o.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    o.write_buffer_size = i == static_cast<std::size_t>(family::source) ? 512 << 10 : 2 << 20;
    o.max_write_buffer_number = 2;
    o.arena_block_size = 64 << 10;
    o.target_file_size_base = 4 << 20; // whole files of the outbox can go early
    o.compression = supported(rocksdb::kLZ4Compression) ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
    out.emplace_back(i == 0 ? rocksdb::kDefaultColumnFamilyName : names[i], o);
  }
  return out;
}

error failure(const std::string& path, const rocksdb::Status& s) {
  return {s.IsCorruption() ? ec::corrupt : ec::storage, path + ": " + s.ToString()};
}

} // namespace

struct rocks::impl {
  std::string path;
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;

  rocksdb::ColumnFamilyHandle* of(family f) const { return handles[static_cast<std::size_t>(f)]; }
  ~impl() {
    for (auto* h : handles) db->DestroyColumnFamilyHandle(h);
    if (db) db->Close();
  }
};

struct rocks::batch::impl {
  const rocks::impl* db;
  rocksdb::WriteBatch out;
};

class rocks::snapshot {
public:
  explicit snapshot(rocksdb::DB* db) : db_(db), at_(db->GetSnapshot()) {}
  ~snapshot() { db_->ReleaseSnapshot(at_); }
  const rocksdb::Snapshot* get() const { return at_; }

private:
  rocksdb::DB* db_;
  const rocksdb::Snapshot* at_;
};

rocks::rocks(std::unique_ptr<impl> state) : impl_(std::move(state)) {}
rocks::~rocks() = default;

outcome<std::unique_ptr<rocks>> rocks::open(const std::string& path, mode how) {
  auto state = std::make_unique<impl>();
  state->path = path;
  const auto options = database_options(how == mode::read_only);
  const auto families = family_options();
  rocksdb::DB* db = nullptr;
  rocksdb::Status s;
  if (how == mode::read_write) {
    s = rocksdb::DB::Open(options, path, families, &state->handles, &db);
  } else {
    // The running service may replace files between our listing and opening them.
    for (int attempt = 0; attempt < 20; ++attempt) {
      s = rocksdb::DB::OpenForReadOnly(options, path, families, &state->handles, &db);
      if (s.ok() || !std::filesystem::exists(path + "/CURRENT")) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  if (!s.ok()) return tl::unexpected(failure(path, s));
  state->db.reset(db);
  return std::unique_ptr<rocks>(new rocks(std::move(state)));
}

rocks::batch::batch(const rocks& db) : impl_(new impl{db.impl_.get(), rocksdb::WriteBatch()}) {}
rocks::batch::~batch() = default;
rocks::batch::batch(batch&&) noexcept = default;

// A batch is memory only: these cannot fail but for its size, which write() reports.
void rocks::batch::put(family f, std::string_view key, std::string_view value) {
  impl_->out.Put(impl_->db->of(f), slice(key), slice(value));
}
void rocks::batch::erase(family f, std::string_view key) {
  impl_->out.Delete(impl_->db->of(f), slice(key));
}
void rocks::batch::erase_range(family f, std::string_view begin, std::string_view end) {
  impl_->out.DeleteRange(impl_->db->of(f), slice(begin), slice(end));
}
bool rocks::batch::empty() const noexcept {
  return impl_->out.Count() == 0;
}

outcome<void> rocks::write(batch& what, bool synced) {
  rocksdb::WriteOptions o;
  o.sync = synced;
  const auto s = impl_->db->Write(o, &what.impl_->out);
  if (!s.ok()) return tl::unexpected(failure(impl_->path, s));
  return {};
}

outcome<void> rocks::sync() {
  const auto s = impl_->db->FlushWAL(true);
  if (!s.ok()) return tl::unexpected(failure(impl_->path, s));
  return {};
}

std::shared_ptr<const rocks::snapshot> rocks::now() const {
  return std::make_shared<const snapshot>(impl_->db.get());
}

outcome<std::optional<std::string>> rocks::get(family f, std::string_view key, const snapshot* at) const {
  rocksdb::ReadOptions o;
  if (at) o.snapshot = at->get();
  std::string value;
  const auto s = impl_->db->Get(o, impl_->of(f), slice(key), &value);
  if (s.IsNotFound()) return std::optional<std::string>{};
  if (!s.ok()) return tl::unexpected(failure(impl_->path, s));
  return std::optional<std::string>(std::move(value));
}

outcome<void> rocks::scan(family f, std::string_view from, std::string_view end,
                          const std::function<bool(std::string_view key, std::string_view value)>& each,
                          const snapshot* at) const {
  rocksdb::ReadOptions o;
  if (at) o.snapshot = at->get();
  const auto bound = slice(end);
  if (!end.empty()) o.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> it(impl_->db->NewIterator(o, impl_->of(f)));
  for (it->Seek(slice(from)); it->Valid(); it->Next())
    if (!each(view(it->key()), view(it->value()))) return {};
  if (!it->status().ok()) return tl::unexpected(failure(impl_->path, it->status()));
  return {};
}

outcome<std::optional<std::string>> rocks::last_key(family f) const {
  const std::unique_ptr<rocksdb::Iterator> it(impl_->db->NewIterator({}, impl_->of(f)));
  it->SeekToLast();
  if (it->Valid()) return std::optional<std::string>(it->key().ToString());
  if (!it->status().ok()) return tl::unexpected(failure(impl_->path, it->status()));
  return std::optional<std::string>{};
}

outcome<void> rocks::reclaim(family f, std::string_view begin, std::string_view end, bool thorough) {
  const auto from = slice(begin), to = slice(end);
  auto s = rocksdb::DeleteFilesInRange(impl_->db.get(), impl_->of(f), &from, &to, false);
  if (s.ok() && thorough) {
    rocksdb::CompactRangeOptions o;
    o.exclusive_manual_compaction = false;
    s = impl_->db->CompactRange(o, impl_->of(f), &from, &to);
  }
  if (!s.ok()) return tl::unexpected(failure(impl_->path, s));
  return {};
}

std::uint64_t rocks::bytes() const {
  std::uint64_t sum = 0;
  std::error_code err;
  for (std::filesystem::directory_iterator it(impl_->path, err), end; !err && it != end; it.increment(err)) {
    std::error_code gone; // compaction removes files while we look
    const auto size = it->file_size(gone);
    if (!gone) sum += size;
  }
  return sum;
}

std::string prefix_end(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (!end.empty()) ++end.back();
  return end;
}

} // namespace sluice
