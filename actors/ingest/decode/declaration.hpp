// The declaration of `decode:` of a source: one key names the format, the others stand beside it.
#pragma once

#include <vector>

#include "actors/ingest/decode_options.hpp"
#include "config/component_row.hpp"

namespace sluice {

// The formats, one row each.
const std::vector<config::component_row<decode_options>>& format_rows();
// What stands beside the format.
const config::options<decode_options>& decode_table();

void read_decode(const config::yaml_node& node, decode_options& into, config::reader& in);
// Everything in force, defaults included.
config::yaml_node print_decode(const decode_options& from, const config::secret_values& secrets);

// -- for the files that declare a format each
config::options<json_options> json_table();
config::options<delimited_options> delimited_table();
config::options<csv_options> csv_table();
config::options<value_options> value_table();
config::options<senml_options> senml_table();
config::options<raw_options> raw_table();

} // namespace sluice
