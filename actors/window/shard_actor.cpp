#include "actors/window/shard_actor.hpp"

#include <caf/all.hpp>

#include "messages/actor_guard.hpp"
#include "messages/engine.hpp"
#include "messages/health.hpp"

namespace sluice {

shard_actor::behavior_type run_shard(shard_actor::stateful_pointer<shard_actor_state> self,
                                     shard_actor_config config) {
  auto& s = self->state;
  s.id = config.id;
  s.slot = config.slot;
  auto made = shard::make(config.id, config.shards, std::move(config.plans), config.state, config.tables,
                          config.models);
  if (made)
    s.logic = std::move(*made);
  else
    self->quit(
        caf::make_error(ec::bug, made.error().text)); // the configuration was validated: our own mistake
  guard(self);
  return {
      [self](status_atom) -> status_ptr {
        auto status = std::make_shared<component_status>();
        status->state = "running";
        status->with("works", self->state.works);
        return status;
      },
      [self](stop_atom) { self->quit(); },
      [](wake_atom) {},
      [](beat_atom) {},
      [self](load_atom) -> caf::result<done_atom> {
        busy mark(self->state.slot);
        auto loaded = self->state.logic->load();
        if (!loaded) return caf::make_error(loaded.error().code, loaded.error().text);
        return done_atom_v;
      },
      [self](const work_ptr& work) -> done_ptr {
        auto& s = self->state;
        busy mark(s.slot);
        ++s.works;
        for (const auto& piece : work->pieces) s.logic->apply(*piece.batch, piece.rows, piece.key);
        if (work->after) s.logic->apply(*work->after);
        s.logic->predict();
        auto done = std::make_shared<shard_done>();
        done->shard = s.id;
        if (work->want_part) done->part = std::make_unique<shard_part>(s.logic->take_part(work->position));
        done->waits_for_time = s.logic->waits_for_time();
        done->has_output = s.logic->has_output();
        return done;
      },
      [self](done_atom, std::uint64_t position) { self->state.logic->committed(position); },
  };
}

} // namespace sluice
