#include "actors/ingest/file/row_time.hpp"

namespace sluice {

namespace {

// As decoders find it; its text belongs to `value`.
found_value found_in(const row_file::row& value) {
  if (value.is_string()) return found_value::of_text(value.get_ref<const std::string&>());
  if (value.is_number_integer()) return {found_value::kind::integer, slot::of(value.get<std::int64_t>()), {}};
  if (value.is_number()) return {found_value::kind::number, slot::of(value.get<double>()), {}};
  return {};
}

std::string shown(const row_file::row& value) {
  return value.is_string() ? "\"" + value.get<std::string>() + "\"" : value.dump();
}

} // namespace

outcome<std::int64_t> time_of_row(const row_file::row& row, const std::string& column,
                                  const time_reader& reader) {
  const auto value = row.find(column);
  if (value == row.end() || value->is_null()) return fail(ec::invalid, "no time in column " + column);
  if (const auto ms = reader.read(found_in(*value))) return *ms;
  return fail(ec::invalid,
              "column " + column + " is no time (got " + shown(*value) + ", want " + reader.wanted() + ")");
}

} // namespace sluice
