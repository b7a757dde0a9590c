#include "actors/learn/training_table.hpp"

#include <algorithm>
#include <limits>

#include "actors/ingest/file/row_time.hpp"
#include "actors/store/payload_json.hpp"

namespace sluice {

namespace {

using json = nlohmann::ordered_json;

constexpr auto missing = std::numeric_limits<double>::quiet_NaN();

bool is_record(const json& row) {
  const auto values = row.find("values");
  return row.contains("pipeline") && values != row.end() && values->is_object();
}

} // namespace

feature_value training_column::at(std::size_t row) const noexcept {
  if (!texts.empty() && !texts[row].empty()) return feature_value::of(std::string_view(texts[row]));
  return feature_value::of(numbers[row]);
}

training_table::training_table(const std::vector<std::string>& wanted) {
  for (const auto& name : wanted)
    if (std::none_of(columns_.begin(), columns_.end(), [&](const auto& c) { return c.name == name; }))
      columns_.push_back({name, {}, {}, false});
}

const training_column& training_table::column(const std::string& name) const {
  return *std::find_if(columns_.begin(), columns_.end(), [&](const auto& c) { return c.name == name; });
}

outcome<void> training_table::set(const std::string& name, const json& value) {
  if (value.is_object()) return set_members(name + "_", value);
  if (std::find(names_.begin(), names_.end(), name) == names_.end() && names_.size() < 1000)
    names_.push_back(name);
  const auto c =
      std::find_if(columns_.begin(), columns_.end(), [&](const auto& k) { return k.name == name; });
  if (c == columns_.end()) return {};
  c->found = true;
  if (value.is_boolean()) c->numbers.back() = value.get<bool>() ? 1 : 0;
  if (value.is_number()) c->numbers.back() = value.get<double>();
  if (!value.is_string()) return {};
  const auto& text = value.get_ref<const std::string&>();
  if (text.empty()) return {};
  if (!is_utf8(text)) return fail(ec::invalid, "column " + name + " is not UTF-8");
  c->texts.resize(rows_);
  c->texts.back() = text;
  return {};
}

outcome<void> training_table::set_members(const std::string& prefix, const json& map) {
  for (const auto& [key, value] : map.items())
    if (auto done = set(prefix + key, value); !done) return done;
  return {};
}

outcome<void> training_table::add(const json& row) {
  ++rows_;
  for (auto& c : columns_) {
    c.numbers.push_back(missing);
    if (!c.texts.empty()) c.texts.resize(rows_);
  }
  if (!is_record(row)) return set_members("", row);
  for (const auto* key : {"device", "start", "end", "time"})
    if (const auto v = row.find(key); v != row.end())
      if (auto done = set(key, *v); !done) return done;
  return set_members("", row["values"]);
}

outcome<training_table> read_table(const std::vector<std::string>& files, const data_options& data,
                                   const std::vector<std::string>& wanted) {
  training_table made(wanted);
  const auto time = time_reader::make(data.time);
  if (!time) return tl::unexpected(time.error());
  for (const auto& path : files) {
    auto file = row_file::open(path, data.separator == "tab" ? '\t' : data.separator[0]);
    if (!file) return tl::unexpected(file.error());
    row_file::row row;
    for (;;) {
      const auto more = file->next(row);
      if (!more) return tl::unexpected(more.error());
      if (!*more) break;
      const auto at_line = [&](const std::string& what) {
        return fail(ec::invalid, path + ":" + std::to_string(file->line()) + ": " + what);
      };
      if (auto done = made.add(row); !done) return at_line(done.error().text);
      if (data.time.arrival) continue;
      const auto ms = time_of_row(row, data.time.path, *time);
      if (!ms) return at_line(ms.error().text);
      made.add_time(*ms);
    }
  }
  return made;
}

} // namespace sluice
