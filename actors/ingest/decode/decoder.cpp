#include "actors/ingest/decode/decoder.hpp"

#include "actors/ingest/decode/formats.hpp"

namespace sluice {

namespace {

made_decoder make_format(const decoder_setting& setting) {
  using format = decode_options::format;
  switch (setting.options.kind) {
  case format::json:
    return make_json_messages(setting);
  case format::delimited:
    return make_delimited_messages(setting);
  case format::csv:
    return make_csv_messages(setting);
  case format::value:
    return make_value_messages(setting);
  case format::senml:
    return make_senml_messages(setting);
  case format::raw:
    return make_raw_messages(setting);
  }
  return fail(ec::bug, "a format that does not exist");
}

} // namespace

outcome<std::unique_ptr<decoder>> make_decoder(const decoder_setting& setting) {
  auto made = make_format(setting);
  if (!made || !setting.options.lines) return made;
  return make_lines_messages(std::move(*made));
}

} // namespace sluice
