// One decoder behind a topic: what becomes of a message, in comparable form.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "actors/ingest/decode/decoder.hpp"
#include "actors/ingest/decode/found_value.hpp"
#include "actors/ingest/topic_matcher.hpp"

namespace sluice {

struct format_fixture {
  static constexpr std::int64_t now = 1423018800000; // 2015-02-04T03:00:00Z

  explicit format_fixture(decode_options o, std::vector<std::string> used = {}, bool all = true,
                          bool own_header = true, const std::string& topic = "plant/{device}/{field}")
      : options(std::move(o)), fields(std::move(used)), all_fields(all), header_inside(own_header),
        shape(topic) {
    options.future.reset();
    options.oldest_ms = 0;
    make();
  }

  // Everything anew, as after a restart, but what is state.
  void make() {
    names = std::make_unique<field_table>();
    auto decoder = make_decoder({options, fields, all_fields, header_inside, *names});
    REQUIRE_MESSAGE(decoder, decoder.error().text);
    format = std::move(*decoder);
    source_options source;
    source.mqtt()->topics = {*config::topic_template::parse(shape)};
    topics = std::make_unique<topic_matcher>(source, std::vector<std::string>{}, false, *names);
    names->end_of_fixed();
    rows = std::make_unique<event_rows>(0, options, pool, *names);
  }

  // The events of a message, one line each (`INDEX DEVICE@TIME NAME=VALUE ..`), then its bad elements, or why
  // it is a dead letter.
  std::string decode(const std::string& payload, const std::string& topic = "plant/d-1/t",
                     bool header = false) {
    auto chunk = std::make_shared<std::string>(topic + payload); // of exactly this size
    std::shared_ptr<const char[]> bytes(chunk, chunk->data());
    message_out m;
    m.sequence = 1, m.received_ms = now;
    m.topic = {bytes.get(), topic.size()};
    m.payload = {bytes.get() + topic.size(), payload.size()};
    const auto* matched = topics->match(m.topic);
    REQUIRE(matched);
    decode_input input;
    input.payload = m.payload, input.topic = m.topic, input.received_ms = now, input.header = header;
    if (matched->value_name) input.field = topics->value(*matched->value_name);
    std::vector<std::shared_ptr<event_batch>> done;
    rows->start(m, bytes, *topics, *matched, true, done);
    decode_failure why;
    decoder::result how{};
    for (int round = 0; (how = format->decode(input, *rows, why)) == decoder::result::grew; ++round) {
      REQUIRE(round < 1100);
      rows->widen(done);
    }
    std::string out;
    if (how == decoder::result::failed) {
      rows->take_back();
      out = std::string(to_string(why.why)) + " at " + why.where + ": " + why.detail + "\n";
    }
    unknown = rows->unknown_fields, bad = rows->bad_fields;
    for (const auto& b : rows->bad_elements())
      elements.emplace_back(b.text), out += std::to_string(b.index) + " " + to_string(b.why.why) + " at " +
                                            b.why.where + ": " + b.why.detail + "\n";
    rows->cut(done);
    std::string events;
    for (const auto& b : done) events += text(*b);
    return events + out;
  }

  static std::string text(const event_batch& b) {
    std::string out;
    REQUIRE(b.slots.size() == b.rows.size() * b.stride);
    for (std::size_t i = 0; i < b.rows.size(); ++i) {
      const auto& r = b.rows[i];
      out += std::to_string(r.index) + " " + std::string(b.device(r)) + "@" +
             (r.time_from_arrival ? "arrival" : std::to_string(r.time_ms));
      if (r.has_sequence) out += " #" + std::to_string(r.device_seq);
      for (std::uint32_t s = 0; s < b.stride; ++s) {
        const auto v = b.row_slots(i)[s];
        const auto type = b.row_types(i)[s];
        if (type == value_type::missing) continue;
        out += " " + (*b.names)[s] + "=";
        found_value shown{static_cast<found_value::kind>(type), v, {}};
        if (type == value_type::text) shown.text = b.text(v);
        out += describe(shown) + (type == value_type::number ? "d" : "");
      }
      out += "\n";
    }
    return out;
  }

  decode_options options;
  std::vector<std::string> fields;
  bool all_fields, header_inside;
  std::string shape;
  batch_pool pool;
  std::unique_ptr<field_table> names;
  std::unique_ptr<decoder> format;
  std::unique_ptr<topic_matcher> topics;
  std::unique_ptr<event_rows> rows;
  std::uint64_t unknown = 0, bad = 0;
  std::vector<std::string> elements; // texts of all bad ones
};

} // namespace sluice
