// Opening the store: what the database says, compared with what the configuration says about sinks.
#include <algorithm>
#include <filesystem>

#include "actors/store/bytes.hpp"
#include "actors/store/counter_rows.hpp"
#include "actors/store/file.hpp"
#include "actors/store/store_impl.hpp"

namespace sluice {

namespace {

constexpr std::uint8_t version = 1;
constexpr std::string_view format = "sluice state 1";

bool takes(const std::vector<std::string>& pipelines, const std::string& name) {
  return std::find(pipelines.begin(), pipelines.end(), name) != pipelines.end();
}

error unreadable(std::string_view key) {
  return {ec::corrupt, "state: the row \"" + std::string(key) + "\" cannot be read"};
}

} // namespace

std::string encode(const store_head& h) {
  std::string out;
  byte_writer(out)
      .number(version)
      .number(h.applied)
      .number(h.keep_from)
      .number(h.outbox)
      .number(h.journal_ms);
  return out;
}

std::optional<store_head> decode_head(std::string_view bytes) {
  byte_reader in(bytes);
  store_head h;
  if (in.number<std::uint8_t>() != version) return std::nullopt;
  h.applied = in.number<std::uint64_t>(), h.keep_from = in.number<std::uint64_t>(),
  h.outbox = in.number<std::uint64_t>();
  h.journal_ms = in.number<std::int64_t>();
  if (!in.ok()) return std::nullopt;
  return h;
}

std::string encode_route(const std::vector<std::string>& pipelines) {
  std::string out;
  byte_writer to(out);
  for (const auto& p : pipelines) to.text(p);
  return out;
}

std::optional<std::vector<std::string>> decode_route(std::string_view bytes) {
  std::vector<std::string> out;
  byte_reader in(bytes);
  while (in.ok() && !in.at_end()) out.emplace_back(in.text());
  if (!in.ok()) return std::nullopt;
  return out;
}

outcome<void> store::impl::load() {
  const auto row = [&](std::string_view key) { return db->get(family::meta, key); };
  auto kind = row("format"), head = row("head"), age = row("epoch"), dead = row("dead_id");
  for (const auto* r : {&kind, &head, &age, &dead})
    if (!*r) return tl::unexpected(r->error());
  if (*kind && **kind != format)
    return fail(ec::invalid, "state: has format \"" + **kind + "\" (want \"" + std::string(format) + "\")");
  if (*age) epoch = from_big_endian(**age);
  if (*dead) dead_id = from_big_endian(**dead);
  if (*head) {
    const auto found = decode_head(**head);
    if (!found) return tl::unexpected(unreadable("head"));
    applied = durable = found->applied, kept = keep_from = found->keep_from;
    outbox_head = found->outbox, journal_ms = found->journal_ms;
  }
  if (!*kind && !read_only) {
    rocks::batch batch(*db);
    batch.put(family::meta, "format", format);
    batch.put(family::meta, "epoch", big_endian(epoch));
    if (auto done = db->write(batch, true); !done) return done;
  }
  // What is below the first record kept was trimmed.
  trimmed = outbox_head;
  if (auto done = db->scan(family::outbox, {}, {},
                           [&](std::string_view key, std::string_view) {
                             trimmed = from_big_endian(key) - 1;
                             return false;
                           });
      !done)
    return done;
  if (auto done = load_counters(); !done) return done;
  return load_sinks();
}

outcome<void> store::impl::load_counters() {
  std::optional<error> bad;
  const auto done = db->scan(family::counters, {}, {}, [&](std::string_view key, std::string_view value) {
    const auto slash = key.find('/');
    const auto kind = key.substr(0, slash);
    const std::string name(key.substr(std::min(slash + 1, key.size())));
    const bool good = kind == "source"     ? decode(value, source_sums[name])
                      : kind == "pipeline" ? decode(value, pipeline_sums[name])
                      : kind == "sink"     ? decode(value, sinks[name].counters)
                                           : false;
    if (!good) bad = unreadable(key);
    return good;
  });
  if (bad) return tl::unexpected(*bad);
  return done;
}

outcome<void> store::impl::load_sinks() {
  std::optional<error> bad;
  const auto done = db->scan(
      family::meta, "route/", prefix_end("route/"), [&](std::string_view key, std::string_view value) {
        const auto name = std::string(key.substr(6));
        auto route = decode_route(value);
        const auto row = db->get(family::meta, "cursor/" + name);
        if (!row) return bad = row.error(), false;
        auto cursor = *row ? decode_cursor(**row) : std::nullopt;
        if (!route || !cursor) return bad = unreadable(key), false;
        auto& sink = sinks[name];
        sink.pipelines = std::move(*route), sink.cursor = std::move(*cursor), sink.configured = false;
        return true;
      });
  if (bad) return tl::unexpected(*bad);
  return done;
}

// Compares stored sinks with configured ones. Results once counted for a sink stay its own until they are
// delivered.
outcome<void> store::impl::adopt_routes(const std::vector<sink_route>& routes) {
  rocks::batch batch(*db);
  const auto pending = [&](const std::string& sink, const std::vector<std::string>& of,
                           const sink_cursor& cursor) {
    return counts->pending(sink, of, cursor, outbox_head, nullptr);
  };
  for (const auto& route : routes) {
    const bool known = sinks.count(route.name) > 0;
    auto& sink = sinks[route.name];
    sink.configured = true;
    auto pipelines = route.pipelines;
    if (!known) sink.cursor.acked = outbox_head;
    for (const auto& old : sink.pipelines) {
      if (takes(pipelines, old)) continue;
      const auto waits = pending(route.name, {old}, sink.cursor);
      if (!waits) return tl::unexpected(waits.error());
      if (*waits > 0) pipelines.push_back(old);
    }
    if (known && pipelines == sink.pipelines) continue;
    const auto waits = pending(route.name, pipelines, sink.cursor);
    if (!waits) return tl::unexpected(waits.error());
    sink.pipelines = std::move(pipelines);
    sink.counters.results =
        sink.counters.delivered + sink.counters.dead_lettered + *waits; // it takes others now
    batch.put(family::meta, "route/" + route.name, encode_route(sink.pipelines));
    batch.put(family::meta, "cursor/" + route.name, encode_cursor(sink.cursor));
    batch.put(family::counters, "sink/" + route.name, encode(sink.counters));
  }
  for (auto it = sinks.begin(); it != sinks.end();) {
    const auto waits = it->second.configured ? outcome<std::uint64_t>(1)
                                             : pending(it->first, it->second.pipelines, it->second.cursor);
    if (!waits) return tl::unexpected(waits.error());
    if (*waits > 0) {
      ++it;
      continue;
    }
    batch.erase(family::meta, "cursor/" + it->first);
    batch.erase(family::meta, "route/" + it->first);
    batch.erase(family::counters, "sink/" + it->first);
    it = sinks.erase(it);
  }
  return batch.empty() ? outcome<void>{} : db->write(batch, true);
}

outcome<std::unique_ptr<store>> store::open(const std::string& dir, const config::service_options& options,
                                            std::vector<std::string> pipelines,
                                            std::vector<sink_route> sinks) {
  auto state = std::make_unique<impl>();
  state->options = options;
  state->pipelines = std::move(pipelines);
  if (auto made = make_directories(dir + "/state"); !made) return tl::unexpected(made.error());
  auto db = rocks::open(dir + "/state", rocks::mode::read_write);
  if (!db) return tl::unexpected(db.error());
  state->db = std::move(*db);
  state->counts = std::make_unique<outbox_counts>(*state->db);
  if (auto loaded = state->load(); !loaded) return tl::unexpected(loaded.error());
  if (auto adopted = state->adopt_routes(sinks); !adopted) return tl::unexpected(adopted.error());
  return std::unique_ptr<store>(new store(std::move(state)));
}

outcome<std::unique_ptr<store>> store::open_read_only(const std::string& dir) {
  std::error_code err;
  if (!std::filesystem::exists(dir + "/state/CURRENT", err))
    return fail(ec::invalid, dir + ": holds no state (want the data directory of a service)");
  auto state = std::make_unique<impl>();
  state->read_only = true;
  auto db = rocks::open(dir + "/state", rocks::mode::read_only);
  if (!db) return tl::unexpected(db.error());
  state->db = std::move(*db);
  state->counts = std::make_unique<outbox_counts>(*state->db);
  if (auto loaded = state->load(); !loaded) return tl::unexpected(loaded.error());
  return std::unique_ptr<store>(new store(std::move(state)));
}

} // namespace sluice
