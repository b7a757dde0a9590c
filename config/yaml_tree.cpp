// Builds the tree from yaml-cpp's events rather than from its nodes: those accept duplicate keys and lose
// where an alias stood.
#include "config/yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <array>
#include <map>
#include <sstream>

#include "config/yaml_source.hpp"

namespace sluice::config {

namespace {

constexpr std::size_t deepest = 64;
constexpr std::size_t most_nodes = 100'000; // aliases of aliases grow exponentially

struct stop_parsing {}; // an error is reported and the rest of the document means nothing

// What yaml-cpp says, said to somebody who has the file in front of them.
std::string explained(const std::string& message) {
  static constexpr std::array<std::array<const char*, 2>, 9> known{{
      {"illegal map value", "a \":\" is not allowed here: check the indentation, or put the text in quotes"},
      {"end of map not found", "this line is indented differently from the keys before it"},
      {"end of map flow not found", "a \"{\" is not closed by \"}\""},
      {"end of sequence not found", "this line is indented differently from the list before it"},
      {"end of sequence flow not found", "a \"[\" is not closed by \"]\""},
      {"illegal tab when looking for indentation", "a tab is not allowed as indentation"},
      {"unknown token", "a text cannot begin with this character: put it in quotes"},
      {"illegal flow end", "a closing bracket without its opening one"},
      {"illegal block entry", "a \"- \" is not allowed here: check the indentation"},
  }};
  for (const auto& [said, better] : known)
    if (message == said) return better;
  return message;
}

void report_syntax(const yaml_source& source, const YAML::Exception& e, report& out) {
  // yaml-cpp takes a tab for a blank and stumbles behind it.
  if (const auto tab = source.indenting_tab(e.mark.line)) {
    out.error(*tab, "not valid YAML: a tab is not allowed as indentation");
    return;
  }
  // { a: ${VAR} }: the brace of ${ opens a map there.
  const bool variable = source.has_variable(e.mark.line);
  out.error(source.at(e.mark.line, e.mark.column),
            "not valid YAML: " + explained(e.msg) +
                (variable ? "; between { } or [ ] put ${..} in quotes" : ""));
}

class builder final : public YAML::EventHandler {
public:
  builder(const yaml_source& source, const surroundings& world, secret_values& secrets, report& out)
      : source_(source), world_(world), secrets_(secrets), out_(out) {}

  yaml_node root;
  bool quote_missing = false; // already reported; what yaml-cpp says then is a consequence

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 1) {
      root.at = source_.at(mark.line, mark.column);
      return;
    }
    out_.error(source_.at(mark.line, mark.column), "a second YAML document", "\"---\"",
               "one document per file");
    throw stop_parsing();
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    yaml_node node;
    node.at = source_.at(mark.line, mark.column);
    if (expects_key()) refuse_key(node.at);
    if (!stack_.empty() && !source_.written_null(mark.line, mark.column))
      node.at = stack_.back().node.is_map() ? stack_.back().key.at : stack_.back().node.at;
    finish(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto at = source_.at(mark.line, mark.column);
    if (expects_key()) refuse_key(at);
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      out_.error(at, "an alias stands inside what it refers to", "*", "an anchor that ends before");
      throw stop_parsing();
    }
    count(found->second, at);
    finish(found->second, 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    yaml_node node;
    node.what = yaml_node::kind::scalar;
    node.at = source_.at(mark.line, mark.column);
    if (source_.unclosed_quote(mark.line, mark.column)) {
      out_.error(node.at, "a quote is not closed (got the end of the file, want a closing quote)");
      quote_missing = true;
      throw stop_parsing();
    }
    node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    check_tag(tag, node.at);
    if (expects_key()) {
      node.text = value;
      take_key(std::move(node));
      return;
    }
    node.text_column = source_.verbatim_column(mark.line, mark.column, value);
    if (auto text = interpolate(value, world_); text) {
      if (text->changed) node.text_column = 0;
      node.unset = text->unset;
      node.secret = text->secret;
      node.text = std::move(text->text);
      if (node.secret) secrets_.add(node.text);
      if (!text->exposed_file.empty())
        out_.warning(node.at, "the secret file " + text->exposed_file +
                                  " can be read by everybody (want mode 0600 or 0640)");
    } else {
      out_.error(node.at, text.error().text);
      node.unset = true; // said once; what is missing now is not judged again
    }
    finish(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(yaml_node::kind::sequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(yaml_node::kind::map, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

private:
  struct frame {
    yaml_node node;
    YAML::anchor_t anchor = 0;
    yaml_node key;
    bool has_key = false;
    bool repeated = false; // the key is there already: its value is read and dropped
  };

  bool expects_key() const {
    return !stack_.empty() && stack_.back().node.is_map() && !stack_.back().has_key;
  }

  [[noreturn]] void refuse_key(const place& at) {
    out_.error(at, "a key is not a text, or a bracket is not closed", "something else", "NAME: VALUE");
    throw stop_parsing();
  }

  void check_tag(const std::string& tag, const place& at) {
    const bool known = tag.empty() || tag == "!" || tag == "?" || tag.rfind("tag:yaml.org,2002:", 0) == 0;
    if (!known) out_.error(at, "an unknown YAML tag", in_quotes(tag), "a value without tag");
  }

  void count(const yaml_node& node, const place& at) {
    if (++nodes_ > most_nodes) {
      out_.error(at, "the configuration is too large", "more than 100000 values", "fewer");
      throw stop_parsing();
    }
    for (const auto& item : node.items) count(item, at);
    for (const auto& entry : node.entries) count(entry.value, at);
  }

  void open(yaml_node::kind what, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    frame f;
    f.node.what = what;
    f.node.at = source_.at(mark.line, mark.column);
    f.anchor = anchor;
    if (expects_key()) refuse_key(f.node.at);
    check_tag(tag, f.node.at);
    if (stack_.size() >= deepest) {
      out_.error(f.node.at, "the nesting is too deep", "more than 64 levels", "fewer");
      throw stop_parsing();
    }
    stack_.push_back(std::move(f));
  }

  void close() {
    auto done = std::move(stack_.back());
    stack_.pop_back();
    if (done.node.is_map()) merge(done.node);
    finish(std::move(done.node), done.anchor);
  }

  void take_key(yaml_node key) {
    auto& f = stack_.back();
    f.has_key = true;
    const auto* earlier = f.node.find(key.text);
    f.repeated = earlier != nullptr;
    if (f.repeated)
      out_.error(key.at, "duplicate key", in_quotes(key.text),
                 "each key once; the first is at line " + std::to_string(earlier->key.at.line));
    f.key = std::move(key);
  }

  // Puts a complete value where it belongs.
  void finish(yaml_node node, YAML::anchor_t anchor) {
    if (node.items.empty() && node.entries.empty()) count(node, node.at);
    if (anchor != 0) anchors_[anchor] = node;
    if (stack_.empty()) {
      root = std::move(node);
      return;
    }
    auto& f = stack_.back();
    if (f.node.is_sequence()) {
      f.node.items.push_back(std::move(node));
      return;
    }
    if (!f.repeated) f.node.entries.push_back({std::move(f.key), std::move(node)});
    f.has_key = false;
  }

  // <<: a map or a list of maps whose keys are added where the map has none (YAML 1.1, merge).
  void merge(yaml_node& map) {
    for (std::size_t i = 0; i < map.entries.size(); ++i) {
      if (map.entries[i].key.text != "<<" || map.entries[i].key.quoted) continue;
      const auto merged = std::move(map.entries[i]);
      map.entries.erase(map.entries.begin() + static_cast<std::ptrdiff_t>(i));
      const auto add = [&](const yaml_node& from) {
        if (!from.is_map()) out_.error(merged.key.at, "<< merges maps only", show(from), "an alias of a map");
        for (const auto& entry : from.entries)
          if (map.find(entry.key.text) == nullptr) map.entries.push_back(entry);
      };
      if (merged.value.is_sequence())
        for (const auto& item : merged.value.items) add(item);
      else
        add(merged.value);
      return;
    }
  }

  const yaml_source& source_;
  const surroundings& world_;
  secret_values& secrets_;
  report& out_;
  std::vector<frame> stack_;
  std::map<YAML::anchor_t, yaml_node> anchors_;
  std::size_t nodes_ = 0;
  int documents_ = 0;
};

} // namespace

yaml_node parse_yaml(std::string_view text, const std::string& file, const surroundings& world,
                     secret_values& secrets, report& out) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.substr(0, 3) == byte_order_mark) text.remove_prefix(3);
  const yaml_source source(text, file);
  yaml_node nothing;
  nothing.at = {file, 1, 1};
  if (const auto bad = source.bad_byte(); bad) {
    out.error(*bad, "the file is not UTF-8 text (got another byte, want UTF-8 without NUL)");
    return nothing;
  }
  builder made(source, world, secrets, out);
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(made)) {
    }
  } catch (const stop_parsing&) {
    return nothing;
  } catch (const YAML::Exception& e) {
    report_syntax(source, e, out);
    return nothing;
  }
  if (made.root.is_null()) made.root.at = nothing.at;
  return std::move(made.root);
}

} // namespace sluice::config
