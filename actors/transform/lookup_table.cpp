#include "actors/transform/lookup_table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include <xxhash.h>

#include "actors/transform/csv_cells.hpp"
#include "actors/transform/csv_rows.hpp"
#include "config/nearest_name.hpp"
#include "config/report.hpp"
#include "messages/utf8.hpp"

namespace sluice {

namespace {

void append_number(std::string& out, const field_value& v) {
  char buffer[32];
  auto integer = v.type == value_type::integer ? std::optional(v.value.integer()) : std::nullopt;
  if (!integer) {
    const double x = v.value.number();
    if (x >= -0x1p63 && x < 0x1p63 && std::trunc(x) == x) integer = static_cast<std::int64_t>(x);
  }
  const auto end = integer ? std::to_chars(buffer, buffer + sizeof buffer, *integer).ptr
                           : std::to_chars(buffer, buffer + sizeof buffer, v.value.number()).ptr;
  out.append(buffer, end);
}

tl::unexpected<error> wrong(const table_spec& spec, std::size_t line, std::string text) {
  return fail(ec::invalid, spec.path + ":" + std::to_string(line) + ": " + std::move(text));
}

struct sheet {
  std::vector<std::string> header;
  std::vector<std::pair<std::size_t, std::vector<std::string>>> rows; // with their lines
};

outcome<sheet> read_sheet(std::string_view text, const table_spec& spec) {
  sheet out;
  csv_rows from(text, spec.separator);
  std::vector<std::string> cells;
  for (;;) {
    const auto state = from.next(cells);
    if (state == csv_rows::state::bad) return wrong(spec, from.line(), from.error());
    if (state == csv_rows::state::end) break;
    for (const auto& c : cells)
      if (invalid_utf8(c)) return wrong(spec, from.line(), "the row is not UTF-8");
    if (out.header.empty()) {
      for (auto at = cells.begin(); at != cells.end(); ++at)
        if (std::find(cells.begin(), at, *at) != at)
          return wrong(spec, from.line(), "two columns have one name (got " + config::in_quotes(*at) + ")");
      out.header = std::exchange(cells, {});
      continue;
    }
    if (cells.size() != out.header.size())
      return wrong(spec, from.line(),
                   "the row has another number of cells (got " + std::to_string(cells.size()) + ", want " +
                       std::to_string(out.header.size()) + ")");
    out.rows.emplace_back(from.line(), std::exchange(cells, {}));
  }
  if (out.header.empty()) return wrong(spec, 1, "the table has no header (got an empty file)");
  return out;
}

// The type of each column: the narrowest of all its cells; text where no cell has a value.
std::vector<value_type> types_of(const sheet& all) {
  std::vector<value_type> types(all.header.size(), value_type::missing);
  for (const auto& [line, row] : all.rows)
    for (std::size_t i = 0; i < row.size(); ++i) types[i] = wider_type(types[i], row[i]);
  for (auto& t : types)
    if (t == value_type::missing) t = value_type::text;
  return types;
}

// Where each of `names` stands in the header.
outcome<std::vector<std::size_t>> places(const table_spec& spec, const std::vector<std::string>& header,
                                         const std::vector<std::string>& names) {
  std::vector<std::size_t> out;
  for (const auto& name : names) {
    const auto at = std::find(header.begin(), header.end(), name);
    if (at == header.end())
      return wrong(spec, 1,
                   "there is no such column" + config::did_you_mean(name, header) + " (got " +
                       config::in_quotes(name) + ", want one of " + config::list_of_names(header) + ")");
    out.push_back(static_cast<std::size_t>(at - header.begin()));
  }
  return out;
}

} // namespace

// Appends the canonical text of a key value; false when no row of such a column can equal it.
bool lookup_table::append_key(std::string& out, value_type column, const field_value& v) const {
  const auto begin = out.size();
  out.append(4, '\0');
  if (is_number(column)) {
    const auto n = v.type == value_type::text ? cell_number(v.text)
                   : is_number(v.type)        ? std::optional(v)
                                              : std::nullopt;
    if (!n) return false;
    append_number(out, *n);
  } else if (v.type == value_type::boolean) {
    out += v.value.boolean() ? "true" : "false";
  } else if (v.type == value_type::text) {
    const auto b = column == value_type::boolean ? cell_boolean(v.text) : std::nullopt;
    if (column == value_type::boolean && !b) return false;
    out += b ? std::string_view(*b ? "true" : "false") : v.text;
  } else {
    if (v.type == value_type::missing || column == value_type::boolean) return false;
    append_number(out, v);
  }
  const auto length = static_cast<std::uint32_t>(out.size() - begin - 4);
  for (std::size_t i = 0; i < 4; ++i) out[begin + i] = static_cast<char>(length >> (8 * i));
  return true;
}

lookup_table::cell lookup_table::make_cell(value_type type, std::string_view text) {
  cell made;
  if (text.empty()) return made;
  made.type = type;
  if (type == value_type::text) {
    made.value =
        slot::text(static_cast<std::uint32_t>(texts_.size()), static_cast<std::uint32_t>(text.size()));
    texts_ += text;
  } else if (type == value_type::boolean) {
    made.value = slot::of(*cell_boolean(text));
  } else {
    const auto n = *cell_number(text);
    made.value = n.type == type ? n.value : slot::of(static_cast<double>(n.value.integer()));
  }
  return made;
}

outcome<std::shared_ptr<const lookup_table>> lookup_table::parse(std::string_view text,
                                                                 const table_spec& spec) {
  if (text.size() > most_bytes)
    return fail(ec::invalid, spec.path + ": the table is too large (got " + std::to_string(text.size()) +
                                 " bytes, want at most " + std::to_string(most_bytes) + ")");
  const auto all = read_sheet(text, spec);
  if (!all) return tl::unexpected(all.error());
  const auto& wanted = spec.columns;
  const auto key_places = places(spec, all->header, spec.keys),
             value_places = places(spec, all->header, wanted);
  if (!key_places) return tl::unexpected(key_places.error());
  if (!value_places) return tl::unexpected(value_places.error());
  const auto types = types_of(*all);

  auto made = std::make_shared<lookup_table>();
  auto& t = *made;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    t.columns_.push_back({wanted[i], types[(*value_places)[i]]});
  for (const auto at : *key_places) t.key_types_.push_back(types[at]);
  std::string key;
  for (const auto& [line, row] : all->rows) {
    key.clear();
    for (std::size_t i = 0; i < key_places->size(); ++i) {
      const auto& c = row[(*key_places)[i]];
      if (c.empty())
        return wrong(spec, line,
                     "the key is empty (got nothing in column " + config::in_quotes(spec.keys[i]) + ")");
      t.append_key(key, t.key_types_[i], {value_type::text, {}, c});
    }
    place p;
    p.hash = XXH3_64bits(key.data(), key.size());
    p.row = static_cast<std::uint32_t>(t.index_.size());
    p.key_offset = static_cast<std::uint32_t>(t.texts_.size());
    p.key_length = static_cast<std::uint32_t>(key.size());
    t.texts_ += key;
    t.index_.push_back(p);
    for (std::size_t i = 0; i < wanted.size(); ++i)
      t.cells_.push_back(t.make_cell(t.columns_[i].type, row[(*value_places)[i]]));
  }
  const auto key_of = [&](const place& p) {
    return std::string_view(t.texts_).substr(p.key_offset, p.key_length);
  };
  std::sort(t.index_.begin(), t.index_.end(), [&](const place& a, const place& b) {
    return a.hash != b.hash         ? a.hash < b.hash
           : key_of(a) != key_of(b) ? key_of(a) < key_of(b)
                                    : a.row < b.row;
  });
  std::optional<std::pair<std::uint32_t, std::uint32_t>> twice; // rows: the second, the first
  for (std::size_t i = 1; i < t.index_.size(); ++i)
    if (t.index_[i - 1].hash == t.index_[i].hash && key_of(t.index_[i - 1]) == key_of(t.index_[i]))
      if (!twice || t.index_[i].row < twice->first) twice = {t.index_[i].row, t.index_[i - 1].row};
  if (twice) {
    std::string shown;
    for (const auto at : *key_places)
      shown += (shown.empty() ? "" : ", ") + all->rows[twice->first].second[at];
    return wrong(spec, all->rows[twice->first].first,
                 "the key is in the table twice (got " + config::in_quotes(shown) + ", first in line " +
                     std::to_string(all->rows[twice->second].first) + ")");
  }
  t.texts_.shrink_to_fit();
  return std::shared_ptr<const lookup_table>(std::move(made));
}

std::uint32_t lookup_table::find(std::span<const field_value> key, std::string& text) const {
  text.clear();
  for (std::size_t i = 0; i < key_types_.size(); ++i)
    if (key[i].type == value_type::missing || !append_key(text, key_types_[i], key[i])) return no_row;
  const auto hash = XXH3_64bits(text.data(), text.size());
  auto at = std::lower_bound(index_.begin(), index_.end(), hash,
                             [](const place& p, std::uint64_t h) { return p.hash < h; });
  for (; at != index_.end() && at->hash == hash; ++at)
    if (std::string_view(texts_).substr(at->key_offset, at->key_length) == text) return at->row;
  return no_row;
}

field_value lookup_table::value(std::uint32_t row, std::size_t column) const noexcept {
  const auto& c = cells_[row * columns_.size() + column];
  if (c.type != value_type::text) return {c.type, c.value, {}};
  return {c.type, {}, std::string_view(texts_).substr(c.value.text_offset(), c.value.text_length())};
}

std::string changed_types(const lookup_table& before, const lookup_table& after) {
  for (std::size_t i = 0; i < before.columns().size(); ++i) {
    const auto& was = before.columns()[i];
    const auto now = after.columns()[i].type;
    if (was.type != now && !(is_number(was.type) && is_number(now)))
      return "column " + config::in_quotes(was.name) + " has another type (got " + to_string(now) +
             ", want " + to_string(was.type) + ")";
  }
  return "";
}

} // namespace sluice
