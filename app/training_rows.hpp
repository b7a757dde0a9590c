// Rows to learn from that a pipeline makes of a journal.
#pragma once

#include "actors/learn/model_options.hpp"
#include "actors/learn/training_table.hpp"
#include "app/configuration.hpp"

namespace sluice {

// The records of pipeline m.data.pipeline over the journal of c.service.data_dir, which a running service may
// be writing: what `sluice journal replay` prints of it, without predictions. Of a result that is revised the
// last revision counts. `c` must be valid. Errors: ec::storage (also a journal that does not begin at record
// 1), ec::corrupt; ec::invalid: values that are not UTF-8.
outcome<training_table> read_pipeline(const configuration& c, const model_options& m);

} // namespace sluice
