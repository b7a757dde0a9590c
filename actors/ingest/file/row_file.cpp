#include "actors/ingest/file/row_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/ingest/decode/csv_records.hpp"
#include "actors/ingest/decode/text_value.hpp"

namespace sluice {

namespace {

// A whole file as memory.
class mapped_file {
public:
  mapped_file() = default;
  mapped_file(const mapped_file&) = delete;
  mapped_file& operator=(const mapped_file&) = delete;
  ~mapped_file() {
    if (data_ != nullptr) ::munmap(data_, size_);
  }
  outcome<void> open(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fail(ec::storage, path + " cannot be read: " + std::strerror(errno));
    struct stat facts {};
    const bool known = ::fstat(fd, &facts) == 0;
    size_ = known && S_ISREG(facts.st_mode) ? static_cast<std::size_t>(facts.st_size) : 0;
    if (size_ != 0) data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
    const int why = errno;
    ::close(fd);
    if (data_ == MAP_FAILED) {
      data_ = nullptr;
      return fail(ec::storage, path + " cannot be read: " + std::strerror(why));
    }
    if (data_ == nullptr)
      return fail(ec::invalid, path + " holds nothing (want a CSV file with a header, or JSON lines)");
    return {};
  }
  std::string_view text() const noexcept { return {static_cast<const char*>(data_), size_}; }

private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

nlohmann::ordered_json value_of(std::string_view text) {
  const auto v = guess_number(text, '.');
  if (v.what == found_value::kind::integer) return v.value.integer();
  if (v.what == found_value::kind::number) return v.value.number();
  return std::string(text);
}

} // namespace

struct row_file::impl {
  std::string path;
  mapped_file file;
  std::string_view text; // without byte order mark
  char separator = ',';
  bool is_csv = false;
  csv_records records;
  std::vector<std::string> columns;
  std::optional<bool> numbered; // rows begin with a row number: the first row tells
  std::size_t line = 0, at = 0, counted_to = 0, lines = 1;

  // The line on which byte `offset` of the text stands; offsets ascend.
  std::size_t line_of(std::size_t offset) {
    lines += static_cast<std::size_t>(
        std::count(text.begin() + static_cast<std::ptrdiff_t>(counted_to),
                   text.begin() + static_cast<std::ptrdiff_t>(std::max(offset, counted_to)), '\n'));
    counted_to = std::max(offset, counted_to);
    return lines;
  }
  tl::unexpected<error> wrong(const std::string& what) const {
    return fail(ec::invalid, path + ":" + std::to_string(line) + ": " + what);
  }
  outcome<void> header() {
    records.begin(text, separator);
    line = 1;
    if (records.next() != csv_records::kind::record)
      return wrong(std::string("the header is no CSV record: ") + records.problem());
    columns.clear();
    for (const auto& field : records.fields()) {
      columns.emplace_back(trimmed(field));
      if (columns.back().empty()) return wrong("column " + std::to_string(columns.size()) + " has no name");
      if (std::count(columns.begin(), columns.end(), columns.back()) > 1)
        return wrong("two columns have one name (got \"" + columns.back() + "\", want each once)");
    }
    return {};
  }
  outcome<bool> next_csv(row& into) {
    const auto kind = records.next();
    if (kind == csv_records::kind::end) return false;
    line = line_of(records.offset());
    if (kind == csv_records::kind::bad) return wrong(records.problem());
    const auto& fields = records.fields();
    if (!numbered && (fields.size() == columns.size() || fields.size() == columns.size() + 1))
      numbered = fields.size() > columns.size();
    const std::size_t skip = numbered.value_or(false) ? 1 : 0;
    if (fields.size() != columns.size() + skip)
      return wrong("another number of fields than the " +
                   std::string(skip == 0 ? "header has" : "rows before have") + " (got " +
                   std::to_string(fields.size()) + ", want " + std::to_string(columns.size() + skip) + ")");
    into = row::object();
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (!fields[i + skip].empty()) into[columns[i]] = value_of(fields[i + skip]);
    return true;
  }
  outcome<bool> next_json(row& into) {
    for (;;) {
      if (at >= text.size()) return false;
      line = line_of(at);
      const auto end = std::min(text.find('\n', at), text.size());
      const auto one = trimmed(text.substr(at, end - at));
      at = end + 1;
      if (one.empty() || one == "\r") continue;
      into = row::parse(one, nullptr, false);
      if (!into.is_object()) return wrong("is no JSON object");
      return true;
    }
  }
};

row_file::row_file(std::unique_ptr<impl> p) : impl_(std::move(p)) {}
row_file::row_file(row_file&&) noexcept = default;
row_file& row_file::operator=(row_file&&) noexcept = default;
row_file::~row_file() = default;

outcome<row_file> row_file::open(const std::string& path, char separator) {
  auto p = std::make_unique<impl>();
  p->path = path;
  p->separator = separator;
  if (auto done = p->file.open(path); !done) return tl::unexpected(done.error());
  p->text = p->file.text();
  if (p->text.starts_with("\xef\xbb\xbf")) p->text.remove_prefix(3);
  const auto first = p->text.find_first_not_of(" \t\r\n");
  p->is_csv = first == std::string_view::npos || p->text[first] != '{';
  if (p->is_csv)
    if (auto done = p->header(); !done) return tl::unexpected(done.error());
  return row_file(std::move(p));
}

outcome<bool> row_file::next(row& into) {
  return impl_->is_csv ? impl_->next_csv(into) : impl_->next_json(into);
}

std::size_t row_file::line() const noexcept {
  return impl_->line;
}

void row_file::rewind() {
  auto& p = *impl_;
  p.at = p.counted_to = 0;
  p.lines = 1;
  if (!p.is_csv) return;
  p.records.begin(p.text, p.separator);
  p.records.next(); // the header
}

const std::vector<std::string>& row_file::columns() const noexcept {
  return impl_->columns;
}

} // namespace sluice
