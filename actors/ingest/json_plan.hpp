// What to do with which key: the paths of a source as a tree of targets, looked up while a payload is walked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/ingest/field_table.hpp"
#include "actors/ingest/json_path.hpp"

namespace sluice {

class json_plan {
public:
  static constexpr std::int32_t none = -1;

  struct target {
    std::int32_t slot = none; // the field this value is, if any
    bool time = false, sequence = false, device = false;
    bool mapped = false;                   // by an explicit map: an object or array here is field.type
    std::int32_t child = none;             // the node below, if paths lead on
    std::vector<std::uint32_t> more_slots; // further fields with the same path
    std::uint64_t seen = 0;                // stamp of the payload that had it last
    std::string path;
    // False iff the target is there for the sake of paths that lead through it only.
    bool has_use() const noexcept { return slot != none || time || sequence || device; }
  };

  json_plan() : nodes_(1) {}

  // The target at the end of `path`, made if need be.
  target& at(const json_path& path);
  void add_field(target& t, std::uint32_t slot);

  static constexpr std::int32_t root = 0;
  std::int32_t find(std::int32_t node, std::string_view key) const noexcept {
    if (node == none) return none;
    const auto& names = nodes_[static_cast<std::size_t>(node)];
    const auto found = names.find(key);
    return found == names.end() ? none : static_cast<std::int32_t>(found->second);
  }
  target& operator[](std::int32_t index) noexcept { return targets_[static_cast<std::size_t>(index)]; }

private:
  std::vector<target> targets_;
  std::vector<text_map<std::uint32_t>> nodes_; // key -> target; the first is the top level
};

} // namespace sluice
