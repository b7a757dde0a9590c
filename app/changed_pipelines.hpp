// The changed-configuration rule (semantics.md section 5): a pipeline whose meaning changed while its state
// exists is refused, closed or discarded; a sink that was removed with pending results is refused or dropped.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "actors/store/store.hpp"
#include "actors/window/state_source.hpp"
#include "app/configuration.hpp"
#include "app/plans.hpp"
#include "config/report.hpp"
#include "messages/errors.hpp"

namespace sluice {

enum class on_change { refuse, close, discard };

// Adds every reason why `c` must not start on the state in `state` to `out`, at the pipeline's place; none =
// it may.
void object(const configuration& c, const store& state, on_change policy,
            const std::set<std::string>& drop_pending, config::report& out);

// The same for a data directory, read-only: `sluice lint --data-dir`. A directory without state has nothing
// against it.
void compare_with_state(const configuration& c, const std::string& data_dir, config::report& out);

// Carries out what the flags allow and stores the meaning now in force. `closed_windows` reads the same
// store. close: the open windows of the old definition are emitted into the outbox, then its state is erased.
// discard: erased only.
outcome<void> adopt(const configuration& c, const plans& p, store& state, const state_source& closed_windows,
                    on_change policy, const std::set<std::string>& drop_pending);

} // namespace sluice
