#include "actors/predict/bundle_copy.hpp"

#include "actors/predict/model_facts.hpp"

namespace sluice {

outcome<bundle_copy> copy_bundle(const model_files& files, const std::string& path, std::uint64_t most,
                                 const std::string& name) {
  const auto copied = files.copy(path, most, name);
  if (!copied) return tl::unexpected(copied.error());
  const auto good = load_guarded(*copied);
  if (good) return bundle_copy{*copied, facts_of(good->about(), good->hash())};
  files.discard(*copied);
  // What is wrong was found in the copy, which is gone; it is the user's bundle that is wrong.
  auto text = good.error().text;
  for (auto at = text.find(*copied); at != text.npos; at = text.find(*copied, at + path.size()))
    text.replace(at, copied->size(), path);
  return fail(ec::invalid, text);
}

} // namespace sluice
