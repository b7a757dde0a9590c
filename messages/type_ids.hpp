// CAF's view of our messages: type ids, atoms, the error category. One of the two files outside actors/ that
// know CAF. Payloads that only ever travel between local actors are shared pointers to immutable data
// ("unsafe" message types).
#pragma once

#include <memory>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/error.hpp>
#include <caf/type_id.hpp>

#include "messages/errors.hpp"

namespace sluice {

struct component_status;
struct shard_work;
struct shard_done;
struct checkpoint;
struct ledger_input;

using status_ptr = std::shared_ptr<const component_status>;
using work_ptr = std::shared_ptr<const shard_work>;
using done_ptr = std::shared_ptr<shard_done>;
using checkpoint_ptr = std::shared_ptr<checkpoint>;
using ledger_ptr = std::shared_ptr<const ledger_input>;

} // namespace sluice

CAF_BEGIN_TYPE_ID_BLOCK(sluice, first_custom_type_id)
CAF_ADD_TYPE_ID(sluice, (sluice::ec))
CAF_ADD_TYPE_ID(sluice, (sluice::status_ptr))
CAF_ADD_TYPE_ID(sluice, (sluice::work_ptr))
CAF_ADD_TYPE_ID(sluice, (sluice::done_ptr))
CAF_ADD_TYPE_ID(sluice, (sluice::checkpoint_ptr))
CAF_ADD_TYPE_ID(sluice, (sluice::ledger_ptr))
CAF_ADD_ATOM(sluice, sluice, status_atom, "status")
CAF_ADD_ATOM(sluice, sluice, stop_atom, "stop")
CAF_ADD_ATOM(sluice, sluice, wake_atom, "wake")
CAF_ADD_ATOM(sluice, sluice, beat_atom, "beat")
CAF_ADD_ATOM(sluice, sluice, engine_atom, "engine")
CAF_ADD_ATOM(sluice, sluice, load_atom, "load")
CAF_ADD_ATOM(sluice, sluice, done_atom, "done")
CAF_ADD_ATOM(sluice, sluice, ledger_atom, "ledger")
CAF_ADD_ATOM(sluice, sluice, restart_atom, "restart")
CAF_ADD_ATOM(sluice, sluice, event_atom, "event")
CAF_END_TYPE_ID_BLOCK(sluice)

CAF_ERROR_CODE_ENUM(sluice::ec, "sluice")

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::status_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::work_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::done_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::checkpoint_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::ledger_ptr)
