// A message is CSV: a header and records, each an event. The header is the first record of the message; or
// the configuration lists the columns; or a message of its own is the header of its topic, which is
// remembered.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "actors/ingest/decode/column_values.hpp"
#include "actors/ingest/decode/csv_records.hpp"
#include "actors/ingest/decode/formats.hpp"
#include "actors/ingest/decode/text_value.hpp"
#include "messages/utf8.hpp"

namespace sluice {

namespace {

class csv_message final : public decoder {
public:
  csv_message(column_values values, const csv_options& options, bool own_header)
      : values_(std::move(values)), columns_(options.columns), separator_(options.separator),
        decimal_(options.decimal), own_header_(own_header) {}

  result decode(const decode_input& message, event_rows& rows, decode_failure& why) override {
    rows.single = false;
    auto text = message.payload;
    if (text.substr(0, 3) == "\xef\xbb\xbf") text.remove_prefix(3);
    records_.begin(text, separator_);
    if (message.header) return take_header(message.topic, text, why);
    const table* t = nullptr;
    if (const auto how = table_of(message.topic, text, t, why); how != result::events) return how;
    for (;;) {
      switch (records_.next()) {
      case csv_records::kind::end:
        return result::events;
      case csv_records::kind::bad:
        rows.drop({reason::csv_syntax, place(rows, "byte " + std::to_string(records_.problem_byte())),
                   records_.problem()},
                  records_.text());
        break;
      case csv_records::kind::record:
        if (!record(*t, rows, why)) return result::failed;
      }
    }
  }
  void know(std::string_view name, std::uint32_t slot) override { values_.know(name, slot); }

  void take_writes(const std::string& prefix, std::vector<state_write>& out) override {
    for (const auto& topic : changed_)
      out.push_back({state_family::source, prefix + topic, tables_.find(topic)->second.header});
    changed_.clear();
  }
  void load(std::string_view key, std::string_view value) override {
    tables_[std::string(key)].header = std::string(value);
  }

private:
  struct table {
    std::string header; // as it was written
    std::vector<std::string> names;
    column_values::binding columns;
    bool bound = false;
  };

  // Where an element is wrong. Counted from 1, the header not.
  static std::string place(const event_rows& rows, const std::string& where) {
    return "record " + std::to_string(rows.next() + 1) + (where.empty() ? "" : ", ") + where;
  }

  result take_header(std::string_view topic, std::string_view text, decode_failure& why) {
    if (!columns_.empty()) return result::events; // the configuration knows better
    table made;
    made.header = std::string(text);
    // Judged here, so that a bad one is one dead letter and its records are not read by the one before it.
    auto& t = tables_[std::string(topic)] = std::move(made);
    changed_.emplace(topic);
    return bind(t, why);
  }

  // The columns of a topic's records; in `events` what follows in records_ is records.
  result table_of(std::string_view topic, std::string_view text, const table*& found, decode_failure& why) {
    if (!columns_.empty()) {
      if (!own_.bound) {
        own_.names = columns_;
        const auto how = bind_names(own_, why);
        if (how != result::events) return how;
      }
      found = &own_;
      return result::events;
    }
    if (!own_header_) {
      const auto known = tables_.find(topic);
      if (known == tables_.end()) {
        why = {reason::csv_header, "", "no header came before this record"};
        return result::failed;
      }
      found = &known->second;
      if (known->second.bound) return result::events;
      const auto how = bind(known->second, why);
      records_.begin(text, separator_); // the header was read by the same object
      return how;
    }
    switch (records_.next()) {
    case csv_records::kind::end:
      why = {reason::csv_header, "byte 0", "no header: the message is empty"};
      return result::failed;
    case csv_records::kind::bad:
      why = {reason::csv_header, "byte " + std::to_string(records_.problem_byte()), records_.problem()};
      return result::failed;
    case csv_records::kind::record:
      break;
    }
    found = &own_;
    if (own_.bound && records_.text() == own_.header) return result::events;
    own_.header = std::string(records_.text());
    own_.bound = false;
    own_.names.assign(records_.fields().begin(), records_.fields().end());
    return bind_names(own_, why);
  }

  result bind(table& t, decode_failure& why) {
    records_.begin(t.header, separator_);
    if (records_.next() != csv_records::kind::record) {
      why = {reason::csv_header, "", "the header is no record, got " + quoted(t.header)};
      return result::failed;
    }
    t.names.assign(records_.fields().begin(), records_.fields().end());
    return bind_names(t, why);
  }

  result bind_names(table& t, decode_failure& why) {
    for (auto& name : t.names) {
      name = std::string(trimmed(name));
      if (const auto byte = invalid_utf8(name)) {
        why = {reason::text_utf8, "header", "invalid UTF-8 in " + quoted(name)};
        return result::failed;
      }
    }
    for (std::size_t i = 0; i < t.names.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (t.names[i] == t.names[j] && !t.names[i].empty() && t.names[i] != "_") {
          why = {reason::csv_header, "header", "the column " + quoted(t.names[i]) + " stands twice"};
          return result::failed;
        }
    std::string missing;
    const auto how = values_.bind(t.names, t.columns, missing, why);
    if (how == column_values::bound::failed) return result::failed;
    if (!missing.empty()) {
      why = {reason::csv_header, "header", "no column " + quoted(missing)};
      return result::failed;
    }
    t.bound = true;
    return how == column_values::bound::grew ? result::grew : result::events;
  }

  // One event, or one bad element; false iff the message is a dead letter.
  bool record(const table& t, event_rows& rows, decode_failure& why) {
    const auto& fields = records_.fields();
    if (fields.size() != t.columns.targets.size()) {
      rows.drop({reason::text_columns, place(rows, ""),
                 std::to_string(t.columns.targets.size()) + " columns expected, got " +
                     std::to_string(fields.size())},
                records_.text());
      return true;
    }
    if (const auto byte = invalid_utf8(records_.text())) {
      rows.drop({reason::text_utf8, place(rows, "byte " + std::to_string(records_.offset() + *byte)),
                 "invalid UTF-8, got " + quoted(records_.text().substr(*byte, 1))},
                records_.text());
      return true;
    }
    if (!rows.begin(why)) return false;
    auto& event = values_.event;
    event.begin(rows.batch());
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (t.columns.targets[i] == field_plan::none) continue;
      const auto& target = event.plan[t.columns.targets[i]];
      event.take(target, text_or_guess(fields[i], target.as_text, decimal_));
    }
    if (!event.finish(rows.row(), why)) {
      why.where = place(rows, why.where);
      rows.drop(std::move(why), records_.text());
      return true;
    }
    if (!rows.keep(why)) return false;
    rows.unknown_fields += t.columns.unknown;
    rows.bad_fields += event.bad_fields();
    return true;
  }

  column_values values_;
  csv_records records_;
  std::vector<std::string> columns_;
  char separator_, decimal_;
  bool own_header_;
  table own_;                                        // of the configuration, or of the message before
  std::map<std::string, table, std::less<>> tables_; // by topic
  std::set<std::string> changed_;                    // topics whose header is to be written
};

} // namespace

made_decoder make_csv_messages(const decoder_setting& setting) {
  auto values = column_values::make(setting.options.csv, setting);
  if (!values) return tl::unexpected(values.error());
  return std::make_unique<csv_message>(std::move(*values), setting.options.csv, setting.own_header);
}

} // namespace sluice
