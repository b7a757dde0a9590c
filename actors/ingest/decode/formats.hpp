// The decoders, one maker each; make_decoder() picks.
#pragma once

#include <memory>

#include "actors/ingest/decode/decoder.hpp"

namespace sluice {

using made_decoder = outcome<std::unique_ptr<decoder>>;

made_decoder make_json_messages(const decoder_setting& setting);
made_decoder make_delimited_messages(const decoder_setting& setting);
made_decoder make_csv_messages(const decoder_setting& setting);
made_decoder make_value_messages(const decoder_setting& setting);
made_decoder make_senml_messages(const decoder_setting& setting);
made_decoder make_raw_messages(const decoder_setting& setting);
// Messages of an internal source: results of a pipeline (chained_result.hpp).
made_decoder make_chained_messages(const decoder_setting& setting);
// Each line is a message of `line`.
std::unique_ptr<decoder> make_lines_messages(std::unique_ptr<decoder> line);

} // namespace sluice
