#include "actors/predict/model_facts.hpp"

#include <charconv>
#include <exception>
#include <new>
#include <optional>

namespace sluice {

std::uint64_t model_id(std::string_view hash) noexcept {
  std::uint64_t id = 0;
  const auto first = hash.substr(0, 16);
  std::from_chars(first.data(), first.data() + first.size(), id, 16);
  return id;
}

model_facts facts_of(const bundle& about, const std::string& hash) {
  model_facts facts{about.name, about.version, hash, model_id(hash), false, {}, about.classes, {}};
  facts.classifies = about.task == model_task::classification;
  for (const auto& f : about.features) facts.features.push_back(f.name), facts.seen.push_back(f.seen);
  return facts;
}

outcome<void> guarded(const std::function<outcome<void>()>& what) {
  try {
    return what();
  } catch (const std::bad_alloc&) {
    return fail(ec::refused, "the model finds no memory");
  } catch (const std::exception& e) {
    return fail(ec::refused, std::string("the model throws: ") + e.what());
  } catch (...) {
    return fail(ec::refused, "the model throws something that is no exception");
  }
}

outcome<predictor> load_guarded(const std::string& folder) {
  std::optional<predictor> made;
  auto done = guarded([&]() -> outcome<void> {
    auto loaded = predictor::load(folder);
    if (!loaded) return tl::unexpected(loaded.error());
    made = std::move(*loaded);
    return {};
  });
  if (!done) return tl::unexpected(done.error());
  return std::move(*made);
}

outcome<std::shared_ptr<const model_facts>> kept_models::facts(std::uint64_t id) {
  std::lock_guard lock(mutex_);
  if (const auto at = known_.find(id); at != known_.end()) return at->second;
  const auto folder = folder_(id);
  const auto read = load_bundle(folder);
  if (!read) return tl::unexpected(read.error());
  auto facts = std::make_shared<const model_facts>(facts_of(read->what, read->hash));
  if (facts->id != id)
    return fail(ec::corrupt, folder + " holds another model than was kept there (got " + facts->hash + ")");
  known_[id] = facts;
  return facts;
}

outcome<predictor> kept_models::load(std::uint64_t id) const {
  const auto folder = folder_(id);
  auto made = load_guarded(folder);
  if (made && model_id(made->hash()) != id)
    return fail(ec::corrupt, folder + " holds another model than was kept there (got " + made->hash() + ")");
  return made;
}

} // namespace sluice
