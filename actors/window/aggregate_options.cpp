// The declaration of a window's aggregates.
#include "actors/window/aggregate_options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "config/option_kinds.hpp"

namespace sluice {

namespace {

using namespace config;

constexpr std::array<std::pair<const char*, aggregate_kind>, 16> words{{
    {"count", aggregate_kind::count},
    {"sum", aggregate_kind::sum},
    {"mean", aggregate_kind::mean},
    {"min", aggregate_kind::min},
    {"max", aggregate_kind::max},
    {"stddev_pop", aggregate_kind::stddev_pop},
    {"stddev_samp", aggregate_kind::stddev_samp},
    {"var_pop", aggregate_kind::var_pop},
    {"var_samp", aggregate_kind::var_samp},
    {"first", aggregate_kind::first},
    {"last", aggregate_kind::last},
    {"set_hash", aggregate_kind::set_hash},
    {"distinct", aggregate_kind::distinct},
    {"delta", aggregate_kind::delta},
    {"rate", aggregate_kind::rate},
    {"twm", aggregate_kind::twm},
}};

// Words that other systems use for one of two things, or for something we spell differently.
std::string instead_of(const std::string& word) {
  if (word == "stddev" || word == "std" || word == "stdev") return "stddev_pop or stddev_samp";
  if (word == "variance" || word == "var") return "var_pop or var_samp";
  if (word == "avg" || word == "average") return "mean";
  if (word == "total") return "sum";
  if (word == "percentile" || word == "percentiles" || word == "quantile" || word == "quantiles")
    return "the percentile's name, e.g. p50, p95 or p99_9";
  if (word == "count_distinct" || word == "distinct_count" || word == "unique" || word == "cardinality")
    return "distinct";
  if (word == "increase" || word == "difference" || word == "diff") return "delta";
  if (word == "derivative" || word == "irate" || word == "per_second") return "rate";
  if (word == "twa" || word == "time_weighted_mean" || word == "time_weighted_average") return "twm";
  return "";
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Whether the word is meant as a percentile: p95, P95, p99.9.
bool looks_like_percentile(std::string_view word) {
  return word.size() > 1 && (word[0] == 'p' || word[0] == 'P') && is_digit(word[1]);
}

// Returns 0.95 of p95, 0.999 of p99_9 (the point of a name is _). One percentile has one name: no needless
// zeros; at most six digits behind the point.
std::optional<double> quantile_of(std::string_view word) {
  if (!looks_like_percentile(word) || word[0] != 'p') return std::nullopt;
  const auto point = word.find('_');
  const auto whole = word.substr(1, point == word.npos ? word.npos : point - 1);
  const auto rest = point == word.npos ? std::string_view() : word.substr(point + 1);
  const auto digits = [](std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); };
  if (!digits(whole) || !digits(rest) || whole.size() > 2 || rest.size() > 6) return std::nullopt;
  if (whole.size() == 2 && whole[0] == '0') return std::nullopt;
  if (point != word.npos ? rest.empty() || rest.back() == '0' : whole == "0") return std::nullopt;
  auto text = std::string(whole.size() == 1 ? "0.0" : "0.");
  text.append(whole).append(rest);
  double q = 0;
  std::from_chars(text.data(), text.data() + text.size(), q);
  return q;
}

std::string percentile_word(double q) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, q, std::chars_format::fixed).ptr;
  std::string digits(text + 2, end); // behind "0."
  if (digits.size() < 2) digits += '0';
  const auto whole = digits[0] == '0' ? digits.substr(1, 1) : digits.substr(0, 2);
  return "p" + whole + (digits.size() > 2 ? "_" + digits.substr(2) : "");
}

// What a word of the file stands for.
struct meaning {
  aggregate_kind kind;
  double quantile = 0;
};

// Reads the aggregates of one field, and knows the outputs of all.
class aggregate_reader {
public:
  aggregate_reader(std::vector<aggregate_spec>& into, reader& in) : into_(into), in_(in) {}

  void read_field(const yaml_entry& entry) {
    field_ = entry.key.text;
    if (!is_field_name(field_))
      in_.out.error(entry.key.at, "window.aggregate has a bad field name", in_quotes(field_),
                    field_name_rule);
    const auto& value = entry.value;
    if (value.unset) return;
    if (value.is_scalar())
      plain(value);
    else if (value.is_map() && !value.entries.empty())
      renamed(value);
    else if (value.is_sequence() && !value.items.empty())
      for (const auto& item : value.items) item.is_map() ? renamed(item) : plain(item);
    else
      in_.out.error(value.at, where() + " names no aggregate", show(value),
                    "e.g. [mean, max] or { mean: room_temp }");
  }

private:
  std::string where() const { return "window.aggregate." + field_; }

  void plain(const yaml_node& word) {
    if (word.unset) return;
    if (const auto what = meaning_of(word))
      add(*what, field_ == "*" ? word.text : field_ + "_" + word.text, word);
  }

  void renamed(const yaml_node& map) {
    for (const auto& [key, value] : map.entries) {
      const auto what = meaning_of(key);
      if (value.unset) continue;
      if (!value.is_scalar() || !is_field_name(value.text))
        in_.out.error(value.at, where() + "." + key.text + " has a bad output name", show(value),
                      field_name_rule);
      else if (what)
        add(*what, value.text, value);
    }
  }

  std::optional<meaning> meaning_of(const yaml_node& word) {
    if (!word.is_scalar()) {
      in_.out.error(word.at, where() + " holds something that is no aggregate", show(word), "e.g. mean");
      return std::nullopt;
    }
    std::vector<std::string> names;
    for (const auto& [name, kind] : words) {
      const bool whole_event = kind == aggregate_kind::count || kind == aggregate_kind::set_hash;
      const bool fits = field_ == "*" ? whole_event : kind != aggregate_kind::set_hash;
      if (fits && word.text == name) return meaning{kind};
      if (fits) names.emplace_back(name);
      if (!fits && word.text == name) {
        in_.out.error(word.at,
                      field_ == "*" ? "\"*\" is the event itself and has no " + word.text
                                    : word.text + " is of events, not of a field",
                      in_quotes(word.text), field_ == "*" ? "count or set_hash" : "\"*\": [set_hash]");
        return std::nullopt;
      }
    }
    if (field_ != "*") {
      if (word.text == "median") return meaning{aggregate_kind::quantile, 0.5};
      if (const auto q = quantile_of(word.text)) return meaning{aggregate_kind::quantile, *q};
      if (looks_like_percentile(word.text)) {
        in_.out.error(word.at, "the aggregate is no percentile", in_quotes(word.text),
                      "above p0 and below p100, _ for the point, e.g. p5, p95 or p99_9");
        return std::nullopt;
      }
      names.insert(names.end(), {"median", "p95"});
    }
    if (const auto better = instead_of(word.text); !better.empty() && field_ != "*")
      in_.out.error(word.at, "the aggregate " + word.text + " is not offered under this name",
                    in_quotes(word.text), better);
    else
      in_.out.error(word.at, "unknown aggregate of " + field_ + did_you_mean(word.text, names),
                    in_quotes(word.text),
                    "one of " + list_of_names(names) + (field_ == "*" ? "" : " or another percentile"));
    return std::nullopt;
  }

  void add(const meaning& what, const std::string& output, const yaml_node& word) {
    for (const auto& other : into_) {
      if (other.output != output) continue;
      in_.out.error(word.at, "two outputs of the window have one name", in_quotes(output),
                    "another name, e.g. { " + aggregate_word({field_, what.kind, output, what.quantile}) +
                        ": " + output + "_2 }");
      return;
    }
    into_.push_back({field_, what.kind, output, what.quantile});
  }

  std::vector<aggregate_spec>& into_;
  reader& in_;
  std::string field_;
};

} // namespace

config::option_kind<std::vector<aggregate_spec>> aggregates_kind() {
  option_kind<std::vector<aggregate_spec>> kind;
  kind.type = "map of field to aggregates";
  for (const auto& [name, k] : words) kind.bounds += std::string(kind.bounds.empty() ? "" : ", ") + name;
  kind.bounds += ", median, p0_1 .. p99_9; of \"*\" (the events): count, set_hash";
  kind.read = [](const yaml_node& node, std::vector<aggregate_spec>& into, const std::string& where,
                 const about&, reader& in) {
    if (!node.is_map() || node.entries.empty()) {
      in.out.error(node.at, where + " is not a map of fields", show(node),
                   "e.g. { temperature: [mean, max] }");
      return;
    }
    into.clear();
    aggregate_reader fields(into, in);
    for (const auto& entry : node.entries) fields.read_field(entry);
  };
  kind.print = [](const std::vector<aggregate_spec>& aggregates, const secret_values&) {
    // One list per field in order of its first appearance; each item says its output.
    auto map = yaml_node::map();
    for (const auto& a : aggregates) {
      if (map.find(a.field) == nullptr)
        map.entries.push_back({yaml_node::words(a.field), yaml_node::sequence()});
      auto item = yaml_node::map();
      item.add(aggregate_word(a), yaml_node::words(a.output));
      for (auto& entry : map.entries)
        if (entry.key.text == a.field) entry.value.items.push_back(item);
    }
    return map;
  };
  return kind;
}

const char* to_string(aggregate_kind kind) noexcept {
  for (const auto& [name, k] : words)
    if (k == kind) return name;
  return kind == aggregate_kind::quantile ? "quantile" : "unknown";
}

std::string aggregate_word(const aggregate_spec& spec) {
  return spec.kind == aggregate_kind::quantile ? percentile_word(spec.quantile) : to_string(spec.kind);
}

bool needs_number(aggregate_kind kind) noexcept {
  return kind != aggregate_kind::count && kind != aggregate_kind::first && kind != aggregate_kind::last &&
         kind != aggregate_kind::distinct;
}

} // namespace sluice
