// Keys per pipeline and ThingsBoard sink, compared pair by pair.
#include "app/configuration_thingsboard.hpp"

#include "actors/publish/thingsboard/names.hpp"
#include "actors/transform/step_compiler.hpp"
#include "app/known_fields.hpp"

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
  std::vector<std::string> keys; // with prefix
  bool any_key = false;          // no window and no field map: every field of the payload
};

const source_options* source_of(const pipeline_options& p, const configuration& c) {
  const auto found =
      std::find_if(c.sources.begin(), c.sources.end(), [&](const auto& s) { return s.name == p.from; });
  return found == c.sources.end() ? nullptr : &*found;
}

writer writer_of(const pipeline_options& p, const sink_options& sink, const thingsboard_options& board,
                 const configuration& c) {
  writer w{&p, &sink, &board, {}, false};
  std::vector<std::string> names;
  if (p.window) {
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
      if (fields.passes(f.name)) names.push_back(f.name);
  }
  for (const auto& step : p.steps)
    if (const auto* alarm = std::get_if<alarm_options>(&step)) {
      names.push_back(alarm->name);
      names.push_back(alarm->name + "_severity");
    }
  for (const auto& name : names) w.keys.push_back(board.prefix + name);
  std::sort(w.keys.begin(), w.keys.end());
  w.keys.erase(std::unique(w.keys.begin(), w.keys.end()), w.keys.end());
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

// The name of the sink in `to:` of the pipeline.
place place_of_sink(const writer& w, const yaml_node& root) {
  const auto* pipelines = root.value("pipelines");
  const auto* to = pipelines->value(w.pipeline->name)->value("to");
  for (const auto& item : to->items) {
    const auto* sink = item.value("sink");
    if ((sink != nullptr ? sink : &item)->text == w.sink->name) return item.at;
  }
  return to->at;
}

void check_pair(const writer& a, const writer& b, const yaml_node& root, report& out) {
  if (a.pipeline == b.pipeline || !may_meet(a, b)) return;
  std::vector<std::string> equal;
  std::set_intersection(a.keys.begin(), a.keys.end(), b.keys.begin(), b.keys.end(),
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
  for (const auto& key : w.keys)
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
          board != nullptr && std::find(p.to.begin(), p.to.end(), sink.name) != p.to.end())
        writers.push_back(writer_of(p, sink, *board, c));
  for (std::size_t i = 0; i < writers.size(); ++i) {
    check_keys_of(writers[i], root, out);
    for (std::size_t j = 0; j < i; ++j) check_pair(writers[j], writers[i], root, out);
  }
  check_tokens(c, root, out);
}

} // namespace sluice
