// Keys per pipeline and ThingsBoard sink, compared pair by pair.
#include "app/configuration_thingsboard.hpp"

#include "actors/publish/thingsboard/names.hpp"
#include "actors/transform/step_compiler.hpp"
#include "app/configuration_predict.hpp"
#include "app/known_fields.hpp"
#include "app/pipeline_sinks.hpp"

#include <algorithm>
#include <iterator>

namespace sluice {

using namespace config;

namespace {

// What one pipeline writes through one sink.
struct writer {
  const pipeline_options* pipeline;
  const sink_options* sink;
  const thingsboard_options* board;
  std::vector<std::string> keys;       // of telemetry, with prefix
  std::vector<std::string> attributes; // likewise
  bool any_key = false;                // no window and no field map: every field of the payload
};

const source_options* source_of(const pipeline_options& p, const configuration& c) {
  const auto found =
      std::find_if(c.sources.begin(), c.sources.end(), [&](const auto& s) { return s.name == p.from; });
  return found == c.sources.end() ? nullptr : &*found;
}

writer writer_of(const pipeline_options& p, const sink_options& sink, const thingsboard_options& board,
                 const configuration& c) {
  writer w{&p, &sink, &board, {}, {}, false};
  std::vector<std::string> names;
  const auto gets = [&](const std::vector<std::string>& sinks) {
    return std::find(sinks.begin(), sinks.end(), sink.name) != sinks.end();
  };
  const auto in_key = [&](const std::string& name) {
    return p.key && std::find(p.key->begin(), p.key->end(), name) != p.key->end();
  };
  if (!gets(p.to)) {
    // transitions only
  } else if (p.window) {
    for (const auto& a : p.window->aggregates) names.push_back(a.output);
  } else {
    const auto* source = source_of(p, c);
    if (source == nullptr) return w;
    const known_fields known(*source);
    step_compiler fields(std::cref(known), {}, known.names());
    for (const auto& step : p.steps) fields.compile(step);
    w.any_key = fields.open() && source->decode.event().fields.empty();
    for (const auto& [name, reg] : fields.named()) names.push_back(name);
    for (const auto& f : source->decode.event().fields)
      if (fields.passes(f.name) && !in_key(f.name)) names.push_back(f.name);
  }
  if (p.predict && gets(p.to))
    for (const auto& [name, type] : prediction_types(*p.predict)) names.push_back(name);
  for (const auto& step : p.steps)
    if (const auto* alarm = std::get_if<alarm_options>(&step);
        alarm != nullptr && gets(sinks_of(p, *alarm))) {
      using told = thingsboard_options::told;
      for (const auto& key : {alarm->name, alarm->name + "_severity"}) {
        if (board.alarms != told::attributes) names.push_back(key);
        if (board.alarms != told::telemetry) w.attributes.push_back(board.prefix + key);
      }
    }
  for (const auto& name : names) w.keys.push_back(board.prefix + name);
  for (auto* all : {&w.keys, &w.attributes}) {
    std::sort(all->begin(), all->end());
    all->erase(std::unique(all->begin(), all->end()), all->end());
  }
  return w;
}

bool share_server(const thingsboard_options& a, const thingsboard_options& b) {
  return std::any_of(a.connection.urls.begin(), a.connection.urls.end(), [&](const auto& url) {
    return std::find(b.connection.urls.begin(), b.connection.urls.end(), url) != b.connection.urls.end();
  });
}

// True iff both sinks may write to the same device: gateways name any device, a device token stands for one.
bool may_meet(const writer& a, const writer& b) {
  if (a.sink == b.sink) return true;
  if (!share_server(*a.board, *b.board) || a.board->publish_as != b.board->publish_as) return false;
  return a.board->publish_as == thingsboard_options::mode::gateway ||
         a.board->connection.user == b.board->connection.user;
}

// Where a `to:` names the sink; null: it does not. `to` may be null.
const yaml_node* find_sink(const yaml_node* to, const std::string& name) {
  if (to == nullptr) return nullptr;
  const auto is = [&](const yaml_node& item) {
    const auto* sink = item.value("sink");
    return (sink != nullptr ? sink : &item)->text == name;
  };
  if (!to->is_sequence()) return is(*to) ? to : nullptr;
  const auto found = std::find_if(to->items.begin(), to->items.end(), is);
  return found == to->items.end() ? nullptr : &*found;
}

// The name of the sink in `to:` of the pipeline, or else of one of its alarms.
place place_of_sink(const writer& w, const yaml_node& root) {
  const auto& node = *root.value("pipelines")->value(w.pipeline->name);
  if (const auto* named = find_sink(node.value("to"), w.sink->name)) return named->at;
  if (const auto* steps = node.value("steps"))
    for (const auto& step : steps->items)
      if (const auto* alarm = step.value("alarm"))
        if (const auto* named = find_sink(alarm->value("to"), w.sink->name)) return named->at;
  return node.at;
}

void check_pair(const writer& a, const writer& b, const yaml_node& root, report& out) {
  if (a.pipeline == b.pipeline || !may_meet(a, b)) return;
  std::vector<std::string> equal;
  std::set_intersection(a.keys.begin(), a.keys.end(), b.keys.begin(), b.keys.end(),
                        std::back_inserter(equal));
  std::set_intersection(a.attributes.begin(), a.attributes.end(), b.attributes.begin(), b.attributes.end(),
                        std::back_inserter(equal));
  const bool any = a.any_key && b.any_key && a.board->prefix == b.board->prefix;
  if (equal.empty() && !any) return;
  const auto what = equal.empty() ? "every field of the payload" : in_quotes(equal.front());
  out.error(place_of_sink(b, root),
            "pipelines " + a.pipeline->name + " and " + b.pipeline->name +
                " write equal keys of a device in ThingsBoard",
            what + " in both", "other names, or another sink with a prefix");
}

// ThingsBoard acknowledges a record with such a key and loses the whole record.
void check_keys_of(const writer& w, const yaml_node& root, report& out) {
  auto all = w.keys;
  std::set_difference(w.attributes.begin(), w.attributes.end(), w.keys.begin(), w.keys.end(),
                      std::back_inserter(all));
  for (const auto& key : all)
    if (const auto why = thingsboard::bad_name(key); !why.empty())
      out.error(place_of_sink(w, root), "ThingsBoard loses records with a key that " + std::string(why),
                in_quotes(key), "another output name");
  const auto revision = w.board->prefix + "revision";
  if (w.board->send_revision && std::binary_search(w.keys.begin(), w.keys.end(), revision))
    out.error(place_of_sink(w, root), "two values have one key in ThingsBoard", in_quotes(revision),
              "another output name: send_revision writes this key");
}

// One session per token: a second one throws the first out.
void check_tokens(const configuration& c, const yaml_node& root, report& out) {
  for (std::size_t i = 0; i < c.sinks.size(); ++i) {
    const auto* b = std::get_if<thingsboard_options>(&c.sinks[i].kind);
    for (std::size_t j = 0; b != nullptr && j < i; ++j) {
      const auto* a = std::get_if<thingsboard_options>(&c.sinks[j].kind);
      const auto& token = b->connection.user;
      if (a == nullptr || token.empty() || a->connection.user != token || !share_server(*a, *b)) continue;
      const auto* sink = root.value("sinks")->value(c.sinks[i].name)->value("thingsboard");
      out.error(sink->value("token")->at, "two sinks have one token: ThingsBoard keeps one session for each",
                in_quotes("***"), "another token than sink " + c.sinks[j].name);
    }
  }
}

} // namespace

void check_thingsboard(const configuration& c, const yaml_node& root, report& out) {
  std::vector<writer> writers;
  for (const auto& p : c.pipelines)
    for (const auto& sink : c.sinks)
      if (const auto* board = std::get_if<thingsboard_options>(&sink.kind);
          board != nullptr && leads_to(p, sink.name))
        writers.push_back(writer_of(p, sink, *board, c));
  for (std::size_t i = 0; i < writers.size(); ++i) {
    check_keys_of(writers[i], root, out);
    for (std::size_t j = 0; j < i; ++j) check_pair(writers[j], writers[i], root, out);
  }
  check_tokens(c, root, out);
}

} // namespace sluice
