// Decides when the bundle in a folder takes the place of the model in force: it must have come to rest, be
// good, and fit what was checked with the one before it. Files and time are the actor's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "actors/predict/scoring.hpp"
#include "actors/store/rest_watch.hpp"

namespace sluice {

// What stat(2) says of the folder and the files of a bundle in it; any difference means that it may have
// changed.
struct bundle_look {
  struct part {
    std::uint64_t inode = 0; // 0: there is none
    std::int64_t bytes = 0, modified_ns = 0;
    bool operator==(const part&) const = default;
  };
  std::uint64_t folder = 0; // its inode
  std::vector<part> parts;
  bool operator==(const bundle_look&) const = default;
};
// `parts`: the names of the files that a bundle may have; the first one is in every bundle. nullopt: there is
// no bundle.
std::optional<bundle_look> look_at_bundle(const std::string& path, std::span<const char* const> parts);

class model_watch {
public:
  using facts = std::shared_ptr<const model_facts>;
  // `path`: the folder. `in_force`: the model in force at the start.
  model_watch(std::string path, facts in_force) : path_(std::move(path)), in_force_(std::move(in_force)) {}

  const std::string& path() const noexcept { return path_; }
  const facts& in_force() const noexcept { return in_force_; }
  // True iff the bundle should be read now: it changed, and has been the same for two looks.
  bool should_read(const std::optional<bundle_look>& now);
  // A good bundle was read. True iff it is another one and fits: put it in force, then call adopt(). When it
  // does not fit trouble() says why.
  bool is_news(const model_facts& read);
  void adopt(facts now) noexcept { in_force_ = std::move(now); }
  // The bundle is bad: it is looked at again when it changes.
  void refused(std::string why) { folder_.refused(std::move(why)); }
  // Reading or keeping failed: tried again at the next look.
  void failed(std::string why) { folder_.failed(std::move(why)); }
  // Why the folder's bundle is not in force; "" = it is.
  const std::string& trouble() const noexcept { return folder_.trouble(); }

private:
  std::string path_;
  facts in_force_;
  rest_watch<bundle_look> folder_;
};

} // namespace sluice
